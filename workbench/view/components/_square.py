"""Turns a table of names by names into what the browser draws as a square."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.view.wording import text

__all__ = ["square"]


def square(title: str, frame: Any) -> dict[str, Any]:
    """Return names, values of -1 to 1 and words of a square table.

    Parameters
    ----------
    title : str
        What the values are.
    frame : pandas.DataFrame
        The same names on both sides.
    """
    names = [text(name, 40) for name in frame.columns]
    values = np.nan_to_num(frame.to_numpy(dtype=float))
    apart = [(values[a, b], a, b) for a in range(len(names)) for b in range(a)]
    words = f"{title.capitalize()} of {len(names)} detectors."
    if apart:
        (most, a, b), (least, c, d) = max(apart), min(apart)
        words += f" Most alike: {names[b]} and {names[a]}, {most:.2f}."
        words += f" Least alike: {names[d]} and {names[c]}, {least:.2f}."
    return {
        "title": title,
        "names": names,
        "values": [[round(float(item), 4) for item in line] for line in values],
        "summary": words,
    }
