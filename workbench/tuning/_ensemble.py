"""The ground of all ensembles: members fitted side by side, calibrated, weeded out, combined."""

from __future__ import annotations

import time as clock
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from workbench.core.errors import DataError, ParameterError
from workbench.core.execution import Execution, serial, threads
from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.detectors._graph import as_given, check_network, refuse_graph_members
from workbench.detectors.base import Detector, Tags
from workbench.tuning._calibration import Calibration

__all__ = ["Ensemble", "Member", "Standing", "ensemble_tags"]

#: What a member may be: a detector's name, or a dictionary with "detector" and its parameters.
Member = str | dict[str, Any]

#: Rows on which members are compared with each other.
MOST_COMPARED = 20_000
#: Beyond this many rows members run one after the other, each with all threads.
MOST_SIDE_BY_SIDE = 50_000
#: A member whose ranks agree less than this with the others on average is left out.
LEAST_AGREEMENT = 0.0

DEFAULT_MEMBERS: tuple[Member, ...] = ("sampled_knn", "iforest", "pca")


@dataclass
class Standing:
    """One line of the leaderboard of an ensemble.

    Attributes
    ----------
    detector : str
        Name in the catalog.
    params : dict
        Parameters that differ from the defaults.
    votes : float
        What was asked for by ``"weight"``.
    seconds : float
        Time to fit and to score the training rows.
    agreement : float
        Mean rank correlation with the other members.
    weight : float
        Share in the combination; 0 for a member that was left out.
    note : str
        Why it was left out; empty for one that takes part.
    """

    detector: str
    params: dict[str, Any]
    votes: float = 1.0
    seconds: float = 0.0
    agreement: float = float("nan")
    weight: float = 0.0
    note: str = ""


def ensemble_tags(good_at: str, paper: str) -> Tags:
    """Return the tags that all ensembles share."""
    return Tags(
        kinds=("tabular", "series", "graph"),
        paper=paper,
        cost="the sum of its members",
        good_at=good_at,
        seeded=True,
    )


