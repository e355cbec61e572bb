"""``auto``: from kind, size and types of the data to a small, diverse set of detectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Choice", "choose_detector", "contenders"]

#: Seconds that fitting and scoring may take when nobody says otherwise.
SECONDS = 60.0
#: Seconds a cell of the table on two cores (python tests/benchmarks/speed.py), rounded up. An
#: estimate and not a clock decides, so that the same data get the same detector every time.
SECONDS_A_CELL = {
    "sampled_knn": 8e-7,
    "inne": 3e-7,
    "extended_iforest": 3e-7,
    "hbos": 1e-8,
    "ecod": 5e-8,
    "copod": 5e-8,
    "discord": 2.5e-5,
    "seasonal_residual": 4e-6,
}
#: Members with their weights: docs/adr/0012 has the figures.
NUMBERS = {"sampled_knn": 3.0, "inne": 1.0, "ecod": 1.0}
CATEGORIES = {
    "extended_iforest": 1.0, "hbos": 1.0, "ecod": 1.0, "copod": 1.0, "sampled_knn": 0.5,
}  # fmt: skip
#: For the nodes of a graph: docs/adr/0027 has the figures.
ATTRIBUTED = ("neighbour_contrast", "pagerank", "iforest")
BARE = ("oddball", "iforest")
#: Beyond this many rows two samples instead of five: half of the time, and hardly another ranking.
MANY_ROWS = 200_000
#: What joins them in a comparison that nobody chose: each looks at the data in a way of its own.
OTHERS = {"series": ("seasonal_residual", "spectral_residual"), "rows": ("iforest", "hbos")}
#: Detectors in such a comparison; more than a few are hard to tell apart.
FEW = 4
#: Shortest series that has windows to compare.
FEWEST_POINTS = 40


@dataclass(frozen=True)
class Choice:
    """A detector, its parameters, and the reason in words.

    Attributes
    ----------
    detector : str
    reason : str
    params : dict
    skipped : tuple of str
        What would have been taken if there were more time, and why it was not.
    """

    detector: str
    reason: str
    params: dict[str, Any] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def choose_detector(
    kind: str,
    rows: int,
    columns: int,
    *,
    categorical: float = 0.0,
    attributes: int = 0,
    seconds: float | None = None,
) -> Choice:
    """Return what suits the data, with the reason.

    The rule, in order:

    1. Series: ``discord``, which compares windows of several lengths and, where there are times,
       looks closer at the points under odd windows. Where windows would take longer than
       ``seconds``, ``seasonal_residual`` alone. Under 40 points ``ecod``.
    2. Fewer than 10 rows: ``ecod``, which has nothing to estimate but ranks.
    3. Graphs whose nodes have attributes: the average of ``neighbour_contrast`` and ``pagerank``,
       which see attributes that do not fit the neighbours, and ``iforest``, which sees odd
       surroundings in the columns on structure. Without attributes ``oddball`` and ``iforest``.
    4. Some categories: the average of ``extended_iforest``, ``hbos``, ``ecod`` and ``copod``, for
       between categories distances mean little, and rarity column by column means much;
       ``sampled_knn`` with half a vote sees how far an extreme number lies.
    5. Numbers only, and texts: the average of ``sampled_knn`` (three votes), ``inne`` and ``ecod``.

    A member that would take longer than ``seconds`` is skipped, and the choice says so; those for
    graphs take time by the edges and are not.

    Parameters
    ----------
    kind : str
        Kind of the dataset.
    rows, columns : int
        Rows to learn from, and features.
    categorical : float
        Share of the features that are categories.
    attributes : int
        Features that the nodes of a graph bring themselves, beside those on structure.
    seconds : float, optional
        Time that fitting and scoring may take, about; 60 by default.

    Examples
    --------
    >>> choose_detector("tabular", 1000, 5).detector
    'average'
    """
    budget = SECONDS if seconds is None else seconds
    if kind == "series":
        return _choose_for_series(rows, columns, budget)
    if rows < 10:
        return Choice("ecod", f"{rows} rows are too few to learn more than ranks from")
    if kind == "graph":
        return _choose_for_graph(rows, attributes)
    members, skipped = _affordable(CATEGORIES if categorical else NUMBERS, rows * columns, budget)
    why = (
        f"{100 * categorical:.0f} % of the features are categories, so that rarity in each column "
        "counts more than distances"
        if categorical
        else "numbers only, so that distances to the bulk count most"
    )
    if kind == "text" and not categorical:
        why = "texts, each told by a few numbers (rare and unseen words, distance to usual themes)"
    names = ", ".join(members)
    params = {
        "members": [_member(name, weight, rows) for name, weight in members.items()],
    }
    reason = f"{rows:,} rows × {columns} columns, {why}: the weighted average of {names}"
    return Choice("average", reason, params, skipped)


def contenders(
    kind: str, rows: int, columns: int, *, categorical: float = 0.0, attributes: int = 0
) -> list[str]:
    """Return the names of a few unlike detectors that suit the data, for a comparison.

    Parameters as for :func:`choose_detector`, whose members come first.

    Examples
    --------
    >>> contenders("tabular", 1000, 5)
    ['sampled_knn', 'inne', 'ecod', 'iforest']
    """
    choice = choose_detector(kind, rows, columns, categorical=categorical, attributes=attributes)
    members = choice.params.get("members", [choice.detector])
    names = [item["detector"] if isinstance(item, dict) else item for item in members]
    others = OTHERS["series" if kind == "series" else "rows"]
    return list(dict.fromkeys([*names, *others]))[:FEW]


def _member(name: str, weight: float, rows: int) -> Any:
    """Return a member as ensembles take it."""
    params: dict[str, Any] = {} if weight == 1.0 else {"weight": weight}
    if name == "sampled_knn" and rows > MANY_ROWS:
        params["n_samples"] = 2
    return {"detector": name, **params} if params else name


def _affordable(
    wanted: dict[str, float], cells: int, budget: float
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the members that fit into the budget, and a sentence for each that does not."""
    members = dict(wanted)
    skipped = []
    # The dearest goes first; one member is always left.
    for name in sorted(wanted, key=lambda name: -SECONDS_A_CELL[name]):
        cost = {member: SECONDS_A_CELL[member] * cells for member in members}
        if sum(cost.values()) <= budget or len(members) == 1:
            break
        skipped.append(f"'{name}' would take about {cost[name]:.0f} s of {budget:g} s")
        del members[name]
    return members, tuple(skipped)


def _choose_for_graph(nodes: int, attributes: int) -> Choice:
    members = list(ATTRIBUTED if attributes else BARE)
    why = (
        f"{attributes} attributes, held against those of the neighbours"
        if attributes
        else "no attributes, so that the edges around each node are all there is to see"
    )
    reason = f"a graph of {nodes:,} nodes, {why}: the average of {', '.join(members)}"
    return Choice("average", reason, {"members": members})


def _choose_for_series(rows: int, columns: int, budget: float) -> Choice:
    if rows < FEWEST_POINTS:
        return Choice("ecod", f"{rows} points are too few to learn a rhythm from")
    cost = SECONDS_A_CELL["discord"] * rows * columns
    if cost > budget:
        return Choice(
            "seasonal_residual",
            f"{rows:,} points in {columns} columns are too many for windows in {budget:g} s; "
            "level, rhythm and movement are compared with the usual ones",
            skipped=(f"'discord' would take about {cost:.0f} s of {budget:g} s",),
        )
    return Choice(
        "discord",
        f"a series of {rows:,} points in {columns} columns: stretches of several lengths that "
        "look like no other, the best choice on average over public series",
    )
