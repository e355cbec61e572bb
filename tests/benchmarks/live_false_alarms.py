"""Share of false alarms among a monitor's alarms, and power, beside a plain quantile threshold.

Run it: ``python -m tests.benchmarks.live_false_alarms [--seeds 200] [--rate 0.1]``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from workbench.detectors.ewma import Ewma
from workbench.streams.event_time import SECOND
from workbench.streams.judging import Judging
from workbench.streams.promise import Promise
from workbench.streams.records import Records
from workbench.streams.scoring import Scorer

__all__ = ["Outcome", "outcome", "realised"]

ROWS, FEATURES, SHIFT = 3_000, 2, 6.0
CONTROLS = {
    "bh": Judging(rule="fdr", control="bh"),
    "lord": Judging(rule="fdr", control="lord"),
    "saffron": Judging(rule="fdr", control="saffron"),
    "quantile": Judging(rule="p_value"),
}


@dataclass(frozen=True)
class Outcome:
    """What came of one stream.

    Attributes
    ----------
    false : float
        Share of false ones among the alarms; for "bh" of a batch, on average, as it is promised.
    power : float
        Share of the anomalies that was found.
    promised : bool
        Whether the promise was made.
    """

    false: float
    power: float
    promised: bool


def outcome(
    control: str, rate: float, seed: int, *, odd: float = 0.02, alike: float = 0.0
) -> Outcome:
    """Let a monitor watch one stream of independent rows, or of rows that resemble each other.

    Parameters
    ----------
    control : str
        Of :data:`CONTROLS`.
    rate : float
        Nominal; for the quantile the share of rows that it flags.
    seed : int
    odd : float
        Share of anomalies after the first 1,000 rows.
    alike : float
        Autocorrelation.
    """
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(ROWS, FEATURES))
    for row in range(1, ROWS if alike else 0):
        values[row] = alike * values[row - 1] + np.sqrt(1 - alike**2) * values[row]
    truth = np.zeros(ROWS, dtype=bool)
    truth[1_000:] = rng.random(ROWS - 1_000) < odd
    values[truth] += SHIFT
    judging = Judging(
        **{**vars(CONTROLS[control]), "rate": 0.01 if control == "quantile" else rate}
    )
    scorer = Scorer(("a", "b"), Ewma, judging)
    text = np.full(ROWS, "", dtype=object)
    points = scorer.step(Records(np.arange(ROWS) * SECOND, text, text.copy(), values))
    flagged, real = points.anomalous, truth[: len(points)]
    size = judging.batch if control == "bh" else len(points)
    parts = [slice(start, start + size) for start in range(0, len(points), size)]
    shares = [(flagged & ~real)[one].sum() / max(flagged[one].sum(), 1) for one in parts]
    false = float(np.mean(shares[200 // size :]))  # before, nothing is told
    power = float((flagged & real).sum() / max(real.sum(), 1))
    told = Promise(scorer).told()
    return Outcome(false, power, bool(told.get("promise")))


def realised(control: str, rate: float, seeds: range, **more: float) -> tuple[float, float, float]:
    """Return the mean share of false alarms, the mean power, and how often was promised."""
    found = [outcome(control, rate, seed, **more) for seed in seeds]
    return tuple(float(np.mean([getattr(one, name) for one in found]))  # type: ignore[return-value]
                 for name in ("false", "power", "promised"))  # fmt: skip


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=200)
    asked.add_argument("--rate", type=float, default=0.1)
    given = asked.parse_args()
    print(f"{given.seeds} streams of {ROWS:,} rows, nominal {given.rate}")
    cases = {
        "2 % odd": {"odd": 0.02}, "0.3 % odd": {"odd": 0.003}, "nothing odd": {"odd": 0.0},
        "alike .8": {"alike": 0.8},
    }  # fmt: skip
    for case, more in cases.items():
        for control in CONTROLS:
            false, power, promised = realised(control, given.rate, range(given.seeds), **more)
            told = f"false {false:.3f}  power {power:.3f}  promised {promised:.2f}"
            print(f"{case:12} {control:9} {told}")


if __name__ == "__main__":
    main()
