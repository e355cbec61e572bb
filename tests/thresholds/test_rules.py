import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.errors import DataError, ParameterError, UnknownName
from workbench.thresholds import RULES, set_threshold
from workbench.thresholds._conformal import Calibration
from workbench.thresholds.base import ScoreContext, cut_above, parse_rule

SCORES = np.concatenate([np.linspace(0, 1, 97), [5.0, 6.0, 7.0]])
FINITE = arrays(float, st.integers(1, 60), elements=st.floats(-1e9, 1e9))


def flagged(rule: object, scores: np.ndarray = SCORES, **params: float) -> int:
    context = ScoreContext(days=params.pop("days", None))
    return int((scores > set_threshold(rule, scores, context, **params).value).sum())  # type: ignore[arg-type]


def test_contamination_flags_the_share() -> None:
    assert flagged("contamination", contamination=0.03) == 3
    assert flagged("contamination", contamination=0.001) == 1


def test_quantile_flags_what_lies_above() -> None:
    assert flagged("quantile", q=0.9) == 10


def test_a_budget_counts_per_day_where_there_is_time() -> None:
    assert flagged("budget", n=2) == 2
    assert flagged("budget", n=2, days=3.0) == 6


def test_mad_finds_what_stands_clear_without_being_told_how_many() -> None:
    assert flagged("mad") == 3


def test_mad_flags_nothing_in_a_uniform_crowd_and_never_more_than_its_cap() -> None:
    assert flagged("mad", np.linspace(0, 1, 200)) == 0
    assert flagged("mad", np.concatenate([np.zeros(60), np.full(40, 9.0)]), most=0.1) <= 10


def test_mad_reaches_over_mostly_equal_scores() -> None:
    assert flagged("mad", np.concatenate([np.zeros(98), [0.1, 50.0]])) in (1, 2)


def test_a_number_is_a_manual_threshold() -> None:
    threshold = set_threshold(5.5, SCORES)
    assert (threshold.value, threshold.rule) == (5.5, "manual")
    assert flagged(5.5) == 2


def test_every_rule_says_its_reason_in_words() -> None:
    labels = (np.arange(len(SCORES)) > 90).astype(float)
    context = ScoreContext(calibration=Calibration(np.linspace(0, 1, 50)), labels=labels)
    for name in RULES.names():
        params = {"threshold": 1.0} if name == "manual" else {}
        threshold = set_threshold(name, SCORES, context, **params)
        assert len(threshold.reason) > 4
        assert threshold.rule == name


@pytest.mark.parametrize(
    ("text", "rule", "count"),
    [
        ("mad", "mad", 3),
        ("budget:5", "budget", 5),
        ("quantile:0.9", "quantile", 10),
        ("5.5", "manual", 2),
        (" contamination:0.02 ", "contamination", 2),
    ],
)
def test_rules_can_be_written_as_text(text: str, rule: str, count: int) -> None:
    made = parse_rule(text)
    assert made.name() == rule
    assert flagged(made) == count


@pytest.mark.parametrize("text", ["budget:many", "quantile:", "manual"])
def test_text_without_a_number_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="needs a number"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("rule", "params"),
    [
        ("contamination", {"contamination": 0.0}),
        ("contamination", {"contamination": 0.6}),
        ("quantile", {"q": 1.0}),
        ("quantile", {"q": 0.0}),
        ("budget", {"n": 0}),
        ("budget", {"n": float("inf")}),
        ("mad", {"factor": 0}),
        ("mad", {"most": 0.9}),
        ("mad", {"most": 0.0}),
        ("manual", {"threshold": float("nan")}),
        ("mad", {"fctor": 3}),
        ("pot", {"risk": 0.0}),
        ("pot", {"level": 1.0}),
        ("kde_valley", {"bandwidth": 0.0}),
        ("kde_valley", {"most": 0.7}),
        ("kde_valley", {"thin": 0.0}),
        ("iqr", {"factor": 0.0}),
        ("karch", {"factor": -1.0}),
        ("fdr", {"rate": 0.0}),
        ("cost", {"miss": 0.0}),
        (True, {}),
        (None, {}),
    ],
)
def test_values_that_cannot_work_are_refused(rule: object, params: dict[str, float]) -> None:
    if rule is True:
        rule = [True]
    with pytest.raises(ParameterError):
        set_threshold(rule, SCORES, **params)  # type: ignore[arg-type]


def test_a_mistyped_rule_gets_a_proposal() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'quantile'"):
        set_threshold("quantil", SCORES)


@pytest.mark.parametrize("scores", [np.empty(0), np.array([1.0, np.nan]), np.array([np.inf])])
def test_scores_that_are_not_finite_are_refused(scores: np.ndarray) -> None:
    with pytest.raises(DataError, match="finite"):
        set_threshold("mad", scores)


@settings(deadline=None)  # the first example imports scipy
@given(FINITE, st.sampled_from([name for name in RULES.names() if name != "manual"]))
def test_a_threshold_is_finite_whatever_the_scores(scores: np.ndarray, name: str) -> None:
    labels = (np.arange(len(scores)) % 2).astype(float)
    context = ScoreContext(calibration=Calibration(np.linspace(-1, 1, 50)), labels=labels)
    assert np.isfinite(set_threshold(name, scores, context).value)


@given(FINITE, st.integers(0, 60))
def test_a_cut_flags_as_many_as_asked_or_as_near_as_ties_allow(
    scores: np.ndarray, count: int
) -> None:
    count = min(count, len(scores))
    got = int((scores > cut_above(scores, count)).sum())
    possible = {int((scores > value).sum()) for value in scores} | {0}
    assert abs(got - count) == min(abs(option - count) for option in possible)


