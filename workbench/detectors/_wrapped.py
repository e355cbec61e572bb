"""A detector of a library behind our contract: one line of a family's table makes one class."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors.base import Detector, Tags

__all__ = ["Member", "Wrapped", "make_members"]

#: Rows scored at once: neighbour methods hold rows x neighbours x columns.
BLOCK_ROWS = 20_000
#: How each member is tried, where a family does not say; ``{label}`` is its class.
EXAMPLE = (
    ">>> X = np.random.default_rng(0).normal(size=(100, 2))",
    ">>> scores = {label}().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])",
    ">>> bool(scores[1] > scores[0])",
    "True",
)


@dataclass(frozen=True)
class Member:
    """One line of a family: which class of the library, how it is called, what it is good at.

    Attributes
    ----------
    source : str
        ``"module:Class"`` in the library; imported at the first fit.
    gain : str
        What the reader gets from it, the first line of the documentation.
    params : dict
        Parameters that are open to users, with our defaults. A test holds them against the
        library's own signature.
    differs : dict
        Why a default of ours is not the library's, one reason a parameter.
    fixed : dict
        What is always handed to the library.
    max_rows : int or None
        Most rows to learn from, where cost grows with their square or worse; a seeded sample.
    per_column : bool
        Whether the library takes one column only: one model a column, the largest score counts.
    sign : float
        −1 where the library's higher score means more normal.
    extra : str
        The extra that brings what the library needs for it.
    """

    source: str
    gain: str
    paper: str
    cost: str
    good_at: str
    params: dict[str, Any] = field(default_factory=dict)
    differs: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    max_rows: int | None = None
    min_rows: int = 2
    seeded: bool = False
    per_column: bool = False
    sign: float = 1.0
    extra: str = ""


class Wrapped(Detector):
    """What all members of a family share: build, fit on a bounded sample, score in blocks."""

    member: ClassVar[Member]
    short: ClassVar[str]
    library: ClassVar[str]

    # The parameters that some members have beside the library's.
    max_rows: int
    random_state: int

    def __init__(self, **params: Any) -> None:
        for name, value in {**self.defaults(), **params}.items():
            setattr(self, name, value)

    @classmethod
    def name(cls) -> str:
        """Return the public name: library and short name."""
        return f"{cls.library}:{cls.short}"

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return every parameter with its default value."""
        more: dict[str, Any] = {}
        if cls.member.max_rows is not None:
            more["max_rows"] = cls.member.max_rows
        if cls.tags.seeded:
            more["random_state"] = 0
        return {**cls.member.params, **more}

    def _fit(self, X: np.ndarray, time: Any, progress: Progress) -> None:
        X = self._sampled(X)
        tables = [X[:, [column]] for column in range(X.shape[1])] if self._apart else [X]
        self.models_ = [self._build(table).fit(table) for table in tables]

    def _score(self, X: np.ndarray, time: Any) -> np.ndarray:
        return self._columns(X).max(axis=1)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: Any
    ) -> tuple[np.ndarray, np.ndarray] | None:
        return shared_by_square(self._columns(X[rows])) if self._apart else None

    @property
    def _apart(self) -> bool:
        return self.member.per_column

    def _sampled(self, X: np.ndarray) -> np.ndarray:
        most = getattr(self, "max_rows", None)
        if most is None:
            return X
        if not isinstance(most, (int, np.integer)) or most < self.tags.min_rows:
            raise ParameterError(
                f"max_rows must be a whole number of at least {self.tags.min_rows}, found {most!r}."
            )
        if len(X) <= most:
            return X
        random = np.random.default_rng(self.random_state)
        return X[np.sort(random.choice(len(X), most, replace=False))]

    def _build(self, X: np.ndarray) -> Any:
        """Return the library's estimator, unfitted, with parameters that suit these rows."""
        module, _, attribute = self.member.source.partition(":")
        kind = getattr(importlib.import_module(module), attribute)
        given = {name: getattr(self, name) for name in self.member.params}
        taken = inspect.signature(kind).parameters
        if "random_state" in taken and self.tags.seeded:
            given["random_state"] = self.random_state
        return kind(**self.member.fixed, **self._fitting(given, X))

    def _fitting(self, given: dict[str, Any], X: np.ndarray) -> dict[str, Any]:
        """Bound counts of neighbours and samples by the rows that there are."""
        most = {"n_neighbors": len(X) - 1, "ref_set": len(X) - 2, "n_clusters": len(X) // 2}
        for name, bound in most.items():
            value = given.get(name)
            if isinstance(value, (int, np.integer)) and value > bound:
                given[name] = max(1, bound)
        return given

    def _columns(self, X: np.ndarray) -> np.ndarray:
        """Return the scores of each model, (n, models)."""
        if self._apart:
            pairs = zip(self.models_, np.split(X, X.shape[1], axis=1), strict=True)
        else:
            pairs = zip(self.models_, [X], strict=True)
        return np.column_stack([self._blocks(model, table) for model, table in pairs])

    def _blocks(self, model: Any, X: np.ndarray) -> np.ndarray:
        parts = [self._ask(model, X[at : at + BLOCK_ROWS]) for at in range(0, len(X), BLOCK_ROWS)]
        return self.member.sign * np.concatenate(parts)

    def _ask(self, model: Any, X: np.ndarray) -> np.ndarray:
        return np.asarray(model.decision_function(X), dtype=np.float64).reshape(-1)


def make_members(
    library: str,
    title: str,
    module: dict[str, Any],
    table: dict[str, Member],
    special: Mapping[str, type[Wrapped]] | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    example: Sequence[str] = EXAMPLE,
) -> dict[str, type[Wrapped]]:
    """Make one class for each line of a family's table, and put it into the module by name.

    Parameters
    ----------
    library, title : str
        Prefix of the names, and the library's name for people.
    module : dict
        The module's ``globals()``: saved models find a class by its module and name.
    table : dict of str to Member
    special : dict of str to type, optional
        Base classes of members that need a way of their own.
    tags : dict, optional
        Tags of all members, beside those of the table.
    example : sequence of str
        Lines of the documentation.
    """
    made: dict[str, type[Wrapped]] = {}
    for short, member in table.items():
        label = "".join(part.capitalize() for part in short.split("_"))
        base = (special or {}).get(short, Wrapped)
        own = Tags(
            library=title,
            paper=member.paper,
            cost=member.cost,
            good_at=member.good_at,
            min_rows=member.min_rows,
            seeded=member.seeded or member.max_rows is not None,
            **{"extra": member.extra, **(tags or {})},
        )
        body = {
            "__module__": module["__name__"],
            "__qualname__": label,
            "member": member,
            "short": short,
            "library": library,
            "tags": own,
        }
        kind = type(label, (base,), body)
        kind.__doc__ = _words(label, title, kind, example)
        kind.__signature__ = _signature(kind)  # type: ignore[attr-defined]
        module[label] = made[short] = kind
    return made


def _signature(kind: type[Wrapped]) -> inspect.Signature:
    return inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value)
            for name, value in kind.defaults().items()
        ]
    )


def _words(label: str, title: str, kind: type[Wrapped], example: Sequence[str]) -> str:
    member = kind.member
    source = member.source.partition(":")[2]
    own = {
        "max_rows": "Learns from at most this many rows, sampled by ``random_state``.",
        "random_state": "Seed.",
    }
    lines = [member.gain, ""]
    if kind.defaults():
        lines += ["Parameters", "----------"]
    for name, value in kind.defaults().items():
        text = own.get(name, f"As in {title}'s {source}.")
        if name in member.differs:
            text += f" {member.differs[name]}"
        lines += [f"{name} : default {value!r}", f"    {text}"]
    lines += ["", "References", "----------", f"{member.paper}. {title}'s {source}.", ""]
    lines += ["Examples", "--------"]
    lines += [line.format(label=label) for line in example]
    return "\n".join(lines) + "\n"
