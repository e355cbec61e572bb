"""Turns a comparison into escaped HTML: the numbers that matter first, and where it stands."""

from __future__ import annotations

from typing import Any

from workbench.view.pages._words import tile
from workbench.view.wording import count, html, number, plural

__all__ = ["compared", "comparing_stands"]


def compared(comparison: Any) -> str:
    """Return how many detectors agree on how many rows, and how alike they rank."""
    data, votes = comparison.dataset, comparison.flags.sum(axis=1)
    names, rows = list(comparison.detections), len(comparison.flags)
    some, all_of_them = int((votes > 0).sum()), int((votes == len(names)).sum())
    tiles = [
        tile("Detectors", count(len(names)), html(", ".join(names), 90)),
        tile("Flagged by all", count(all_of_them), f"of {plural(some, 'row')} that any flags"),
        tile(
            "Disputed", count(len(comparison.disputed)),
            f"{number(100 * len(comparison.disputed) / rows)} % of {count(rows)} rows",
        ),
        tile("Rank correlation", _alike(comparison), "mean over all pairs; 1 is the same order"),
    ]  # fmt: skip
    failed = "".join(
        f"<p><small>{html(name, 60)} could not work on these data: {html(reason)}</small></p>"
        for name, reason in comparison.failures.items()
    )
    name = html(data.name.removeprefix("sample:"), 80)
    return (
        f'<div class="title"><h2>{name}</h2></div><dl class="tiles">{"".join(tiles)}</dl>{failed}'
    )


def _alike(comparison: Any) -> str:
    means = comparison.table["mean_rank_correlation"].dropna()
    return f"{means.mean():.2f}" if len(means) else "–"


_STATES: dict[str, tuple[str, str]] = {
    "empty": (
        "No data yet",
        "Pick a sample or upload a file in the form, then choose the detectors to compare.",
    ),
    "ready": (
        "Not compared yet",
        "Choose two or more detectors in the form, then press “Compare”.",
    ),
    "cancelled": (
        "Cancelled",
        "Nothing was kept. Press “Compare” to start again, or choose fewer or faster detectors.",
    ),
    "none": (
        "No detector flags a row",
        "Every row scores below each threshold. Drag a detector's threshold down in its lanes.",
    ),
}


def comparing_stands(stage: str) -> str:
    """Return what the page is in and what to do next.

    Parameters
    ----------
    stage : str
        One of ``data_session.STAGES``, or "none" for a comparison without flagged rows.
    """
    title, step = _STATES.get(stage, _STATES["empty"])
    return f'<div class="state"><h2>{title}</h2><p>{step}</p></div>'
