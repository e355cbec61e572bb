"""Tests that see a level change while values come one by one, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["Adwin", "PageHinkley"]


class PageHinkley:
    """Adds up how far values lie from their mean; a sum that leaves its lowest point is a change.

    It looks for a level that rises and one that falls, and begins anew after each change.

    Parameters
    ----------
    slack : float
        How far from the mean a value may lie without counting, in the unit of the values: half of
        the smallest change that matters.
    threshold : float
        Sum from which on it is a change, in the same unit. The larger, the rarer a false alarm and
        the later a true one: a change by twice the slack or more is found after about
        ``threshold / (change - slack)`` values.
    fading : float
        What a sum is multiplied by at each value, in (0, 1]. Below 1 a sum levels off after some
        ``1 / (1 - fading)`` values, and its noise there may pass the threshold: with River's 0.9999
        and a slack of half a spread, quiet rows are flagged after ten thousand values.
    least : int
        Values before anything is told.

    References
    ----------
    Page: Continuous inspection schemes, Biometrika 1954. The form is River's
    (``river.drift.PageHinkley``), which tests hold it against.

    Examples
    --------
    >>> test = PageHinkley(slack=0.5, threshold=5.0)
    >>> [place for place, value in enumerate([0.0] * 50 + [3.0] * 10) if test.update(value)]
    [52]
    """

    def __init__(
        self,
        slack: float = 0.005,
        threshold: float = 50.0,
        *,
        fading: float = 1.0,
        least: int = 30,
    ) -> None:
        self.slack, self.threshold, self.fading, self.least = slack, threshold, fading, least
        self._begin()

    def _begin(self) -> None:
        self._seen, self._mean = 0, 0.0
        self._up = self._down = 0.0
        self._lowest: float | None = None
        self._highest: float | None = None

    def update(self, value: float) -> bool:
        """Take the next value, a finite one; return whether the level has changed by now."""
        self._seen += 1
        self._mean += (value - self._mean) / self._seen
        away = value - self._mean
        self._up = self.fading * self._up + away - self.slack
        self._down = self.fading * self._down + away + self.slack
        self._lowest = self._up if self._lowest is None else min(self._lowest, self._up)
        self._highest = self._down if self._highest is None else max(self._highest, self._down)
        if self._seen < self.least:
            return False
        changed = max(self._up - self._lowest, self._highest - self._down) > self.threshold
        if changed:
            self._begin()
        return changed

    def state(self) -> list[Any]:
        """Return what it knows, as JSON can say it."""
        return [self._seen, self._mean, self._up, self._down, self._lowest, self._highest]

    def restore(self, state: list[Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._seen, self._mean, self._up, self._down, self._lowest, self._highest = state


class Adwin:
    """Keeps as long a window as its values agree: where two parts of it differ, the older goes.

    The window is held as sums over 1, 2, 4, … values, at most ``buckets`` + 1 of each size, so
    that a window of a million values takes about a hundred numbers.

    Parameters
    ----------
    delta : float
        Chance, about, that parts are told apart which are alike, at one look.
    every : int
        Values between two looks.
    buckets : int
        Sums of each size, at most.
    least : int
        Values of each part, at least.
    grace : int
        Values before anything is told.

    References
    ----------
    Bifet, Gavaldà: Learning from time-changing data with adaptive windowing, SDM 2007; for values
    in [0, 1]. The form is River's (``river.drift.ADWIN``), which tests hold it against.

    Examples
    --------
    >>> test = Adwin()
    >>> [place for place in range(400) if test.update(0.2 if place < 200 else 0.8)]
    [223, 255, 351]
    """

    def __init__(
        self,
        delta: float = 0.002,
        *,
        every: int = 32,
        buckets: int = 5,
        least: int = 5,
        grace: int = 10,
    ) -> None:
        self.delta, self.every, self.buckets = delta, every, buckets
        self.least, self.grace = least, grace
        #: For each size 1, 2, 4 …: sums and sums of squares about their means, the oldest first.
        self._rows: list[list[list[float]]] = [[]]
        self._total = self._variance = 0.0
        self._width = self._ticks = 0

    @property
    def mean(self) -> float:
        """Mean of the window; NaN before there is a value."""
        return self._total / self._width if self._width else math.nan

    def update(self, value: float) -> bool:
        """Take the next value, in [0, 1]; return whether older ones were dropped for it."""
        self._rows[0].append([value, 0.0])
        self._width += 1
        if self._width > 1:
            before = self._width - 1.0
            self._variance += before * (value - self._total / before) ** 2 / self._width
        self._total += value
        self._compress()
        self._ticks += 1
        if self._ticks % self.every or self._width <= self.grace:
            return False
        changed = False
        while self._cut():
            self._drop()
            changed = True
        return changed

    def _compress(self) -> None:
        """Join the two oldest sums of a size where there are too many."""
        size = 0
        while len(self._rows[size]) > self.buckets:
            if size + 1 == len(self._rows):
                self._rows.append([])
            (one, spread), (other, more) = self._rows[size][:2]
            count = 2.0**size
            apart = count * count * (one / count - other / count) ** 2 / (count + count)
            self._rows[size + 1].append([one + other, spread + more + apart])
            del self._rows[size][:2]
            size += 1

    def _cut(self) -> bool:
        """Return whether some older part differs from the rest."""
        old, new = 0.0, float(self._width)
        before, after = 0.0, self._total
        for size in range(len(self._rows) - 1, -1, -1):
            last = len(self._rows[size]) - (1 if size == 0 else 0)
            for total, _ in self._rows[size][:last]:
                old, new = old + 2.0**size, new - 2.0**size
                before, after = before + total, after - total
                if min(old, new) >= self.least and self._differ(old, new, before, after):
                    return True
        return False

    def _differ(self, old: float, new: float, before: float, after: float) -> bool:
        chance = math.log(2.0 * math.log(self._width) / self.delta)
        few = 1.0 / (old - self.least + 1.0) + 1.0 / (new - self.least + 1.0)
        spread = max(self._variance, 0.0) / self._width
        bound = math.sqrt(2.0 * few * spread * chance) + 2.0 / 3.0 * chance * few
        return abs(before / old - after / new) > bound

    def _drop(self) -> None:
        """Forget the oldest sum."""
        size = len(self._rows) - 1
        total, spread = self._rows[size].pop(0)
        count = 2.0**size
        self._width -= int(count)
        self._total -= total
        if self._width:
            apart = (total / count - self._total / self._width) ** 2
            self._variance -= spread + count * self._width * apart / (count + self._width)
        while len(self._rows) > 1 and not self._rows[-1]:
            self._rows.pop()

    def state(self) -> Mapping[str, Any]:
        """Return what it knows, as JSON can say it."""
        return {
            "rows": self._rows, "total": self._total, "variance": self._variance,
            "width": self._width, "ticks": self._ticks,
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._rows = [[list(one) for one in row] for row in state["rows"]]
        self._total, self._variance = float(state["total"]), float(state["variance"])
        self._width, self._ticks = int(state["width"]), int(state["ticks"])
