"""A sample that depends on the seed and the row numbers alone, however the table is cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.scaling.parts import Batch

__all__ = ["Drawn", "draw", "keys_of"]

#: Rows are kept at first whose key lies below a limit that so many standard deviations more than
#: wanted lie below: that they turn out too few happens about never (1e-15).
SIGMAS = 8.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows that were drawn so far: their keys, their numbers, and what they hold.

    Attributes
    ----------
    keys, rows : list of numpy.ndarray
    frames : list of pandas.DataFrame
        A piece each.
    """

    keys: list[np.ndarray]
    rows: list[np.ndarray]
    frames: list[pd.DataFrame]

    def joined(self, other: Drawn) -> Drawn:
        """Return the rows of both, in these lists: of many pieces none is copied twice."""
        self.keys.extend(other.keys)
        self.rows.extend(other.rows)
        self.frames.extend(other.frames)
        return self

    def kept(self, most: int) -> tuple[np.ndarray, pd.DataFrame]:
        """Return the numbers and the values of the ``most`` rows with the least keys, in order."""
        keys, rows = np.concatenate(self.keys), np.concatenate(self.rows)
        frame = pd.concat(self.frames, ignore_index=True)
        if len(keys) > most:
            chosen = np.sort(np.argpartition(keys, most - 1)[:most])
            rows, frame = rows[chosen], frame.iloc[chosen]
        return rows, frame.reset_index(drop=True)


def keys_of(start: int, count: int, seed: int) -> np.ndarray:
    """Return the keys of some rows: SplitMix64 (Steele, Lea, Flood 2014) of seed and number.

    Examples
    --------
    >>> bool((keys_of(0, 10, 7)[4:] == keys_of(4, 6, 7)).all())
    True
    """
    with np.errstate(over="ignore"):
        z = np.arange(start, start + count, dtype=np.uint64)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + _mixed(np.uint64(seed % 2**64))
        return np.asarray(_mixed(z))


def _mixed(z: np.ndarray | np.uint64) -> np.ndarray | np.uint64:
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def draw(batch: Batch, most: int, total: int, seed: int) -> Drawn:
    """Return the rows of a batch that may be among the ``most`` of ``total`` with the least keys.

    So the sample is the same for any cut into batches, and on any engine.
    """
    keys = keys_of(batch.start, len(batch), seed)
    places = np.arange(len(batch))
    if total > most:
        share = (most + SIGMAS * np.sqrt(most)) / total
        places = np.flatnonzero(keys < np.uint64(min(share, 1.0) * (2**64 - 2**11)))
    if not len(places):
        return Drawn([], [], [])
    frame = Batch(batch.start, batch.taken(places)).frame()
    return Drawn([keys[places]], [places + batch.start], [frame])
