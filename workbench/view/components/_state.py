"""What every component has in common: wishes of a person, words in place of a picture, phases."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import param

__all__ = ["BadWish", "ComponentState", "Wish"]

MOST_SENDERS, MOST_EARLIER = 64, 20
CASES = ("many", "few", "empty", "loading", "error")


class BadWish(ValueError):
    """A browser asked for something that makes no sense; the wish is passed over."""


class Wish:
    """What a browser asks for: read with care, for a browser can send anything.

    Examples
    --------
    >>> Wish({"what": "brush", "range": [9, 3]}).span("range")
    [3.0, 9.0]
    """

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self.asked = asked
        self.seq = self.whole("seq", 0)

    def has(self, name: str) -> bool:
        """Return whether something other than nothing is there."""
        return self.asked.get(name) is not None

    def number(self, name: str) -> float:
        """Return a finite number."""
        value = self.asked.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e300:
            raise BadWish(name)
        if not math.isfinite(value):
            raise BadWish(name)
        return float(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        if default is not None and not self.has(name):
            return default
        value = self.number(name)
        if abs(value) > 2**53:
            raise BadWish(name)
        return int(value)

    def words(self, name: str, limit: int = 200) -> str:
        """Return text of at most ``limit`` characters."""
        value = self.asked.get(name)
        if not isinstance(value, str):
            raise BadWish(name)
        return value[:limit]

    def span(self, name: str) -> list[float]:
        """Return two numbers in order, or an empty list."""
        value = self.asked.get(name) or []
        if not isinstance(value, (list, tuple)) or len(value) not in (0, 2):
            raise BadWish(name)
        return sorted(Wish({"seq": 0, "end": end}).number("end") for end in value)

    def corners(self, name: str, most: int) -> list[list[float]]:
        """Return at most ``most`` points of a plane."""
        value = self.asked.get(name)
        if not isinstance(value, (list, tuple)) or len(value) > most:
            raise BadWish(name)
        points = [
            [Wish({"seq": 0, "end": end}).number("end") for end in point]
            for point in value
            if isinstance(point, (list, tuple)) and len(point) == 2
        ]
        if len(points) != len(value):
            raise BadWish(name)
        return points


class ComponentState(param.Parameterized):
    """Base of the states: a wish ``{"what": "brush", …}`` calls the method ``_on_brush``.

    A subclass lists in ``WIRE`` what travels to the browser; ``phase``, ``summary`` and ``asked``
    always do. Its views are made from that list, see :mod:`workbench.view.components.views`.
    """

    WIRE: ClassVar[tuple[str, ...]] = ()

    phase = param.Dict(default={}, doc="Kind (loading, empty, error) and words, or empty.")
    summary = param.String(default="", doc="What a screen reader says in place of the picture.")
    asked = param.Dict(default={}, doc="Latest wish of the person, set by the browser.")

    def __init__(self, **params: Any) -> None:
        self._heard: dict[str, int] = {}
        super().__init__(**params)  # type: ignore[no-untyped-call]  # param is typed in part

    @classmethod
    def wire(cls) -> tuple[str, ...]:
        """Return the names of all parameters that travel, ``asked`` last."""
        return (*cls.WIRE, "phase", "summary", "asked")

    @classmethod
    def example(cls, case: str) -> ComponentState:
        """Return a state for the gallery: "many", "few", "empty", "loading" or "error"."""
        raise NotImplementedError

    def wait(self, words: str = "Working …") -> None:
        """Show a skeleton with these words until something is shown."""
        self.phase = {"kind": "loading", "words": words}

    def fail(self, words: str) -> None:
        """Say what went wrong and what to do, in place of the picture."""
        self.phase = {"kind": "error", "words": words}

    def blank(self, words: str) -> None:
        """Say why there is nothing to see, and the next step."""
        self.phase = {"kind": "empty", "words": words}

    def ready(self) -> None:
        """Show the picture again."""
        self.phase = {}

    @param.depends("asked", watch=True)
    def _answer(self) -> None:
        for asked in self._unheard():
            what = asked.get("what")
            work = getattr(self, f"_on_{what}", None) if isinstance(what, str) else None
            if work is not None:
                with suppress(BadWish):
                    work(Wish(asked))

    def _unheard(self) -> list[dict[str, Any]]:
        """Return the wishes that have not been answered, oldest first.

        A notebook passes on only the newest wish while the kernel is busy. It brings along the
        ones before it, numbered by the view that sent them.
        """
        asked, sender = self.asked, self.asked.get("sender")
        earlier = asked.get("earlier")
        if not isinstance(sender, str) or not isinstance(earlier, list):
            return [asked]
        heard = self._heard.pop(sender, 0)
        with suppress(BadWish):
            self._heard[sender] = max(heard, Wish(asked).seq)
        for oldest in list(self._heard)[:-MOST_SENDERS]:
            del self._heard[oldest]
        return [one for one in (*earlier[-MOST_EARLIER:], asked) if _number_of(one) > heard]


def _number_of(asked: Any) -> int:
    try:
        return Wish(asked).seq if isinstance(asked, dict) else 0
    except BadWish:
        return 0
