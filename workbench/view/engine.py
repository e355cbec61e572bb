"""The one door through which views reach the functions that Python users call."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from workbench.core.errors import UnknownName
from workbench.core.progress import Progress

__all__ = ["Engine", "Shelf", "detectors", "samples"]

MOST_KEPT = 6
Roles = Mapping[str, str]
NO_ROLES: Roles = MappingProxyType({})


class Shelf:
    """Keeps the latest results, so that sessions that ask for the same work share it.

    Examples
    --------
    >>> shelf = Shelf()
    >>> shelf.get_or_make("answer", lambda: 42), shelf.peek("answer")
    (42, 42)
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, key: Any) -> Any:
        """Return what is kept under ``key``, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def get_or_make(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what is kept under ``key``; make and keep it when there is nothing."""
        kept = self.peek(key)
        if kept is None:
            kept = make()
            with self._lock:
                self._kept[key] = kept
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return kept


class Engine:
    """Loads and detects by the same functions as Python users; results are shared.

    A test hands in another engine with the same methods. ``roles`` names columns, as
    :func:`workbench.load` takes them: ``{"time": "at", "entity": "pump"}``.
    """

    #: Where an upload is kept, in words.
    STAYS = "stays on this machine"

    def __init__(self) -> None:
        self._data = Shelf()
        self._found = Shelf(most=12)  # a comparison brings several
        self._compared = Shelf()
        self._judged = Shelf(most=40)  # small: a few numbers each
        self._results: dict[str, Any] = {}

    def pages(self) -> dict[str, str]:
        """Return the pages that one can go to: addresses with names."""
        return {"explore": "Explore", "compare": "Compare"}

    def account(self) -> str:
        """Return the name of whoever is signed in; empty where nobody has to."""
        return ""

    def may_label(self, source: str) -> str:
        """Return why whoever looks cannot say what rows are; empty where they can."""
        return ""

    def author(self) -> str:
        """Return the name that labels carry."""
        from workbench.core.settings import settings

        return settings().author

    def label(self, source: str, found: Any, said: dict[str, Any]) -> None:
        """Store what somebody said about a row: row, label, note and tag.

        Raises
        ------
        WorkbenchError
            It cannot be stored, or they may not.
        """
        found.label(said["row"], said["label"] or None, comment=said["note"], tag=said["tag"])

    def choices(self) -> dict[str, str]:
        """Return what a form offers: names with the sources behind them."""
        return {name: f"sample:{name}" for name in samples()}

    def place(self, source: str) -> str:
        """Return what :meth:`load` takes for a source; an address cannot name a file.

        Raises
        ------
        UnknownName
            It is no sample, no upload and no result.
        UnreadableFile
            The upload is gone.
        """
        from workbench.view import uploads

        if source.startswith("upload:"):
            return str(uploads.stored(source))
        if source.startswith(("sample:", "result:")):
            return source
        # A URL must not make the server read files: samples, uploads and results go by name.
        raise UnknownName("The address names no sample and no upload. Choose one on the left.")

    def take_in(self, name: str, content: bytes) -> str:
        """Keep an upload and return its source."""
        from workbench.view import uploads

        return uploads.store(name, content)

    def put(self, found: Any) -> str:
        """Take in a result of this process and return its name, "result:TOKEN"."""
        source = next((name for name, kept in self._results.items() if kept is found), "")
        source = source or f"result:{secrets.token_hex(16)}"
        self._results[source] = found
        return source

    def _result(self, source: str) -> Any:
        if source.startswith("result:") and source not in self._results:
            raise UnknownName(
                "This result is no longer here: it ended with the process that made it. Run it "
                "again, or choose a sample."
            )
        return self._results.get(source)

    def load(self, source: str, progress: Progress, roles: Roles = NO_ROLES) -> Any:
        """Return the dataset behind a path, "sample:NAME", or "result:TOKEN"."""
        from workbench.workflow.dataset import load

        progress.step(0.05, "reading the data")
        if (result := self._result(source)) is not None:
            return result.dataset
        return self._data.get_or_make(
            _key(source, roles), lambda: load(source, **dict[str, Any](roles))
        )

    def detect(
        self, source: str, data: Any, detector: str, progress: Progress, roles: Roles = NO_ROLES
    ) -> Any:
        """Return the detection of ``data`` by ``detector``, which may be "auto"."""
        from workbench.workflow.detecting import detect

        if (own := self._own(source, detector)) is not None:
            return own
        key = (*_key(source, roles), data.fingerprint, detector)
        return self._found.get_or_make(key, lambda: detect(data, detector, progress=progress))

    def kept(self, source: str, detector: str, roles: Roles = NO_ROLES) -> Any:
        """Return a detection that is already there, or None; never computes."""
        if (own := self._own(source, detector)) is not None:
            return own
        key = _key(source, roles)
        data = self._data.peek(key)
        return None if data is None else self._found.peek((*key, data.fingerprint, detector))

    def _own(self, source: str, detector: str) -> Any:
        """Return what a result of this process holds of a detector, or None."""
        result = self._result(source)
        if hasattr(result, "detections"):
            return result.detections.get(detector)
        return result if result is not None and detector == result.detector else None

    def compare(
        self,
        source: str,
        data: Any,
        detectors: Sequence[str],
        progress: Progress,
        roles: Roles = NO_ROLES,
    ) -> Any:
        """Return the comparison of several detectors on ``data``; pages share its detections."""
        from workbench.workflow.comparing import compare

        if (own := self._own_comparison(source, detectors)) is not None:
            return own
        key = (*_key(source, roles), data.fingerprint)
        made = self._compared.get_or_make(
            (*key, *detectors), lambda: compare(data, list(detectors), progress=progress)
        )
        for name, found in made.detections.items():
            self._found.get_or_make((*key, name), partial(_itself, found))
        return made

    def kept_comparison(
        self, source: str, detectors: Sequence[str], roles: Roles = NO_ROLES
    ) -> Any:
        """Return a comparison that is already there, or None; never computes."""
        if (own := self._own_comparison(source, detectors)) is not None:
            return own
        key = _key(source, roles)
        data = self._data.peek(key)
        return None if data is None else self._compared.peek((*key, data.fingerprint, *detectors))

    def _own_comparison(self, source: str, detectors: Sequence[str]) -> Any:
        """Return a result of this process if it compares these detectors; none named means all."""
        result = self._result(source)
        known = [*getattr(result, "detections", ()), *getattr(result, "failures", ())]
        return result if known and (not detectors or set(known) == set(detectors)) else None

    def evaluate(self, source: str, detector: str, found: Any, roles: Roles = NO_ROLES) -> Any:
        """Return how good the ranking of a detection is, at its threshold."""
        data, at = found.dataset, float(found.threshold.value)
        key = (*_key(source, roles), data.fingerprint, detector, at)
        return self._judged.get_or_make(key, found.evaluate)


def _itself(found: Any) -> Any:
    return found


def _key(source: str, roles: Roles) -> tuple[Any, ...]:
    return source, *sorted(roles.items())


def samples() -> dict[str, str]:
    """Return the name and description of each sample."""
    from workbench.sources import samples as listed

    return {item.name: item.description for item in listed()}


def detectors() -> list[str]:
    """Return the names of all detectors, "auto" first; none of them is imported."""
    return ["auto", *_names()]


@cache
def _names() -> tuple[str, ...]:
    """Return the names that were installed when a page first asked: looking takes ten ms."""
    from workbench.core.catalog import Catalog

    known = Catalog[Any]("workbench.detectors", "workbench.detectors.base:Detector", "detector")
    return tuple(known.names())
