"""The first look at a table: a sample, what is true of all cells, and how the first rows go on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.core.progress import Progress
from workbench.preparation.facts import ColumnFacts, gather_facts, join_facts
from workbench.scaling.base import Engine
from workbench.scaling.parts import Batch
from workbench.scaling.sampling import Drawn, draw

__all__ = ["Survey", "survey"]


@dataclass(frozen=True, eq=False)
class Survey:
    """What a first pass over a table found.

    Attributes
    ----------
    rows : numpy.ndarray of shape (k,)
        Numbers of the rows that were drawn, rising.
    sample : pandas.DataFrame
        What they hold.
    facts : dict of str to ColumnFacts
        Of all rows.
    head : pandas.DataFrame
        The first rows, one after the other: what hangs on the order is seen in them.
    """

    rows: np.ndarray
    sample: pd.DataFrame
    facts: dict[str, ColumnFacts]
    head: pd.DataFrame


@dataclass(frozen=True)
class _Look:
    most: int
    total: int
    seed: int

    def __call__(self, batch: Batch) -> tuple[Drawn, dict[str, ColumnFacts], pd.DataFrame | None]:
        drawn = draw(batch, self.most, self.total, self.seed)
        return drawn, _facts(batch), batch.frame() if batch.start == 0 else None


def _facts(batch: Batch) -> dict[str, ColumnFacts]:
    """Return the facts of each column; numbers that lie there plainly are not converted first."""
    facts, rest = {}, []
    for name in batch.names:
        values = batch.numbers(name)
        plain = None if values is None else ColumnFacts.of_numbers(values)
        # What is missing, infinite or too large is for the rules to tell.
        if plain is None or plain.finite < plain.rows or max(-plain.low, plain.high) > 1e300:
            rest.append(name)
        else:
            facts[name] = plain
    if rest:
        facts |= gather_facts(batch.only(rest).frame())
    return {name: facts[name] for name in batch.names}


def _join(
    one: tuple[Drawn, dict[str, ColumnFacts], pd.DataFrame | None],
    other: tuple[Drawn, dict[str, ColumnFacts], pd.DataFrame | None],
) -> tuple[Drawn, dict[str, ColumnFacts], pd.DataFrame | None]:
    return one[0].joined(other[0]), join_facts(one[1], other[1]), one[2]


def survey(engine: Engine, seed: int, progress: Progress) -> Survey:
    """Look at all rows once, all columns.

    The same seed gives the same sample on any engine, with any cut into parts.
    """
    most = engine.allowance.sample
    look = _Look(most, engine.table.total, seed)
    drawn, facts, head = engine.fold(look, _join, None, progress, "looking through")
    rows, sample = drawn.kept(most)
    return Survey(rows, sample, facts, sample if head is None else head)
