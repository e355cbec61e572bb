"""What charts lay over the data: held against statsmodels, SciPy and data with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.charts.distribution import NAMES, expected_counts
from workbench.charts.expected_band import expected_band
from workbench.charts.regression import regression
from workbench.charts.seasonal_profile import DAY, choose_cycle, seasonal_profile, without_season
from workbench.charts.trend import trend


def test_the_line_and_its_band_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    x = rng.uniform(-3, 9, 200)
    y = 1.5 - 0.4 * x + rng.normal(0, 2, 200)
    found = regression(x, y)
    assert found is not None
    peer = sm.OLS(y, sm.add_constant(x)).fit()
    band = peer.get_prediction(sm.add_constant(found.x)).conf_int()
    assert [found.intercept, found.slope] == pytest.approx(list(peer.params))
    assert found.r2 == pytest.approx(peer.rsquared)
    assert np.allclose(np.column_stack([found.low, found.high]), band)


def test_no_line_through_one_place() -> None:
    assert regression(np.ones(9), np.arange(9.0)) is None
    assert regression(np.full(9, np.nan), np.arange(9.0)) is None


def test_a_step_a_bend_and_noise_alone_are_told_apart() -> None:
    rng = np.random.default_rng(2)
    x, noise = np.arange(600.0), rng.normal(0, 1, 600)
    assert trend(x, noise).breaks.size == 0
    step = trend(x, noise + np.where(x < 200, 0, 8.0))
    assert step.breaks == pytest.approx([200], abs=4)
    bend = trend(x, noise + np.where(x < 300, 0.05 * x, 30 - 0.05 * x))
    assert bend.breaks == pytest.approx([300], abs=15)


def test_a_long_series_is_cut_in_blocks() -> None:
    x = np.arange(200_000.0)
    rng = np.random.default_rng(3)
    found = trend(x, rng.normal(0, 1, x.size) + np.where(x < 120_000, 0.0, 2.0))
    assert found.breaks == pytest.approx([120_000], abs=2_000)


@given(st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")), max_size=80))
def test_any_values_have_a_trend_or_none(values: list[float]) -> None:
    found = trend(np.arange(len(values), dtype=float), np.array(values, dtype=float))
    assert found.x.size == found.y.size
    assert np.isfinite(found.y).all()


def test_a_daily_habit_is_found_and_taken_out() -> None:
    x = np.arange(24.0 * 40) * DAY / 24
    y = 5 + np.sin(x / DAY * 2 * np.pi)
    profile = seasonal_profile(x, y)
    assert profile is not None
    assert (profile.cycle, profile.explained > 0.95) == ("day", True)
    assert np.ptp(without_season(x, y, timed=True)) < 1e-6
    assert without_season(x, y, timed=False) is y


def test_weeks_years_and_nothing_are_told_apart() -> None:
    assert choose_cycle(np.arange(60.0) * DAY) == "week"
    assert choose_cycle(np.arange(60.0) * 30 * DAY) == "year"
    assert choose_cycle(np.arange(5.0)) == ""


def test_a_day_begins_the_week_on_monday() -> None:
    x = np.datetime64("2026-03-02", "ms").astype(float) + np.arange(70.0) * DAY  # a Monday
    profile = seasonal_profile(x, np.arange(70.0) % 7, "week")
    assert profile is not None
    assert profile.middle.tolist() == list(range(7))


def test_the_band_holds_what_is_usual_and_not_what_is_odd() -> None:
    rng = np.random.default_rng(4)
    x = np.arange(24.0 * 60) * DAY / 24
    y = np.sin(x / DAY * 2 * np.pi) + rng.normal(0, 0.1, x.size)
    y[700] = 0.0 if abs(y[700]) > 0.6 else 1.5
    low, high, words = expected_band(x, y, timed=True)
    inside = (y >= low) & (y <= high)
    assert 0.93 < inside.mean() <= 1
    assert not inside[700]
    assert "hour of the day" in words


@pytest.mark.parametrize("name", NAMES)
def test_a_fitted_shape_expects_as_many_as_there_are(name: str) -> None:
    values = np.random.default_rng(5).gamma(4, 2, 20_000)
    counts, words = expected_counts(values, np.linspace(-40, 120, 81), name)
    assert counts.sum() == pytest.approx(20_000, rel=0.02)
    assert (counts >= 0).all()
    assert words.startswith(name)


@given(st.sampled_from(NAMES), st.lists(st.floats(-1e6, 1e6), max_size=30))
@example("gamma", [0.0, 0.0, 2e-276])
def test_any_values_have_a_shape_or_a_reason(name: str, values: list[float]) -> None:
    counts, words = expected_counts(np.array(values, dtype=float), np.linspace(-9, 9, 5), name)
    assert len(counts) == 4
    assert np.isfinite(counts).all()
    assert words
