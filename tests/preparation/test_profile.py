import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError
from workbench.preparation.kinds import as_numbers, kind_of
from workbench.preparation.labels import as_labels
from workbench.preparation.roles import is_regular, looks_like_id, suspect_roles
from workbench.preparation.times import as_times, span_days


def texts(data: object, **options: object) -> str:
    return "\n".join(item.text for item in wb.load(data, **options).profile().findings)  # type: ignore[arg-type]


def test_findings_name_what_an_analyst_would_mention(machines: pd.DataFrame) -> None:
    frame = machines.assign(same=1, empty=None, rare=np.nan)
    frame.loc[3, "rare"] = np.inf
    frame = pd.concat([frame, frame.tail(4)], ignore_index=True)
    found = texts(frame, label="broken", features=[*frame.columns.drop("broken")])
    assert "Column 'load' has 8 missing values" in found
    assert "Column 'same' is constant" in found
    assert "Column 'empty' is empty" in found
    assert "'rare' has 1 infinite value" in found
    assert "4 rows repeat an earlier row" in found
    assert "'broken' marks 1 row of 304" in found


def test_the_profile_knows_role_kind_and_range(machines: pd.DataFrame) -> None:
    table = wb.load(machines, label="broken").profile().to_frame().set_index("name")
    assert table.loc["machine_id", "role"] == "left out"
    assert table.loc["broken", "role"] == "label"
    assert table.loc["state", "kind"] == "category"
    assert table.loc["alarm", "kind"] == "boolean"
    assert table.loc["speed", "maximum"] == 2400.0
    assert table.loc["load", "missing"] == 8


def test_gaps_repeats_and_zone_of_the_time_are_told(wave: pd.DataFrame) -> None:
    holes = pd.concat([wave.drop(index=range(50, 60)), wave.iloc[[7]]], ignore_index=True)
    found = texts(holes, time="timestamp", label="is_anomaly")
    assert "1 gap in 'timestamp': the usual step is 01:00:00" in found
    assert "occur more than once" in found
    assert "not in order" in found
    assert "no time zone" in found
    zoned = wave.assign(timestamp=wave["timestamp"].dt.tz_localize("UTC"))
    assert "Times are in UTC" in texts(zoned, time="timestamp", label="is_anomaly")


def test_irregular_steps_are_told() -> None:
    when = np.random.default_rng(0).exponential(1.0, 200).cumsum()
    found = texts(pd.DataFrame({"when": when, "x": when * 2 % 7}), time="when")
    assert "irregular" in found


def test_entities_have_gaps_of_their_own(wave: pd.DataFrame) -> None:
    both = pd.concat([wave.assign(pump="a"), wave.drop(index=range(9, 30)).assign(pump="b")])
    assert "1 gap" in texts(both, time="timestamp", entity="pump", label="is_anomaly")


def test_few_rows_and_many_columns_are_problems() -> None:
    found = texts(pd.DataFrame(np.random.default_rng(0).normal(size=(5, 9))))
    assert "Only 5 rows" in found
    assert "More features (9) than rows (5)" in found


def test_a_profile_shows_itself_escaped() -> None:
    profile = wb.load(pd.DataFrame({"<b>": [1.0, None, 3.0]})).profile()
    assert "<b>" not in profile._repr_html_()
    assert "[warning]" in str(profile)
    assert profile.to_dict()["rows"] == 3


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "numeric"),
        ([True, False], "boolean"),
        (pd.array([True, None], dtype="boolean"), "boolean"),
        (pd.Series([True, False, None], dtype=object), "boolean"),
        (pd.Series([True, "x"], dtype=object), "category"),
        (["a", "b", "a"], "category"),
        (pd.Categorical([1, 2, 1]), "category"),
        ([f"text {k}" for k in range(200)], "text"),
        (pd.Series([None, None], dtype=object), "empty"),
        (pd.date_range("2026", periods=3), "date"),
        (pd.period_range("2026", periods=3, freq="D"), "date"),
        (pd.to_timedelta([1, 2], unit="h"), "numeric"),
        (pd.Series([{"a": 1}], dtype=object), "nested"),
        (pd.Series([10**400, 1.5], dtype=object), "numeric"),
    ],
)
def test_kinds_are_told_by_values(values: object, kind: str) -> None:
    assert kind_of(pd.Series(values)) == kind


def test_huge_integers_become_infinite_not_an_error() -> None:
    numbers = as_numbers(pd.Series([10**400, -(10**400), 2**61], dtype=object))
    assert numbers.tolist() == [np.inf, -np.inf, float(2**61)]


