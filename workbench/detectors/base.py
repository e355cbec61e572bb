"""The contract that every detector meets: fit, score (higher is more anomalous), explain."""

from __future__ import annotations

import inspect
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from workbench.core.errors import DataError, NotFitted, ParameterError, WorkbenchError, suggest
from workbench.core.progress import Progress
from workbench.detectors._rows import Rows
from workbench.detectors._space import Space
from workbench.preparation.gate import check_matrix, check_scores

if TYPE_CHECKING:
    from workbench.core.network import Network

__all__ = ["Detector", "Tags", "check_positions"]


#: Rows of a sample that a detector learns from whose cost grows with the square of them: each row
#: that is scored later is held against all of these.
DEAR_ROWS = 20_000


@dataclass(frozen=True)
class Tags:
    """What a detector can do, told without fitting it.

    Attributes
    ----------
    kinds : tuple of str
        Kinds of data it is made for: "tabular", "series", "graph".
    scores : str
        What a score belongs to: "rows" (of a table, or points of a series), or "nodes" of a graph.
        Nothing here scores single edges, or graphs as a whole.
    library : str
        Where the algorithm comes from.
    paper : str
        Where it is described.
    cost : str
        How time grows with n rows and d columns.
    good_at : str
        When to take it, in a few words.
    min_rows : int
        Fewest rows that it can learn from.
    exact : bool
        Whether its contributions are a decomposition of the score, not an approximation.
    seeded : bool
        Whether the result depends on ``random_state``.
    online : bool
        Whether it learns row by row in bounded memory (see
        :class:`workbench.detectors._online.OnlineDetector`).
    parts : str
        How it learns from more rows than fit into memory: "exact" (it sees each of them, by
        :meth:`Detector._learn_parts`), "sketch" (the same, and what it keeps has a stated error),
        "subsample" (it grows on a few rows by design, drawn from a sample) or "sample".
    extra : str
        The extra of ``anomaly-workbench`` that brings what it needs; empty: nothing more.
    """

    kinds: tuple[str, ...] = ("tabular",)
    scores: str = "rows"
    library: str = "workbench"
    paper: str = ""
    cost: str = ""
    good_at: str = ""
    min_rows: int = 2
    exact: bool = False
    seeded: bool = False
    online: bool = False
    parts: str = "sample"
    extra: str = ""


