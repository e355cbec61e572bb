"""Online control of false discoveries: the promise is kept at every seed's end, and before."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from workbench.core.errors import DataError, ModelError, ParameterError
from workbench.thresholds._online_fdr import MOST_REMEMBERED, LordPlusPlus, OnlineFdr, Saffron
from workbench.thresholds._spending import lent

RULES = [LordPlusPlus, Saffron]
SEEDS, ROWS, SHARE = 200, 1_000, 0.05


def drawn(seed: int, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Uniform p-values, and one in twenty from a normal value shifted by 3.5."""
    random = np.random.default_rng(seed)
    odd = random.random(rows) < SHARE
    return stats.norm.sf(random.normal(size=rows) + 3.5 * odd), odd


@pytest.mark.parametrize("rate", [0.05, 0.2])
@pytest.mark.parametrize("rule", RULES)
def test_the_share_of_false_discoveries_is_at_most_the_rate(
    rule: type[OnlineFdr], rate: float
) -> None:
    """Over 200 seeds; the power is printed beside that of taking each p-value up to the rate."""
    wrong, power, plain_wrong, plain_power = np.zeros((4, SEEDS))
    for seed in range(SEEDS):
        values, odd = drawn(seed)
        for told, into, hit in (
            (rule(rate).step(values), wrong, power),
            (values <= rate, plain_wrong, plain_power),
        ):
            into[seed] = (told & ~odd).sum() / max(1, told.sum())
            hit[seed] = (told & odd).sum() / max(1, odd.sum())
    print(
        f"{rule.__name__} at {rate}: false {wrong.mean():.3f}, power {power.mean():.3f}; "
        f"plain: false {plain_wrong.mean():.3f}, power {plain_power.mean():.3f}"
    )
    assert wrong.mean() <= rate + 2.0 * np.sqrt(rate * (1.0 - rate) / SEEDS)
    assert power.mean() > 0.2
    assert plain_wrong.mean() > rate


@pytest.mark.parametrize("rule", RULES)
def test_without_anything_odd_few_streams_have_a_discovery(rule: type[OnlineFdr]) -> None:
    """All discoveries are false then: the share is the chance of making any."""
    any_found = [rule(0.1).step(np.random.default_rng(k).random(500)).any() for k in range(SEEDS)]
    assert np.mean(any_found) <= 0.1 + 2.0 * np.sqrt(0.09 / SEEDS)


def test_what_is_lent_sums_to_at_most_one() -> None:
    """The first steps are added up; the rest is the integral."""
    last = 100_000
    saffron = sum(lent(step, True) for step in range(1, last + 1))
    assert saffron + last**-0.6 / 0.6 / special.zeta(1.6) == pytest.approx(1.0, abs=1e-4)
    lord = sum(lent(step, False) for step in range(1, last + 1))
    s = np.sqrt(np.log(last))
    rest = 2.0 * 0.07720838 * np.exp(-s) * (s**3 + 3 * s**2 + 6 * s + 6)
    assert 0.95 < lord + rest <= 1.0


@pytest.mark.parametrize("rule", RULES)
def test_levels_are_those_of_the_papers_sums(rule: type[OnlineFdr]) -> None:
    """Written out over all pairs, as in the papers."""
    values, _ = drawn(3, 300)
    ours, rate, half = rule(0.2), 0.2, 0.5
    found: list[int] = []
    for t, value in enumerate(values.tolist(), start=1):
        spans = [(0, half * rate), *((tau, rate) for tau in found)]
        if found:
            spans[1] = (found[0], rate - half * rate)
        level = 0.0
        for tau, wealth in spans:
            waited = t - tau
            if rule is Saffron:
                waited -= int((values[tau : t - 1] <= 0.5).sum())
            level += wealth * lent(waited, rule is Saffron)
        if rule is Saffron:
            level = min(0.5, 0.5 * level)
        assert ours.level == pytest.approx(level, rel=1e-12)
        told = bool(ours.step([value])[0])
        assert told == (value <= level)
        if told:
            found.append(t)
    assert len(found) > 3


@pytest.mark.parametrize("rule", RULES)
def test_batches_and_a_restart_change_no_decision(rule: type[OnlineFdr]) -> None:
    values, _ = drawn(1)
    whole = rule(0.1).step(values)
    first = rule(0.1)
    told = [first.step(values[:333])]
    again = rule.restore(first.state())
    told += [again.step(part) for part in np.array_split(values[333:], 7)]
    np.testing.assert_array_equal(np.concatenate(told), whole)
    assert again.seen == len(values)
    assert again.found == whole.sum()


@pytest.mark.parametrize("rule", RULES)
def test_memory_is_bounded_and_forgetting_makes_levels_smaller(rule: type[OnlineFdr]) -> None:
    flood = rule(0.1)
    flood.step(np.zeros(3 * MOST_REMEMBERED))
    assert flood.found == 3 * MOST_REMEMBERED
    assert flood._times.shape == (2, MOST_REMEMBERED)
    assert 0.0 < flood.level <= 0.5


def test_what_is_no_p_value_is_refused_and_nothing_decided() -> None:
    rule = LordPlusPlus()
    for bad in ([0.1, 1.5], [0.1, float("nan")], [-0.1]):
        with pytest.raises(DataError, match="between 0 and 1"):
            rule.step(bad)
    assert rule.seen == 0
    with pytest.raises(ParameterError, match="rate"):
        LordPlusPlus(0.0)


def test_a_foreign_state_is_refused() -> None:
    kept = Saffron().state()
    for change in (
        {"rule": "Other"},
        {"counts": 1.5},
        {"counts": np.array([1, 9, 0])},
        {"times": 0},
    ):
        with pytest.raises(ModelError):
            Saffron.restore({**kept, **change})
    with pytest.raises(ModelError):
        LordPlusPlus.restore(kept)
