"""What a monitor promises about false alarms is kept, and withheld where it could not be."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from tests.benchmarks.live_false_alarms import realised

RATE = 0.1


@pytest.mark.parametrize("control", ["bh", "lord", "saffron"])
@pytest.mark.parametrize("odd", [0.0, 0.003, 0.02])
@pytest.mark.parametrize("seeds", [12, pytest.param(200, marks=pytest.mark.bars)])
def test_no_more_alarms_are_false_than_promised(control: str, odd: float, seeds: int) -> None:
    false, power, promised = realised(control, RATE, range(seeds), odd=odd)
    print(f"{control} {odd:.1%} odd, {seeds} streams: false {false:.3f}, power {power:.3f}")
    assert false <= binom.ppf(0.999, seeds, RATE) / seeds
    assert promised > 0.8


@pytest.mark.parametrize("seeds", [12, pytest.param(200, marks=pytest.mark.bars)])
def test_most_rare_anomalies_are_found_all_the_same(seeds: int) -> None:
    _, power, _ = realised("bh", RATE, range(seeds), odd=0.003)
    false, plain, _ = realised("quantile", RATE, range(seeds), odd=0.003)
    print(
        f"{seeds} streams: power {power:.2f} with the promise; with a plain quantile {plain:.2f}, "
        f"of whose alarms {false:.0%} are false"
    )
    assert power > 0.5


@pytest.mark.parametrize("seeds", [6, pytest.param(100, marks=pytest.mark.bars)])
def test_nothing_is_promised_where_neighbours_resemble_each_other(seeds: int) -> None:
    _, _, promised = realised("bh", RATE, range(seeds), alike=0.8)
    assert promised == 0.0