class Detector(ABC):
    """Scores rows of a finite float matrix; a higher score is more anomalous, everywhere.

    A subclass stores its parameters in ``__init__``, learns in ``_fit`` (attributes with a
    trailing underscore) and scores in ``_score``. Validation, the check for finite scores and
    the family of errors live here, once. A score depends on the values of its row alone: a
    row scores the same alone and in a batch, and rows seen in ``fit`` score the same again.
    (For points of a series and nodes of a graph, on its neighbours too.)

    Hooks get in ``time`` how rows stand to each other: positions for series, else None; what is
    made for graphs gets the network (:class:`workbench.detectors._graph.GraphDetector`).
    """

    tags: ClassVar[Tags]
    #: Where ``wb.tune`` looks for its parameters; None: around their defaults.
    space: ClassVar[Space | None] = None
    #: How contributions of its own that are not exact come about, for those who read them.
    explained: ClassVar[str] = (
        "Each feature is scored alone; parts grow with the square of its score."
    )

    # Fitted state that every detector has.
    n_features_: int
    #: Rows of the sample that it learned from, where it learned by :meth:`fit_parts`.
    learned_rows_: int

    @classmethod
    def name(cls) -> str:
        """Return the public name: the name of the file."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return every parameter with its default value."""
        return {
            name: parameter.default
            for name, parameter in inspect.signature(cls).parameters.items()
            if parameter.default is not inspect.Parameter.empty
        }

    @classmethod
    def create(cls, **params: Any) -> Self:
        """Return a new detector; a parameter it does not have is refused by name.

        Raises
        ------
        ParameterError
            An unknown parameter, or a value that cannot work.
        """
        known = cls.defaults()
        for name in params:
            if name not in known:
                raise ParameterError(
                    f"'{cls.name()}' has no parameter '{name}'.{suggest(name, known)} "
                    f"It has: {', '.join(known) or 'none'}."
                )
        return cls(**params)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters as given (scikit-learn's convention)."""
        return {name: getattr(self, name) for name in self.defaults()}

    def set_params(self, **params: Any) -> Self:
        """Change parameters in place; returns self (scikit-learn's convention)."""
        known = self.defaults()
        for name, value in params.items():
            if name not in known:
                raise ParameterError(
                    f"'{self.name()}' has no parameter '{name}'.{suggest(name, known)}"
                )
            setattr(self, name, value)
        return self

    def clone(self) -> Self:
        """Return an unfitted detector with the same parameters."""
        return type(self)(**self.get_params())

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        time: Any = None,
        network: Network | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn what is usual; returns self.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Finite numbers; for series the rows are in the order of time.
        y : ignored
            Present for scikit-learn's convention.
        time : array-like of shape (n,), optional
            Positions in units of the usual step. Only series detectors use it.
        network : Network, optional
            Edges between the rows. Only graph detectors use it.
        progress : Progress, optional
            Told about long stages; may cancel.

        Raises
        ------
        DataError
            The data cannot be used; the message says which cell and what to do.
        ParameterError
            A parameter has a value that cannot work.
        """
        matrix = check_matrix(X, min_rows=self.tags.min_rows)
        with self._typed_errors("learn from"):
            self._fit(matrix, self._stand(time, network, len(matrix)), progress or Progress())
        self.n_features_ = matrix.shape[1]
        return self

    def fit_parts(self, rows: Rows) -> Self:
        """Learn from rows that need not be in memory; returns self.

        Where the sample is all there is, it learns as :meth:`fit` does; else as its tag ``parts``
        says.

        Parameters
        ----------
        rows : workbench.detectors._rows.Rows
            Prepared rows, which are looked at part by part.

        Raises
        ------
        DataError, ParameterError
            As for :meth:`fit`.
        """
        known = check_matrix(rows.sample(), min_rows=self.tags.min_rows)
        everything = rows.total <= len(known)
        if not everything and self.tags.parts == "sample" and "n²" in self.tags.cost:
            known = known[np.linspace(0, len(known) - 1, min(DEAR_ROWS, len(known))).astype(int)]
        with self._typed_errors("learn from"):
            if everything or self.tags.parts not in ("exact", "sketch"):
                self._fit(known, None, rows.progress)
            else:
                self._learn_parts(rows)
        self.n_features_, self.learned_rows_ = rows.width, len(known)
        return self

    def decision_function(
        self, X: Any, *, time: Any = None, network: Network | None = None
    ) -> np.ndarray:
        """Return anomaly scores of shape (n,); higher is more anomalous.

        Parameters
        ----------
        X : array-like of shape (n, d)
            The same columns as in ``fit``.
        time : array-like of shape (n,), optional
            Positions on the same axis as in ``fit``. Only series detectors use it; without it
            they find the best alignment themselves.
        network : Network, optional
            Edges between the rows. Only graph detectors use it.

        Raises
        ------
        NotFitted
            ``fit`` was not called.
        DataError
            The data cannot be scored, or the detector's answer is not finite.
        """
        matrix = self._checked(X)
        if len(matrix) == 0:
            return np.empty(0)
        with self._typed_errors("score"):
            scores = self._score(matrix, self._stand(time, network, len(matrix)))
        return check_scores(scores, len(matrix), f"'{self.name()}'")

    def score_blocks(self, parts: Iterable[np.ndarray], rows: int) -> np.ndarray:
        """Return the scores (rows,) of rows that lie column by column, some at a time.

        They equal those of :meth:`decision_function`, without the gate: for numbers that come from
        a fitted preparation and are known to be finite.

        Parameters
        ----------
        parts : iterable of numpy.ndarray of shape (d, k)
            Each is used before the next one is asked for.
        rows : int
            How many there are in all; what is missing at the end scores NaN.
        """
        scores, start = np.full(rows, np.nan), 0
        with self._typed_errors("score"):
            for columns in parts:
                stop = start + columns.shape[1]
                scores[start:stop] = self._score_columns(columns)
                start = stop
        return scores

    def fit_score(
        self,
        X: Any,
        *,
        time: Any = None,
        network: Network | None = None,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """Fit and return the scores of the same rows, as scoring them afterwards does."""
        matrix = check_matrix(X, min_rows=self.tags.min_rows)
        stand = self._stand(time, network, len(matrix))
        with self._typed_errors("learn from"):
            scores = self._fit_score(matrix, stand, progress or Progress())
        self.n_features_ = matrix.shape[1]
        return check_scores(scores, len(matrix), f"'{self.name()}'")

    def score_one(self, x: Any) -> float:
        """Return the score of a single row, as ``decision_function`` gives it, without its cost.

        Parameters
        ----------
        x : array-like of shape (d,)
            The same columns as in ``fit``. Fastest as a float64 array.

        Raises
        ------
        NotFitted
            ``fit`` was not called.
        DataError
            The row cannot be scored.
        """
        if (
            type(x) is np.ndarray
            and x.dtype == np.float64
            and x.shape == (getattr(self, "n_features_", -1),)
            and x.flags.c_contiguous
        ):
            score = self._score_one(x)
            if math.isfinite(score):
                return score
        # Anything else goes the long way, which converts it or says what is wrong with it.
        return float(self.decision_function(np.asarray(x)[None, ...])[0])

    def contributions(
        self, X: Any, rows: Any, *, time: Any = None, network: Network | None = None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return how the columns add up to the scores of some rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
            All rows (detectors for series and graphs need the neighbourhood).
        rows : array-like of int, shape (k,)
            Which rows to explain.

        Returns
        -------
        tuple of numpy.ndarray or None
            ``base`` of shape (k,) and ``parts`` of shape (k, d) with
            ``base + parts.sum(axis=1) == scores``; None when the detector has no way of its own.
        """
        matrix = self._checked(X)
        with self._typed_errors("explain"):
            stand = self._stand(time, network, len(matrix))
            return self._contributions(matrix, np.asarray(rows, dtype=int), stand)

    @abstractmethod
    def _fit(self, X: np.ndarray, time: Any, progress: Progress) -> None: ...

    @abstractmethod
    def _score(self, X: np.ndarray, time: Any) -> np.ndarray: ...

    def _stand(self, time: Any, network: Network | None, rows: int) -> Any:
        # Overridden by what looks at edges.
        return check_positions(time, rows)

    def _learn_parts(self, rows: Rows) -> None:
        # Overridden where learning takes no more than looks at parts (tag ``parts``).
        raise NotImplementedError

    def _fit_score(self, X: np.ndarray, time: Any, progress: Progress) -> np.ndarray:
        # Overridden where learning leaves behind what scoring would find out again.
        self._fit(X, time, progress)
        return self._score(X, time)

    def _score_columns(self, columns: np.ndarray) -> np.ndarray:
        # Overridden by compiled ways that are faster on columns (d, n).
        return self._score(np.ascontiguousarray(columns.T), None)

    def _score_one(self, row: np.ndarray) -> float:
        # Overridden by compiled ways; NaN where a value of the row cannot be used.
        return float("nan")

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: Any
    ) -> tuple[np.ndarray, np.ndarray] | None:
        return None

    def _checked(self, X: Any) -> np.ndarray:
        if not hasattr(self, "n_features_"):
            raise NotFitted(f"'{self.name()}' is not fitted yet. Call fit before scoring.")
        return check_matrix(X, columns=self.n_features_)

    @contextmanager
    def _typed_errors(self, doing: str) -> Iterator[None]:
        """Let nothing but our own family of errors out, and no library's warnings."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                yield
        except WorkbenchError:
            raise
        except Exception as error:
            raise DataError(
                f"'{self.name()}' cannot {doing} these data: {str(error).rstrip('.')}. "
                "Try another detector, for example 'iforest'."
            ) from error


def check_positions(time: Any, rows: int) -> np.ndarray | None:
    """Return positions as float64 of shape (rows,), or raise when they are not as many."""
    if time is None:
        return None
    positions = np.asarray(time, dtype=np.float64).reshape(-1)
    if positions.shape[0] != rows:
        raise DataError(f"time has {positions.shape[0]} positions for {rows} rows.")
    return positions
