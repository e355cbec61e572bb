"""What learns row by row in bounded memory: the contract behind the live monitor."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import Any, Self

import numpy as np

from workbench.core.errors import DataError, ModelError, NotFitted, ParameterError
from workbench.core.progress import Progress
from workbench.detectors._state import State, as_told
from workbench.detectors.base import Detector, check_positions
from workbench.preparation.gate import LARGEST, check_matrix, check_scores

__all__ = ["OnlineDetector"]

#: Changes when a kept state can no longer be read.
VERSION = 1
#: What every state tells beside the arrays of its detector.
TOLD = ("detector", "version", "params", "n_features_", "rows_seen_")


class OnlineDetector(Detector):
    """Learns from a stream, row by row, in memory that does not grow with it.

    ``score_learn`` is the way of a live monitor: each row is scored by what was known before it,
    then learned. How the stream is cut into batches changes neither scores nor state. Scoring
    alone (``score_one``, ``decision_function``) judges rows by the present state, each as if it
    came next, and changes nothing. Scores are finite from the first row on; they mean something
    from row ``warm_up`` on. ``fit`` forgets all and learns the rows given.

    A subclass allocates its state in ``_begin`` as attributes with a trailing underscore: arrays
    whose shape follows from the parameters and the number of columns, and plain numbers. With
    the parameters they are the whole state, which ``state`` hands out and ``restore`` takes back.
    """

    rows_seen_: int

    @property
    @abstractmethod
    def warm_up(self) -> int:
        """Rows after which scores mean something."""

    def fit_partial(self, X: Any, *, time: Any = None) -> Self:
        """Learn rows in order, after those learned before, or from nothing; returns self.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Finite numbers; n may be 0.
        time : array-like of shape (n,), optional
            Positions in units of the usual step, for those that follow a season.

        Raises
        ------
        DataError
            A row cannot be used; nothing was learned.
        """
        self._pass(X, time, score=False)
        return self

    def score_learn(self, X: Any, *, time: Any = None) -> np.ndarray:
        """Score each row by what was known before it, then learn it.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Finite numbers, in the order in which they came.
        time : array-like of shape (n,), optional
            Positions in units of the usual step, for those that follow a season.

        Returns
        -------
        numpy.ndarray of shape (n,)
            Higher is more anomalous.

        Raises
        ------
        DataError
            A row cannot be used; nothing was learned.
        """
        return self._pass(X, time, score=True)

    def score_batch(self, X: Any, *, time: Any = None) -> np.ndarray:
        """Score rows by the present state without learning them: ``decision_function``."""
        return self.decision_function(X, time=time)

    def parts(self, x: Any, *, time: Any = None) -> tuple[float, np.ndarray] | None:
        """Return how the columns add up to the score that a row has now.

        Parameters
        ----------
        x : array-like of shape (d,)
        time : float, optional
            Its position.

        Returns
        -------
        tuple of float and numpy.ndarray of shape (d,), or None
            Base and parts; None where the detector cannot tell.
        """
        where = None if time is None else [time]
        answer = self.contributions(np.asarray(x)[None, ...], [0], time=where)
        return None if answer is None else (float(answer[0][0]), answer[1][0])

    def expected_next(self, *, time: float | None = None) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the range in which the next row is expected, or None where it knows none.

        Parameters
        ----------
        time : float, optional
            Position of the next row; without it, one step after the last.

        Returns
        -------
        tuple of numpy.ndarray of shape (d,), or None
            Lowest and highest usual value of each column. None too before ``warm_up``.
        """
        return None

    def state(self) -> State:
        """Return all that it knows as plain values: arrays, numbers, text.

        :func:`workbench.detectors._state.pack` makes bytes of them.

        Raises
        ------
        NotFitted
            Nothing was learned yet.
        """
        if not hasattr(self, "n_features_"):
            raise NotFitted(f"'{self.name()}' has learned nothing yet. Call fit_partial first.")
        known: State = {
            "detector": self.name(),
            "version": VERSION,
            "params": json.dumps(self.get_params(), sort_keys=True, default=as_told),
            "n_features_": self.n_features_,
            "rows_seen_": self.rows_seen_,
        }
        return known | {key: value.copy() for key, value in self._arrays().items()}

    @classmethod
    def restore(cls, state: State) -> Self:
        """Return a detector that goes on bit for bit where ``state`` was taken.

        Raises
        ------
        ModelError
            The state is another detector's, or is not one that this detector can have.
        """
        who = state.get("detector")
        if who != cls.name() or state.get("version") != VERSION:
            raise ModelError(
                f"This state is of '{who}', version {state.get('version')}; "
                f"'{cls.name()}' reads its own of version {VERSION}."
            )
        try:
            made = cls.create(**json.loads(str(state["params"])))
            columns, rows = state["n_features_"], state["rows_seen_"]
            if not (isinstance(columns, int) and isinstance(rows, int) and columns > 0 <= rows):
                raise ModelError("Its counts of columns and rows are none.")
            made._begin(columns)
            made.n_features_, made.rows_seen_ = columns, rows
            made._take(state)
            made._restored()
        except ModelError as error:
            raise ModelError(f"The state of '{cls.name()}' is damaged. {error}") from None
        except (ParameterError, DataError, KeyError, TypeError, ValueError, MemoryError) as error:
            raise ModelError(f"The state of '{cls.name()}' is damaged: {error}") from error
        return made

    def _arrays(self) -> dict[str, np.ndarray]:
        return {key: value for key, value in vars(self).items() if isinstance(value, np.ndarray)}

    def _take(self, state: State) -> None:
        """Copy arrays into those that ``_begin`` made: nothing of another shape gets in."""
        own = self._arrays()
        if set(own) != set(state) - set(TOLD):
            raise ModelError(f"It holds {sorted(set(state) ^ {*own, *TOLD})} too much or not.")
        for key, place in own.items():
            value = state[key]
            same = isinstance(value, np.ndarray) and value.dtype == place.dtype
            if not same or value.shape != place.shape:  # type: ignore[union-attr]
                raise ModelError(f"'{key}' must be {place.dtype} of shape {place.shape}.")
            place[...] = value

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._begin(X.shape[1])
        self.rows_seen_ = 0
        self._run(X, time, None)
        self.rows_seen_ = len(X)

    def _pass(self, X: Any, time: Any, *, score: bool) -> np.ndarray:
        begun = hasattr(self, "n_features_")
        matrix = check_matrix(X, columns=self.n_features_ if begun else None)
        positions = check_positions(time, len(matrix))
        with self._typed_errors("learn from"):
            if not begun:
                self._begin(matrix.shape[1])
                self.rows_seen_ = 0
                self.n_features_ = matrix.shape[1]
            scores = np.zeros(len(matrix))
            if len(matrix):
                self._run(matrix, positions, scores if score else None)
        self.rows_seen_ += len(matrix)
        return check_scores(scores, len(matrix), f"'{self.name()}'")

    def _score_one(self, row: np.ndarray) -> float:
        if not np.abs(row).max() <= LARGEST:
            return float("nan")
        return float(self._score(row[None, :], None)[0])

    @abstractmethod
    def _begin(self, columns: int) -> None:
        """Check the parameters and allocate the state of one who has seen nothing."""

    @abstractmethod
    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        """Take rows in order: score each into ``scores``, where given, then learn it."""

    def _restored(self) -> None:
        """Check what was restored, where loops rely on it, and make what is not kept."""