def test_equal_scores_flag_nothing() -> None:
    assert flagged("contamination", np.ones(50)) == 0
    assert flagged("budget", np.ones(50), n=5) == 0
    assert cut_above(np.ones(3), 2) == 1.0


def test_a_cut_lies_midway_between_two_scores() -> None:
    assert cut_above(np.array([1.0, 2.0, 4.0]), 1) == 3.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("contamination:0.03", "the highest 3 % of the scores"),
        ("quantile:0.95", "above the 0.95 quantile of the scores"),
        ("budget:5", "the 5 highest scores a day (in all, where the data have no time)"),
        ("budget:1", "the highest score a day (in all, where the data have no time)"),
        ("budget", "the 10 highest scores a day (in all, where the data have no time)"),
        (
            "mad",
            "more than 3.5 robust standard deviations above the median score, at most 10 % of "
            "the rows",
        ),
        ("2.5", "set by hand"),
        ("contamination", "the highest 5 % of the scores"),
        ("quantile", "above the 0.99 quantile of the scores"),
    ],
)
def test_reasons_and_defaults_are_said_to_the_word(text: str, reason: str) -> None:
    assert parse_rule(text).reason() == reason


def test_mad_is_the_spread_of_the_upper_half() -> None:
    scores = np.concatenate([np.zeros(50), np.arange(1.0, 51.0)])
    # The median is 0.5; the upper half is 1 to 50, 25.0 above the median in the middle.
    expected = 0.5 + 2.0 * 1.4826 * 25.0
    assert set_threshold("mad", scores, factor=2.0).value == pytest.approx(expected)


def test_mad_over_equal_scores_takes_the_mean_distance() -> None:
    scores = np.concatenate([np.zeros(90), np.full(10, 1.0)])
    # The mean distance above the median is 0.1; 3.5 times 1.2533 times that is 0.43866.
    assert set_threshold("mad", scores, most=0.5).value == pytest.approx(3.5 * 1.2533 * 0.1)


def test_a_part_of_a_day_has_a_part_of_the_budget_and_at_least_one() -> None:
    assert flagged("budget", n=10, days=0.5) == 5
    assert flagged("budget", n=1, days=0.001) == 1
    assert flagged("budget", n=1e6, days=3.0) == 99


def test_a_threshold_keeps_the_parameters_of_its_rule() -> None:
    assert set_threshold("mad", SCORES, factor=3).params == {"factor": 3.0, "most": 0.1}
    assert set_threshold("quantile", SCORES).params == {"q": 0.99}


@pytest.mark.parametrize(
    ("rule", "params", "message"),
    [
        ("contamination", {"contamination": 0.6}, r"contamination must lie in \(0, 0\.5\], found"),
        ("quantile", {"q": 1.0}, r"^q must lie in \(0, 1\), found 1\.0\.$"),
        ("budget", {"n": 0}, r"^n must be a positive number of rows a day, found 0\.$"),
        ("mad", {"factor": 0}, r"^factor must be positive, found 0\.$"),
        ("mad", {"most": 0.9}, r"^most must lie in \(0, 0\.5\], found 0\.9\.$"),
        ("mad", {"fctor": 3}, r"has no parameter 'fctor'\. Did you mean 'factor'\? It has: factor"),
        ("manual", {"threshold": np.inf}, r"finite number, found inf"),
    ],
)
def test_a_refusal_says_what_was_found(rule: str, params: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        set_threshold(rule, SCORES, **params)


@pytest.mark.parametrize("edge", [0.5, 1e-6])
def test_the_ends_of_a_range_belong_to_it(edge: float) -> None:
    assert set_threshold("contamination", SCORES, contamination=edge).value >= 0.0
    assert set_threshold("mad", SCORES, most=edge).value >= 0.0


def test_the_tail_rule_meets_its_risk_on_fresh_rows_and_far_beyond_the_sample() -> None:
    rng = np.random.default_rng(0)
    value = set_threshold("pot", rng.exponential(size=50_000), risk=1e-4).value
    fresh = rng.exponential(size=1_000_000)
    assert 3e-5 < (fresh > value).mean() < 3e-4


def test_a_bounded_tail_keeps_the_tail_rule_near_its_end() -> None:
    value = set_threshold("pot", np.random.default_rng(1).uniform(size=5_000), risk=1e-4).value
    assert 0.99 < value < 1.01


def test_the_valley_parts_two_hills_and_one_hill_keeps_its_tail_small() -> None:
    rng = np.random.default_rng(2)
    two = np.concatenate([rng.normal(0, 1, 950), rng.normal(9, 1, 50)])
    assert 45 <= flagged("kde_valley", two) <= 55
    assert flagged("kde_valley", rng.normal(0, 1, 1000)) <= 30


def test_the_bend_parts_few_high_scores_from_many_alike() -> None:
    assert flagged("elbow") == 3


def test_the_fence_and_the_wide_net_flag_the_far_scores() -> None:
    assert flagged("iqr") == 3
    assert flagged("karch") == 3


def test_the_dearer_a_miss_the_lower_the_threshold() -> None:
    scores = np.array([0.1, 0.2, 0.5, 0.6, 0.9])
    context = ScoreContext(labels=np.array([0.0, 0.0, 1.0, 0.0, 1.0]))
    dear = set_threshold("cost", scores, context, miss=10.0).value
    cheap = set_threshold("cost", scores, context, miss=0.1).value
    assert ((scores > dear).tolist()) == [False, False, True, True, True]
    assert ((scores > cheap).tolist()) == [False, False, False, False, True]


def test_a_threshold_by_cost_needs_labels() -> None:
    with pytest.raises(ParameterError, match="needs labels"):
        set_threshold("cost", SCORES)
