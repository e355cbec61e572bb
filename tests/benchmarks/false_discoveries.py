"""Is the promise of ``fdr`` kept, and is it withheld where it could not be?

Usage: python tests/benchmarks/false_discoveries.py [--seeds N] [--rate X] [--detector NAME]

For each seed: 300 reference rows, then 200 rows of which 20 are anomalies. Printed per case: the
realised share of false ones among the flagged rows (mean over the seeds, 0 where none is flagged),
its standard error, the share of anomalies found, and how often the promise was withheld. Ends with
an error when a promise that was made is broken by more than two standard errors, or one that could
not be kept was made.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import workbench as wb

REFERENCE, JUDGED, ODD, COLUMNS = 300, 200, 20, 4
Rows = Callable[[np.random.Generator, int], np.ndarray]


def normal(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.normal(size=(rows, COLUMNS))


def skewed(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.lognormal(size=(rows, COLUMNS))


def autocorrelated(rng: np.random.Generator, rows: int) -> np.ndarray:
    noise, values = rng.normal(size=(rows, COLUMNS)), np.zeros((rows, COLUMNS))
    for row in range(1, rows):
        values[row] = 0.9 * values[row - 1] + noise[row]
    return values / np.sqrt(1.0 / (1.0 - 0.81))


@dataclass(frozen=True)
class Case:
    name: str
    rows: Rows
    options: dict[str, Any]
    contaminated: float = 0.0
    shifted: float = 0.0
    reference: int = REFERENCE
    promised: bool = True


CASES = (
    Case("split", normal, {"calibration": "split"}),
    Case("cross", normal, {"calibration": "cross"}),
    Case("jackknife+, 80 rows", normal, {"calibration": "jackknife+"}, reference=80),
    Case("cross, skewed columns", skewed, {"calibration": "cross"}),
    Case("5 % contaminated", normal, {}, contaminated=0.05, promised=False),
    Case("autocorrelated", autocorrelated, {}, promised=False),
    Case("shifted, not weighted", normal, {}, shifted=1.0, promised=False),
    Case("shifted, weighted", normal, {"shift": True}, shifted=1.0),
)


@dataclass(frozen=True)
class Outcome:
    false: np.ndarray
    power: np.ndarray
    withheld: np.ndarray

    def broken(self, rate: float, promised: bool) -> bool:
        """Return whether a promise was made and not kept, or should not have been made."""
        if not promised:
            return bool(self.withheld.mean() < 0.95)
        error = self.false.std(ddof=1) / np.sqrt(len(self.false))
        return bool(self.false.mean() > rate + 2.0 * error)

    def line(self, name: str) -> str:
        error = self.false.std(ddof=1) / np.sqrt(len(self.false))
        return (
            f"{name:<24} FDR {self.false.mean():.3f} ± {error:.3f}  power {self.power.mean():.3f}"
            f"  promise withheld {100 * self.withheld.mean():5.1f} %"
        )


def measure(case: Case, seeds: int, rate: float, detector: str) -> Outcome:
    """Return false share, power and whether the promise was withheld, for each seed."""
    found = [_once(case, seed, rate, detector) for seed in range(seeds)]
    false, power, withheld = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    return Outcome(false, power, withheld)


def _once(case: Case, seed: int, rate: float, detector: str) -> tuple[float, float, bool]:
    rng = np.random.default_rng(seed)
    rows = case.rows(rng, case.reference + JUDGED)
    total = len(rows)
    odd = np.arange(total) >= total - ODD
    reference = np.arange(total) < case.reference
    rows[~reference, 0] += case.shifted
    rows[odd] += 5.0 * np.sign(rng.normal(size=(ODD, COLUMNS))) * rows[reference].std(axis=0)
    spoiled = rng.choice(case.reference, int(case.contaminated * case.reference), replace=False)
    rows[spoiled] += 5.0
    frame = pd.DataFrame(rows, columns=[f"x{k}" for k in range(COLUMNS)])
    answer = wb.detect(
        frame, detector, reference=reference, fdr=rate, random_state=seed, **case.options
    )
    flags = answer.is_anomaly.to_numpy() & ~reference
    false = float((flags & ~odd).sum() / max(1, flags.sum()))
    return false, float(flags[odd].mean()), "not promised" in answer.threshold.reason


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--detector", default="pca")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"nominal {asked.rate}, {asked.seeds} seeds, {asked.detector}")
    broken = []
    for case in CASES:
        outcome = measure(case, asked.seeds, asked.rate, asked.detector)
        print(outcome.line(case.name), flush=True)
        if outcome.broken(asked.rate, case.promised):
            broken.append(case.name)
    if broken:
        sys.exit(f"promises broken: {', '.join(broken)}")


if __name__ == "__main__":
    main()