def test_dates_count_seconds() -> None:
    days = pd.Series(pd.to_datetime(["1970-01-02", None]))
    assert as_numbers(days).iloc[0] == 86_400.0
    assert np.isnan(as_numbers(days).iloc[1])
    assert as_numbers(days.dt.tz_localize("Europe/Paris")).iloc[0] == 82_800.0
    assert (
        as_numbers(pd.Series(pd.period_range("1970-01-02", periods=1, freq="D"))).iloc[0]
        == 86_400.0
    )


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("order_id", range(100), True),
        ("anything", range(100), True),
        ("customer_id", [7 * k % 101 for k in range(100)], True),
        ("amount", [7 * k % 101 for k in range(100)], False),
        ("x", np.random.default_rng(0).normal(size=100), False),
        ("uuid", [f"{k:032x}" for k in range(100)], True),
        ("ref_no_key", [f"k{k}" for k in [*range(99), 5]], True),
        ("colour", ["red", "green"] * 50, False),
        ("tiny", range(5), False),
    ],
)
def test_ids_are_told_from_measurements(name: str, values: object, found: bool) -> None:
    assert bool(looks_like_id(pd.Series(list(values), name=name))) is found  # type: ignore[call-overload]


def test_suspects_come_with_their_reason() -> None:
    frame = pd.DataFrame(
        {
            "when": pd.date_range("2026", periods=100, freq="h"),
            "pump": ["a", "b"] * 50,
            "is_fraud": [0] * 99 + [1],
            "id": range(100),
        }
    )
    found = suspect_roles(frame)
    assert (set(found.time), set(found.entity), set(found.label), set(found.ids)) == (
        {"when"},
        {"pump"},
        {"is_fraud"},
        {"id"},
    )


def test_regular_steps_survive_gaps_and_jitter() -> None:
    random = np.random.default_rng(0)
    steps = np.arange(200.0) + random.uniform(-0.2, 0.2, 200)
    assert is_regular(pd.Series(np.delete(steps, slice(50, 70))))
    assert not is_regular(pd.Series(random.exponential(1.0, 200).cumsum()))
    assert not is_regular(pd.Series([1.0, 1.0, 1.0, 1.0]))
    assert not is_regular(pd.Series([1.0, 2.0]))


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 1, 0], [0, 1, 0]),
        ([0, 3, 0], [0, 1, 0]),
        ([1, -1, 1], [0, 1, 0]),
        ([True, False], [1, 0]),
        (["normal", "dos", "probe"], [0, 1, 1]),
        (["ok", "anomaly", None], [0, 1, np.nan]),
        (["weird", "anomaly"], [0, 1]),
        (["0", "1"], [0, 1]),
        (pd.array([True, None], dtype="boolean"), [1, np.nan]),
    ],
)
def test_labels_are_read_in_many_spellings(values: object, labels: list[float]) -> None:
    np.testing.assert_array_equal(as_labels(pd.Series(values)), labels)


def test_a_label_that_says_nothing_is_refused() -> None:
    with pytest.raises(DataError, match=r"Column 'x' does not say .*blue, red"):
        as_labels(pd.Series(["red", "blue"], name="x"))


def test_times_of_many_spellings() -> None:
    assert as_times(pd.Series([3, 1])).tolist() == [3, 1]
    assert as_times(pd.Series(["5", "6"], dtype=object)).tolist() == [5.0, 6.0]
    mixed = as_times(pd.Series(["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"], dtype=object))
    assert mixed.nunique() == 1
    assert as_times(pd.Series(["March 3, 2026", "2026-04-01"], dtype=object)).dt.month.tolist() == [
        3,
        4,
    ]
    assert as_times(pd.Series(pd.period_range("2026", periods=2, freq="D"))).dt.day.tolist() == [
        1,
        2,
    ]


def test_the_span_is_in_days() -> None:
    assert span_days(pd.Series(pd.to_datetime(["2026-01-01 00:00", "2026-01-03 12:00"]))) == 2.5
    assert span_days(pd.Series([1, 2])) is None
    assert span_days(None) is None
    assert span_days(pd.Series([pd.NaT, pd.NaT])) is None


@pytest.mark.parametrize("words", [("ja", "nein"), ("yes", "no"), ("oui", "non"), ("fail", "pass")])
def test_labels_in_words_of_several_languages_are_understood(words: tuple[str, str]) -> None:
    assert as_labels(pd.Series([*words, None])).tolist()[:2] == [1.0, 0.0]


def test_what_is_left_out_is_told_once() -> None:
    frame = pd.DataFrame(
        {"nr": range(60), "flow": np.arange(60) % 7, "Störung": ["ja", "nein"] * 30}
    )
    found = texts(frame)
    assert found.count("'nr' is left out") == 1
    assert found.count("'Störung' is left out") == 1
