"""Shows why a row got its score: parts that add up, what was expected, what normal looks like."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
import param

from workbench.view.components import _examples
from workbench.view.components._state import ComponentState, Wish
from workbench.view.wording import number, plural, text, value

__all__ = ["WhyBarsState"]

MOST_BARS = 10
MOST_COLUMNS = 8
NORMALS = 3


class WhyBarsState(ComponentState):
    """From the base to the score in steps, one a feature, largest first.

    Each bar begins where the one before ends: the first at ``base``, the last ends at ``score``.

    Examples
    --------
    >>> state = WhyBarsState()
    >>> state.show(explanation)  # doctest: +SKIP
    >>> state.bars[-1]["stop"] == state.ends["score"]  # doctest: +SKIP
    True
    """

    WIRE = ("bars", "ends", "sentence", "method", "caveat", "nearest", "selected", "full")

    bars = param.List(default=[], doc="Steps: feature, value, part, start, stop, expected, range.")
    ends = param.Dict(default={}, doc="Base, score, threshold, severity, standard error.")
    sentence = param.String(default="", doc="The reason for somebody who knows the data.")
    method = param.String(default="", doc="How the parts were computed.")
    caveat = param.String(default="", doc="What the method does not say.")
    nearest = param.Dict(default={}, doc="Nearest normal rows in words: columns, lines.")
    selected = param.String(default="", doc="Feature that a person looks at, or empty.")
    full = param.Boolean(default=False, doc="Every feature has a bar of its own.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._why: Any = None

    @classmethod
    def example(cls, case: str) -> WhyBarsState:
        """Return a state for the gallery."""
        state = cls()
        if not _examples.phase(state, case, "Select a row to see why it stands out."):
            if case == "few":
                state.show(_examples.detection("many").explain())
            else:
                state.show(next(iter(_examples.comparison().detections.values())).explain())
        return state

    def show(self, explanation: Any) -> None:
        """Take an Explanation; None says that no row is open."""
        self._why = explanation
        if explanation is None:
            self.param.update(bars=[], ends={}, sentence="", nearest={}, selected="")
            self.blank("Select a row to see why it stands out.")
            return
        why = explanation
        self.param.update(
            ends={
                "base": _base(why),
                "score": _finite(why.score),
                "threshold": _finite(why.threshold),
                "severity": _finite(why.severity),
                "error": _finite(why.standard_error),
            },
            sentence=text(why.sentence, 600),
            method=text(why.method, 400),
            caveat=text(why.caveat, 600),
            selected="",
            phase={},
        )
        self._cut()

    def _cut(self) -> None:
        why = self._why
        if why is None:
            return
        parts = sorted(why.contributions, key=lambda part: -abs(_finite(part.contribution)))
        shown = parts if self.full or len(parts) <= MOST_BARS else parts[: MOST_BARS - 1]
        at, bars = _base(why), []
        for part in shown:
            size = _finite(part.contribution)
            bars.append(_bar(part, at, at + size))
            at += size
        rest = parts[len(shown) :]
        if rest:
            size = math.fsum(_finite(part.contribution) for part in rest)
            bars.append(_others(len(rest), size, at))
            at += size
        self.bars = bars
        self.nearest = _nearest(why, [part.feature for part in parts])
        told = [f"{b['feature']} {b['signed']}" for b in bars[:3]]
        self.summary = (
            f"{self.sentence} The score {number(_finite(why.score))} is the base "
            f"{number(_base(why))} and {plural(len(parts), 'part')}: {', '.join(told)}"
            + (" and others." if len(bars) > 3 else ".")
        )

    def _on_select(self, wish: Wish) -> None:
        name = wish.words("feature", 400)
        known = {bar["key"] for bar in self.bars}
        self.selected = name if name in known and name != self.selected else ""

    def _on_full(self, wish: Wish) -> None:
        self.full = bool(wish.whole("on"))
        self._cut()


def _base(why: Any) -> float:
    """Return where the bars begin; what is left of adding up in floating point is nothing."""
    base, score = _finite(why.base), _finite(why.score)
    return 0.0 if abs(base) < 1e-12 * max(1.0, abs(score)) else base


def _finite(item: Any) -> float:
    return float(item) if item is not None and math.isfinite(item) else 0.0


def _is_number(item: Any) -> bool:
    is_truth = isinstance(item, (bool, np.bool_))
    return not is_truth and isinstance(item, Real) and math.isfinite(item)


def _signed(size: float) -> str:
    return ("+" if size >= 0 else "−") + number(abs(size))


def _bar(part: Any, start: float, stop: float) -> dict[str, Any]:
    low, high, here = part.expected_low, part.expected_high, part.value
    ranged = low is not None and high is not None and _is_number(here)
    return {
        "key": str(part.feature)[:400],
        "feature": text(part.feature, 60),
        "value": value(here),
        "part": stop - start,
        "signed": _signed(stop - start),
        "start": start,
        "stop": stop,
        "share": _finite(part.share),
        "expected": text(part.expected or part.remark, 120),
        "unusual": bool(part.unusual),
        "remark": text(part.remark, 120),
        "range": [_finite(low), _finite(high), _finite(here)] if ranged else [],
    }


def _others(amount: int, size: float, start: float) -> dict[str, Any]:
    words = {"feature": f"{plural(amount, 'other')} together", "signed": _signed(size)}
    places = {"part": size, "start": start, "stop": start + size, "share": 0.0, "range": []}
    return {"key": "", "value": "", "expected": "", "remark": "", "unusual": False} | words | places


def _nearest(why: Any, features: list[Any]) -> dict[str, Any]:
    frame = why.nearest_normal
    if frame is None or frame.empty:
        return {}
    names = [name for name in features if name in frame.columns][:MOST_COLUMNS]
    here = {part.feature: part.value for part in why.contributions}
    lines = [[value(item) for item in line] for line in frame[names].head(NORMALS).to_numpy(object)]
    return {
        "columns": [text(name, 40) for name in names],
        "here": [value(here.get(name)) for name in names],
        "lines": lines,
        "rows": [text(label, 40) for label in frame.index[:NORMALS]],
    }