class Ensemble(Detector):
    """Several detectors that score as one.

    Members are fitted in parallel, and their scores brought to a common scale that is frozen at
    fit. A member that fails, gives every row the same score or ranks against all the others is
    left out, and the leaderboard says so. A subclass says which member counts how much for each
    row; the score is the weighted sum, so that explanations add up.

    Parameters
    ----------
    members : sequence of str or dict
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``; text with commas too.
        ``"weight"`` gives a member more or fewer votes than 1.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale.
    random_state : int
        Seed of the members.
    """

    #: A subclass that needs randomness of its own.
    tags: ClassVar[Tags]

    def __init__(
        self,
        members: Sequence[Member] | str = DEFAULT_MEMBERS,
        scale: str = "zscore",
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.scale = scale
        self.random_state = random_state
        self._window: int | None = None
        self._series = False

    def for_series(self, window: int | None) -> Ensemble:
        """Return the same ensemble whose tabular members judge windows of a series."""
        made = self.clone()
        made._series, made._window = True, window
        return made

    def clone(self) -> Ensemble:
        made = type(self)(**self.get_params())
        made._series, made._window = self._series, self._window
        return made

    @abstractmethod
    def _weights(self, table: np.ndarray) -> np.ndarray:
        """Return how much each member counts for each row, (n, m) or (m,), from its scores."""

    def _learn_weights(self, table: np.ndarray, agreement: np.ndarray, votes: np.ndarray) -> None:
        """Learn what the weights need: training scores (n, m), agreement (m,), votes (m,)."""

    def _stand(self, time: Any, network: Network | None, rows: int) -> Any:
        if network is None:
            return super()._stand(time, None, rows)
        return check_network(network, rows)

    def _fit(self, X: np.ndarray, time: Any, progress: Progress) -> None:
        self._fit_score(X, time, progress)

    def _fit_score(self, X: np.ndarray, time: Any, progress: Progress) -> np.ndarray:
        made = self._made()
        refuse_graph_members([member for member, _ in made], time)
        self.leaderboard_ = [standing for _, standing in made]
        Calibration(self.scale)  # a wrong scale is refused before the members are fitted

        def fit(place: int) -> np.ndarray | None:
            member, standing = made[place]
            start = clock.perf_counter()
            try:
                scores = member.fit_score(X, **as_given(time), progress=progress)
            except DataError as error:
                standing.note = str(error)
                return None
            standing.seconds = clock.perf_counter() - start
            if not scores.max() > scores.min():
                standing.note = "gives every row the same score"
                return None
            return scores

        found = _engine(X).map(fit, range(len(made)), progress=progress, stage="fitting members")
        known = {place: scores for place, scores in enumerate(found) if scores is not None}
        kept = list(known)
        if not kept:
            notes = "; ".join(f"{s.detector}: {s.note}" for s in self.leaderboard_)
            raise DataError(f"No member of the ensemble can work on these data ({notes}).")
        table = np.column_stack(list(known.values()))
        inside, agreement = self._weed(table, kept)
        kept = [kept[place] for place in inside]
        self.fitted_ = [made[place][0] for place in kept]
        self.curves_ = [Calibration(self.scale).fit(table[:, place]) for place in inside]
        scaled = self._scaled([table[:, place] for place in inside])
        votes = np.array([self.leaderboard_[place].votes for place in kept])
        self._learn_weights(scaled, agreement[inside], votes)
        combined = self._combined(scaled)
        shares = np.broadcast_to(self._weights(scaled), scaled.shape).mean(axis=0)
        for place, share in zip(kept, shares.tolist(), strict=True):
            self.leaderboard_[place].weight = share
        return combined

    def _made(self) -> list[tuple[Detector, Standing]]:
        """Return unfitted members with their lines of the leaderboard."""
        names = self.members.split(",") if isinstance(self.members, str) else self.members
        made = [self._make(member) for member in names]
        if not made:
            raise ParameterError("An ensemble needs at least one member: members=['iforest', …].")
        return made

    def _make(self, member: Member) -> tuple[Detector, Standing]:
        from workbench.detectors import DETECTORS

        if isinstance(member, str):
            name, params = member.strip(), {}
        elif isinstance(member, dict) and "detector" in member:
            params = dict(member)
            name = params.pop("detector")
        else:
            raise ParameterError(
                "A member is a detector's name, or a dictionary with 'detector' and its "
                f"parameters; found {member!r}."
            )
        votes = params.pop("weight", 1.0)
        if not (isinstance(votes, int | float) and votes > 0.0):
            raise ParameterError(f"The weight of a member must be positive, found {votes!r}.")
        kind = DETECTORS.get(name)
        window = params.pop("window", self._window) if "window" not in kind.defaults() else None
        shown = dict(params)
        if "random_state" in kind.defaults():
            params.setdefault("random_state", self.random_state)
        detector = kind.create(**params)
        if self._series:
            from workbench.detectors._windowed import for_series

            if window is not None and "series" not in kind.tags.kinds:
                shown["window"] = window
            detector = for_series(detector, window)
        elif not {"tabular", "graph"} & set(kind.tags.kinds):
            raise ParameterError(f"'{name}' is for series and cannot be a member for a table.")
        return detector, Standing(name, shown, float(votes))

    def _weed(self, table: np.ndarray, kept: list[int]) -> tuple[list[int], np.ndarray]:
        """Return the columns that take part, and each one's mean agreement with the others."""
        from scipy.stats import rankdata

        if len(kept) == 1:
            return [0], np.ones(1)
        step = max(1, len(table) // MOST_COMPARED)
        alike = np.corrcoef(rankdata(table[::step], axis=0), rowvar=False)
        alike = np.nan_to_num(np.atleast_2d(alike))
        agreement = (alike.sum(axis=1) - 1.0) / (len(kept) - 1)
        for place, value in zip(kept, agreement.tolist(), strict=True):
            self.leaderboard_[place].agreement = value
        # Of two that disagree nobody can say which one is wrong.
        inside = [
            column
            for column in range(len(kept))
            if len(kept) < 3 or agreement[column] > LEAST_AGREEMENT
        ]
        for column in sorted(set(range(len(kept))) - set(inside)):
            self.leaderboard_[kept[column]].note = "ranks the rows against all other members"
        return inside or list(range(len(kept))), agreement

    def _scaled(self, scores: list[np.ndarray]) -> np.ndarray:
        pairs = zip(self.curves_, scores, strict=True)
        return np.column_stack([curve.apply(each) for curve, each in pairs])

    def _combined(self, scaled: np.ndarray) -> np.ndarray:
        return np.asarray((self._weights(scaled) * scaled).sum(axis=1))

    def _score(self, X: np.ndarray, time: Any) -> np.ndarray:
        return self._combined(self._table(X, time))

    def _table(self, X: np.ndarray, time: Any) -> np.ndarray:
        """Return the members' scores on the common scale, (n, m)."""
        stand = as_given(time)
        scores = _engine(X).map(lambda one: one.decision_function(X, **stand), self.fitted_)
        return self._scaled(scores)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: Any
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Add up the members' own parts, each stretched to its calibrated score."""
        answers = [member.contributions(X, rows, **as_given(time)) for member in self.fitted_]
        known = [answer for answer in answers if answer is not None]
        if len(known) < len(answers):
            return None
        scores = [base + parts.sum(axis=1) for base, parts in known]
        scaled = self._scaled(scores)
        weights = np.broadcast_to(self._weights(scaled), scaled.shape)
        base, parts = np.zeros(len(rows)), np.zeros((len(rows), X.shape[1]))
        for place, (own_base, own_parts) in enumerate(known):
            start = self.curves_[place].apply(own_base)
            gained = scaled[:, place] - start
            total = own_parts.sum(axis=1)
            # Where parts cancel out the stretch would blow them up: share the gain by size.
            safe = np.abs(total) > 1e-9 * np.abs(own_parts).sum(axis=1) + 1e-300
            size = np.abs(own_parts) + 1e-300
            by_size = size / size.sum(axis=1, keepdims=True)
            ratio = np.where(safe, gained / np.where(safe, total, 1.0), 0.0)
            stretched = np.where(
                safe[:, None], own_parts * ratio[:, None], by_size * gained[:, None]
            )
            base += weights[:, place] * start
            parts += weights[:, place][:, None] * stretched
        return base, parts

    @property
    def leaderboard(self) -> list[dict[str, Any]]:
        """The members with time, agreement and weight, heaviest first."""
        return [asdict(line) for line in sorted(self.leaderboard_, key=lambda s: -s.weight)]


def _engine(X: np.ndarray) -> Execution:
    """Many rows keep all threads busy inside of each member; few rows do not."""
    return serial() if len(X) > MOST_SIDE_BY_SIDE else threads()
