"""Models from outside: opened and asked for scores in a process of their own, never in ours.

The list of trusted types keeps a file from running code, but not from harming memory: trees and
neighbourhoods whose numbers lead astray end a process (bar 17 of the security bars).
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from workbench.core import errors
from workbench.core.errors import LimitExceeded, ModelError, WorkbenchError
from workbench.core.pipe import receive, send
from workbench.core.progress import Progress
from workbench.core.settings import settings
from workbench.core.worker import worker_environment
from workbench.detectors import Detector, Tags
from workbench.workflow.model import Model
from workbench.workflow.saving import open_with, payload_of

__all__ = ["ForeignModel", "end_processes", "open_foreign"]

#: Memory that the process of one foreign model may take.
MEMORY = 2 * 1024**3
#: Bytes of what such a process tells beside scores: it is not to fill our memory with words.
MOST_WORDS = 2**24
#: Processes that stay for the next request.
MOST = 4
SPENT = "Ask whoever made it for a new file, and import that."


@dataclass
class ForeignModel(Model):
    """A model whose detectors live in another process; everything else is as with ours.

    Attributes
    ----------
    file : Path
        Where its detectors are read from.
    """

    file: Path = field(default_factory=Path)

    def payload(self) -> dict[str, bytes]:
        """Return the detectors as they came: they are not opened here to be written again."""
        return payload_of(self.file)

    def score(self, data: Any, *, progress: Progress | None = None, **options: Any) -> Any:
        """Score new data; see :meth:`Model.score`. What makes no sense in it is told as such.

        Raises
        ------
        ModelError
            Its file says things that do not fit each other, or ended its process.
        """
        try:
            return super().score(data, progress=progress, **options)
        except WorkbenchError:
            raise
        except Exception as error:
            raise ModelError(f"This model does not fit together ({error!r}). {SPENT}") from error


def open_foreign(path: Path) -> ForeignModel:
    """Open a model from outside; its detectors stay in a process of their own.

    Raises
    ------
    ModelError
        The file is no model of ours, holds types that are not trusted, or ended its process.
    LimitExceeded
        It takes too much memory or time.
    """
    units = _scorer(path).units
    model = open_with(path, {name: _Apart(path, name, columns) for name, columns in units.items()})
    return ForeignModel(**{one.name: getattr(model, one.name) for one in fields(Model)}, file=path)


class _Apart(Detector):
    """Stands for a fitted detector of another process."""

    tags: ClassVar[Tags] = Tags()

    def __init__(self, path: Path, unit: str, columns: int) -> None:
        self.path, self.unit, self.n_features_ = path, unit, columns

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        raise ModelError("A model from outside scores; it does not learn again.")

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return _scorer(self.path).score(self.unit, X, time)


class _Scorer:
    """The process of one model: one request at a time, ended when it takes too long."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "workbench.workflow._scorer", str(path), str(MEMORY)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=worker_environment(), close_fds=True,
        )  # fmt: skip
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._to, self._from = self._child.stdin, self._child.stdout
        try:
            told, _ = self._answer(MOST_WORDS)
            self.units = {str(name): int(columns) for name, columns in told["units"].items()}
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def score(self, unit: str, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        with self._lock:
            try:
                send(self._to, {"unit": unit}, X, *([] if time is None else [time]))
            except OSError:
                raise self._death() from None
            _, arrays = self._answer(MOST_WORDS + 8 * len(X))
        if len(arrays) != 1 or arrays[0].shape != (len(X),):
            raise ModelError(f"The process of this model answers nonsense. {SPENT}")
        return arrays[0].copy()

    def _answer(self, most: int) -> tuple[dict[str, Any], list[np.ndarray]]:
        late = threading.Event()

        def end() -> None:
            late.set()
            self._child.kill()

        clock = threading.Timer(settings().parse_seconds, end)
        clock.daemon = True
        clock.start()
        try:
            told, arrays = receive(self._from, most)
        except (EOFError, ValueError, KeyError, OSError):
            self._child.kill()
            if late.is_set():
                raise LimitExceeded(
                    f"This model takes more than {settings().parse_seconds:g} seconds. {SPENT}"
                ) from None
            raise self._death() from None
        finally:
            clock.cancel()
        if "error" in told:
            kind = getattr(errors, str(told["error"]), ModelError)
            known = isinstance(kind, type) and issubclass(kind, WorkbenchError)
            raise (kind if known else ModelError)(str(told.get("message", "")))
        return told, arrays

    def _death(self) -> ModelError:
        code = self._child.wait()
        return ModelError(
            f"This model ended the process that opened it (exit code {code}): its file is damaged, "
            f"or made to harm. {SPENT}"
        )

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        with suppress(OSError):  # what was not sent yet
            self._to.close()
        self._from.close()

    def retire(self) -> None:
        """End the process after the request that it works on."""
        with self._lock:
            self.end()


_scorers: OrderedDict[Path, _Scorer] = OrderedDict()
_guard = threading.Lock()


def _scorer(path: Path) -> _Scorer:
    """Return the process of a model, begun where there is none that lives."""
    with _guard:
        known = _scorers.pop(path, None)
        if known is not None and not known.alive:
            known.end()
            known = None
        if known is None:
            known = _Scorer(path)
        _scorers[path] = known
        spare = [_scorers.popitem(last=False)[1] for _ in range(len(_scorers) - MOST)]
    for one in spare:  # not while others wait: it ends after the request that it works on
        one.retire()
    return known


@atexit.register
def end_processes() -> None:
    """End the processes of all models from outside; the next request begins them anew."""
    with _guard:
        while _scorers:
            _scorers.popitem()[1].end()
