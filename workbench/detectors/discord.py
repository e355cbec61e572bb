"""Discords: stretches of a series that look like no other stretch of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors._scaling import column_range
from workbench.detectors._sharpness import Sharpness
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import PIECES, sliding_windows, spread_to_points

__all__ = ["Discord"]

#: Windows that are compared with all references at once.
BLOCK = 2048
#: Comparisons of two windows that one length may take: about 2 s on two cores.
MOST_PAIRS = 250_000_000
#: Movement, as a share of the usual one, that still counts as moving.
STILL = 0.05
#: How closely points under odd windows are looked at where the series has times.
FOCUS = 0.3
#: Fewest reference windows, however long the series.
FEWEST_SAMPLES = 500


class Discord(Detector):
    """Ranks odd stretches of series best on average, whatever their length.

    Every window is compared with windows from elsewhere in the series; its distance to the
    nearest one tells how unlike all others it is. That is done at several lengths; each length's
    scores are brought to robust standard deviations, so that the length at which something
    stands out clearest counts most. Columns look for their nearest window each by itself, and
    their squared distances are added up. Of the points under the same odd windows those that lie
    off their surroundings come first.

    Parameters
    ----------
    windows : sequence of int
        Lengths in steps; a length beyond a third of the series is cut to it. The defaults were
        chosen on 40 public series (docs/adr/0012).
    max_samples : int
        Reference windows, drawn at random; fewer where the series is long.
    level : float
        How much the level of a window counts beside its shape, from 0 (shape only) to 1.
    movement : float
        How much it counts that a window moves more or less from step to step than others; a
        stuck sensor moves less than any.
    focus : float, optional
        How much it counts where under an odd window a point lies: beside the distance of the
        whole window, its own part of that distance. 0.3 finds short anomalies more sharply, 0
        ranks long ones best. By default 0.3 where the series has times, as what plants and
        services measure has, and 0 where it has none (docs/adr/0012).
    random_state : int
        Seed of the references.

    References
    ----------
    Keogh, Lin, Fu: HOT SAX: efficiently finding the most unusual time series subsequence, ICDM
    2005. Several lengths, the sampled references and the levels are ours.

    Examples
    --------
    >>> wave = np.sin(np.arange(600) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[400:412] *= -1
    >>> 380 <= int(Discord().fit(wave).decision_function(wave).argmax()) <= 432
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Keogh, Lin, Fu 2005",
        cost="n · samples · d for each length",
        good_at="odd stretches of any length, in one column or several",
        min_rows=12,
        exact=True,
        seeded=True,
    )
    space = over(level=Range(0.0, 1.0), movement=Range(0.0, 1.0))

    def __init__(
        self,
        windows: Sequence[int] = (32, 100, 200),
        max_samples: int = 3000,
        level: float = 0.5,
        movement: float = 0.3,
        focus: float | None = None,
        random_state: int = 0,
    ) -> None:
        self.windows = windows
        self.max_samples = max_samples
        self.level = level
        self.movement = movement
        self.focus = focus
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._fit_score(X, time, progress)

    def _fit_score(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> np.ndarray:
        self._check_parameters()
        by_itself = 0.0 if time is None else FOCUS
        self.focus_ = by_itself if self.focus is None else self.focus
        self.rows_ = X.copy()
        self.centre_, self.unit_ = np.median(X, axis=0), column_range(X)
        moved = np.abs(np.diff((X - self.centre_) / self.unit_, axis=0))
        self.usual_move_ = np.maximum(np.median(moved, axis=0), 0.1 * moved.mean(axis=0))
        longest = len(X) // 3
        self.widths_ = sorted({max(2, min(int(width), longest)) for width in self.windows})
        rng = np.random.default_rng(self.random_state)
        self.references_: list[np.ndarray] = []
        self.starts_: list[np.ndarray] = []
        for width in self.widths_:
            starts = self._drawn(len(X) - width + 1, X.shape[1], width, rng)
            self.starts_.append(starts)
            self.references_.append(self._shapes_at(X, width, starts))
        found: list[tuple[np.ndarray, ...]] = []
        for place, width in enumerate(self.widths_):
            progress.step(place / len(self.widths_), f"windows of {width}")
            found.append(self._length_scores(X, place))
        # Of each length: the windows' distances, and with focus the points' own part of them.
        self.locations_ = [[_location(scores) for scores in some] for some in found]
        joined = self._joined(found)
        self.sharpness_ = Sharpness(self.widths_[0]).fit([X])
        self.usual_score_ = float(np.median(joined))
        return self.sharpness_.sharpen(joined, self.usual_score_, X)

    def _check_parameters(self) -> None:
        if not self.windows or any(width < 2 for width in self.windows):
            raise ParameterError(f"windows must be lengths of at least 2, found {self.windows!r}.")
        if self.max_samples < 2:
            raise ParameterError(f"max_samples must be at least 2, found {self.max_samples}.")
        if not 0.0 <= self.level <= 1.0:
            raise ParameterError(f"level must lie in [0, 1], found {self.level}.")
        if not self.movement >= 0.0:
            raise ParameterError(f"movement must not be negative, found {self.movement}.")
        if self.focus is not None and not self.focus >= 0.0:
            raise ParameterError(f"focus must not be negative, found {self.focus}.")

    def _drawn(self, count: int, columns: int, width: int, rng: np.random.Generator) -> np.ndarray:
        """Return sorted starts of reference windows."""
        affordable = MOST_PAIRS // (columns * -(-count // _stride(count, width)))
        size = min(self.max_samples, max(FEWEST_SAMPLES, affordable), count)
        return np.sort(rng.choice(count, size, replace=False))

    def _shapes_at(self, X: np.ndarray, width: int, starts: np.ndarray) -> np.ndarray:
        """Return the windows at some starts, (d, number, pieces)."""
        pieces = [self._shapes(X[:, column], width, column)[starts] for column in range(X.shape[1])]
        return np.stack(pieces)

    def _shapes(self, values: np.ndarray, width: int, column: int) -> np.ndarray:
        """Return all windows of one column, scaled, with part of their level taken off."""
        scaled = (values - self.centre_[column]) / self.unit_[column]
        windows = sliding_windows(scaled[:, None], width)
        level = (1.0 - self.level) * windows.mean(axis=1, keepdims=True)
        shapes = (windows - level).astype(np.float32)
        usual = float(self.usual_move_[column])
        if self.movement == 0.0 or usual <= 0.0:
            return shapes
        steps = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(scaled)))])
        moved = (steps[width - 1 :] - steps[: len(steps) - width + 1]) / (width - 1)
        # On a logarithmic scale with a floor: ten times calmer is as odd as ten times wilder.
        odd = np.log((np.maximum(moved, 0.0) + STILL * usual) / ((1.0 + STILL) * usual))
        weight = self.movement * np.sqrt(shapes.shape[1])
        return np.column_stack([shapes, (weight * odd).astype(np.float32)])

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        joined = self._joined([self._length_scores(X, place) for place in range(len(self.widths_))])
        return self.sharpness_.sharpen(joined, self.usual_score_, X)

    def _joined(self, found: list[tuple[np.ndarray, ...]]) -> np.ndarray:
        total = np.zeros(len(found[0][0]))
        for some, locations in zip(found, self.locations_, strict=True):
            for scores, (usual, spread), say in zip(
                some, locations, (1.0, self.focus_), strict=False
            ):
                total += say * (scores - usual) / spread
        return total / len(found)

    def _length_scores(self, X: np.ndarray, place: int) -> tuple[np.ndarray, ...]:
        """Return each point's mean distance over the windows of one length that cover it.

        With focus, also its mean own distance under them.
        """
        squares, which = self._squares(X, place)
        far = self._to_points(np.sqrt(squares.sum(axis=1))[:, None], X, place)[:, 0]
        if self.focus_ == 0.0:
            return (far,)
        own = np.sqrt(sum(self._own_squares(X, place, which)))
        return far, self._under_points(own, X, place)

    def _own_squares(self, X: np.ndarray, place: int, which: np.ndarray) -> Iterator[np.ndarray]:
        """Yield for each column how far each piece of a window is off its nearest reference.

        Squares (k, pieces), each as if the whole window were off as far as the piece.
        """
        width = self.widths_[place]
        pieces = min(width, PIECES)
        padded, at = self._compared(X, width)
        for column in range(X.shape[1]):
            own = self._shapes(padded[:, column], width, column)[at, :pieces]
            nearest = self.references_[place][column][np.maximum(which[:, column], 0), :pieces]
            off = (own - nearest).astype(np.float64) ** 2 * pieces
            yield np.where(which[:, column, None] >= 0, off, 0.0)

    def _under_points(self, own: np.ndarray, X: np.ndarray, place: int) -> np.ndarray:
        """Bring values of the windows' pieces (k, pieces) to points (n,): the mean over windows."""
        width = self.widths_[place]
        count = max(len(X) - width, 0) + 1
        at, full = _positions(count, width), np.arange(count)
        edges = np.linspace(0, width, own.shape[1] + 1).astype(int)
        total, covered = np.zeros(count + width - 1), np.zeros(count + width - 1)
        for piece, (start, stop) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            value = np.interp(full, at, own[:, piece])
            for offset in range(start, stop):
                total[offset : offset + count] += value
                covered[offset : offset + count] += 1.0
        return np.asarray((total / covered)[: len(X)])

    def _to_points(self, values: np.ndarray, X: np.ndarray, place: int) -> np.ndarray:
        """Bring values of the compared windows (k, c) to points (n, c)."""
        width = self.widths_[place]
        count = max(len(X) - width, 0) + 1
        at = _positions(count, width)
        full = np.arange(count)
        points = [
            spread_to_points(np.interp(full, at, column), width)[: len(X)] for column in values.T
        ]
        return np.column_stack(points)

    def _compared(self, X: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows, padded to a window at least, and the starts of the windows compared."""
        padded = np.pad(X, ((0, max(0, width - len(X))), (0, 0)), mode="edge")
        return padded, _positions(len(padded) - width + 1, width)

    def _squares(self, X: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Return squared distances to the nearest reference of each column, and which that is.

        Both (windows, d); −1 where there is none that does not overlap.
        """
        width = self.widths_[place]
        padded, at = self._compared(X, width)
        offset = self._offset(X)
        squares = np.empty((len(at), X.shape[1]))
        which = np.empty((len(at), X.shape[1]), np.int64)
        for column in range(X.shape[1]):
            shapes = self._shapes(padded[:, column], width, column)[at]
            squares[:, column], which[:, column] = self._nearest(shapes, place, column, at, offset)
        return squares, which

    def _nearest(
        self, shapes: np.ndarray, place: int, column: int, at: np.ndarray, offset: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        from workbench.detectors.kernels._discords import nearest

        references = self.references_[place][column]
        norms = (references**2).sum(axis=1)
        # Windows of other data overlap no reference: they are moved far away on the time axis.
        moved = at + offset if offset is not None else at + 4 * (len(self.rows_) + len(at))
        out, which = np.empty(len(shapes)), np.empty(len(shapes), np.int64)

        least = np.empty(len(shapes), np.float32)

        def search(rows: slice) -> None:
            own = shapes[rows]
            nearest(
                own @ references.T, norms, (own**2).sum(axis=1), self.starts_[place],
                moved[rows], self.widths_[place], least[rows], which[rows],
            )  # fmt: skip

        threads().map(search, blocks(len(shapes), BLOCK))
        alone = which < 0
        # How products of single precision are rounded depends on the processor and on how many
        # threads multiply: they say which reference is nearest, and not how far it is.
        for rows in blocks(len(shapes), BLOCK):
            off = shapes[rows].astype(np.float64) - references[which[rows]]
            out[rows] = (off**2).sum(axis=1)
        if alone.any():  # a series so short that every reference overlaps
            out[alone] = np.median(out[~alone]) if not alone.all() else 0.0
        return out, which

    def _offset(self, X: np.ndarray) -> int | None:
        """Return where ``X`` lies on the time axis of the training series; None if elsewhere.

        A window must not be compared with itself, also when the series is scored again, in
        part or with new rows after it.
        """
        inside = self.rows_.tobytes().find(X.tobytes()) if len(X) <= len(self.rows_) else -1
        if inside >= 0:
            return inside // self.rows_[0].nbytes
        if len(X) == len(self.rows_) and (self.rows_ == X).all(axis=1).mean() > 0.5:
            return 0  # the training series with some values corrected, or asked about
        around = X.tobytes().find(self.rows_.tobytes()) if len(X) > len(self.rows_) else -1
        return -(around // self.rows_[0].nbytes) if around >= 0 else None

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        parts, base = np.zeros((len(rows), X.shape[1])), 0.0
        for place, locations in enumerate(self.locations_):
            squares, which = self._squares(X, place)
            usual, spread = locations[0]
            parts += self._to_points(_shares(squares), X, place)[rows] / spread
            base -= usual / spread
            if self.focus_ == 0.0:
                continue
            usual, spread = locations[1]
            base -= self.focus_ * usual / spread
            own = np.sqrt(sum(self._own_squares(X, place, which)))
            safe = np.where(own > 0.0, own, 1.0)
            for column, off in enumerate(self._own_squares(X, place, which)):
                points = self._under_points(off / safe, X, place)
                parts[:, column] += self.focus_ * points[rows] / spread
        parts, base = parts / len(self.widths_), base / len(self.widths_)
        sharp = self.sharpness_.of(X)[rows]
        return self.sharpness_.stretch(np.full(len(rows), base), parts, self.usual_score_, sharp)

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return what is odd where the value itself is not: the course around it."""
        return "its course here is unlike any other stretch"


def _shares(squares: np.ndarray) -> np.ndarray:
    """Return the columns' shares (k, d) of distances whose squares (k, d) add up."""
    distances = np.sqrt(squares.sum(axis=1, keepdims=True))
    return np.asarray(squares / np.where(distances > 0.0, distances, 1.0))


def _stride(count: int, width: int) -> int:
    """Long windows move by more than a step where there are very many of them."""
    return max(1, min(width // 16, count // 20_000))


def _positions(count: int, width: int) -> np.ndarray:
    """Return the starts of the windows that are compared; the last one is always among them."""
    at = np.arange(0, count, _stride(count, width))
    return at if at[-1] == count - 1 else np.append(at, count - 1)


def _location(scores: np.ndarray) -> tuple[float, float]:
    """Return median and robust standard deviation; never a deviation of zero."""
    middle = float(np.median(scores))
    spread = 1.4826 * float(np.median(np.abs(scores - middle)))
    floor = 1e-3 * float(scores.max() - scores.min()) or 1e-9 * abs(middle) or 1.0
    return middle, max(spread, floor)
