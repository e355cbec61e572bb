"""CSV: what people write is read as what they mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.errors import ColumnError, DataError, ParameterError, UnreadableFile
from workbench.sources import RawTable, read

Read = Callable[..., RawTable]


def kinds(table: RawTable) -> dict[str, str]:
    return {str(column): str(kind) for column, kind in table.frame.dtypes.items()}


def said(table: RawTable, word: str) -> bool:
    return any(word in notice for notice in table.notices)


def test_each_column_gets_its_type(read_text: Read) -> None:
    table = read_text("i,f,b,t,s\n1,1.5,true,2024-01-01,x\n2,2,false,2024-01-02,y\n")
    assert kinds(table) == {
        "i": "int64",
        "f": "float64",
        "b": "bool",
        "t": "datetime64[us]",
        "s": "str",
    }
    assert table.name == "f.csv"
    assert table.notices == ()


def test_gaps_make_whole_numbers_floats_and_yes_no_nullable(read_text: Read) -> None:
    table = read_text("i,b,t,s\n1,yes,2024-01-01,x\n,,,\n3,no,2024-01-03,y\n")
    assert kinds(table) == {"i": "float64", "b": "boolean", "t": "datetime64[us]", "s": "str"}
    assert table.frame.isna().sum().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("word", ["NA", "N/A", "nan", "null", "None", "-", "?", "#N/A"])
def test_words_for_nothing_are_missing_in_numbers_only(read_text: Read, word: str) -> None:
    frame = read_text(f"n,s\n1,x\n{word},{word}\n3,y\n").frame
    assert frame["n"].isna().tolist() == [False, True, False]
    assert frame["s"].tolist() == ["x", word, "y"]


def test_namibia_stays(read_text: Read) -> None:
    assert read_text("country,n\nNA,1\nDE,2\n").frame["country"].tolist() == ["NA", "DE"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read_text: Read, delimiter: str) -> None:
    text = "a,b,c\n1,x,2\n3,y,4\n".replace(",", delimiter)
    assert read_text(text).frame["c"].tolist() == [2, 4]


def test_a_semicolon_file_may_hold_commas_in_text(read_text: Read) -> None:
    frame = read_text("a;b\n1;x, y, z\n2;u, v\n").frame
    assert frame["b"].tolist() == ["x, y, z", "u, v"]


def test_one_column_needs_no_delimiter(read_text: Read) -> None:
    assert read_text("value\n1.5\n2.5\n").frame["value"].tolist() == [1.5, 2.5]


def test_spaces_before_quotes_do_no_harm(read_text: Read) -> None:
    frame = read_text('a, b\n1, "x, y"\n2, "z"\n').frame
    assert frame["b"].tolist() == ["x, y", "z"]


def test_stray_quotes_are_letters(read_text: Read) -> None:
    frame = read_text('a,size,c\n"x",5",1\ny,6",2\n"z",7" pipe,3\n').frame
    assert frame["size"].tolist() == ['5"', '6"', '7" pipe']
    assert frame["c"].tolist() == [1, 2, 3]


def test_a_decimal_comma_is_understood(read_text: Read) -> None:
    frame = read_text("a;b\n1,5;1.234,75\n2,25;-3,0\n").frame
    assert frame["a"].tolist() == [1.5, 2.25]
    assert frame["b"].tolist() == [1234.75, -3.0]


def test_one_column_may_have_decimal_commas(read_text: Read) -> None:
    assert read_text("value\n1,5\n2,25\n").frame["value"].tolist() == [1.5, 2.25]


def test_three_decimals_after_a_comma_follow_the_rest_of_the_file(read_text: Read) -> None:
    frame = read_text("a;b\n1,500;1,5\n2,250;2,5\n").frame
    assert frame["a"].tolist() == [1.5, 2.25]


def test_thousands_marks_count_only_where_they_are_certain(read_text: Read) -> None:
    frame = read_text('sure,unsure\n"1,234,567","1,234"\n"1,000","5,678"\n').frame
    assert frame["sure"].tolist() == [1234567, 1000]
    assert frame["unsure"].tolist() == ["1,234", "5,678"]


def test_an_unsure_comma_can_be_decided(read_text: Read) -> None:
    frame = read_text('a,b\n"1,234",1\n', decimal=".").frame
    assert frame["a"].tolist() == [1234]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-02-01", "2024-02-01"),
        ("2024/02/01 10:30", "2024-02-01 10:30"),
        ("2024-02-01T10:30:15", "2024-02-01 10:30:15"),
        ("2024-02-01 10:30:15.125", "2024-02-01 10:30:15.125"),
        ("2024-02-01 10:30:15,125", "2024-02-01 10:30:15.125"),
        ("01.02.2024", "2024-02-01"),
        ("01.02.24 10:30", "2024-02-01 10:30"),
        ("1.2.2024", "2024-02-01"),
        ("01-Feb-2024", "2024-02-01"),
        ("1 February 2024", "2024-02-01"),
        ("Feb 1, 2024", "2024-02-01"),
        ("02/13/2024 01:30 PM", "2024-02-13 13:30"),
        ("13/02/2024", "2024-02-13"),
    ],
)
def test_dates_are_read_as_meant(read_text: Read, written: str, meant: str) -> None:
    frame = read_text(f'd;x\n"{written}";1\n').frame
    assert frame["d"].iloc[0] == pd.Timestamp(meant)


def test_the_data_decide_whether_the_day_comes_first(read_text: Read) -> None:
    assert read_text("d,x\n03/04/2024,1\n25/04/2024,2\n").frame["d"].dt.month.tolist() == [4, 4]
    assert read_text("d,x\n03/04/2024,1\n04/25/2024,2\n").frame["d"].dt.day.tolist() == [4, 25]


def test_order_decides_what_the_days_leave_open(read_text: Read) -> None:
    table = read_text("d,x\n01/02/2024,1\n02/02/2024,2\n01/03/2024,3\n")
    assert table.frame["d"].dt.day.tolist() == [1, 2, 1]
    assert said(table, "day first")


def test_somebody_can_decide_it(read_text: Read) -> None:
    assert read_text("d,x\n03/04/2024,1\n", day_first=True).frame["d"].dt.day.tolist() == [3]


def test_mixed_time_zones_become_utc(read_text: Read) -> None:
    table = read_text("t,x\n2024-01-01T10:00:00+02:00,1\n2024-01-01T10:00:00Z,2\n")
    assert kinds(table)["t"] == "datetime64[us, UTC]"
    assert table.frame["t"].dt.hour.tolist() == [8, 10]
    assert said(table, "mixed time zones")


def test_counted_seconds_are_a_time_only_if_the_name_says_so(read_text: Read) -> None:
    table = read_text("timestamp,count\n1700000000,1700000000\n1700000060,1700000060\n")
    assert table.frame["timestamp"].iloc[0] == pd.Timestamp("2023-11-14 22:13:20")
    assert table.frame["count"].iloc[0] == 1700000000
    assert said(table, "since 1970")


def test_a_time_that_only_counts_stays_a_number(read_text: Read) -> None:
    assert read_text("time,x\n0,1\n1,2\n").frame["time"].tolist() == [0, 1]


def test_a_file_without_header_gets_one(read_text: Read) -> None:
    table = read_text("1,2.5\n3,4.5\n")
    assert list(table.frame.columns) == ["column_1", "column_2"]
    assert len(table.frame) == 2
    assert said(table, "no header")


def test_the_header_can_be_decided(read_text: Read) -> None:
    assert list(read_text("2023,2024\n1,2\n", header=True).frame.columns) == ["2023", "2024"]
    assert len(read_text("x,y\nu,v\n", header=False).frame) == 2


def test_a_few_strays_in_numbers_are_mentioned(read_text: Read) -> None:
    table = read_text("a,b\n" + "1,2\n" * 40 + "error,2\n")
    assert kinds(table)["a"] == "str"
    assert said(table, "1 of its 41 values is no number: 'error' in row 41")
    assert said(table, "line 42 of the file (its header counted)")
    assert "coerce=['a']" in table.warnings["a"]


def test_one_bad_date_among_many_is_a_warning(read_text: Read) -> None:
    days = [f"{day:02d}.03.2024,{day}" for day in range(1, 29)]
    table = read_text("\n".join(["t,x", *days[:9], "soon,9", *days[9:]]))
    assert "no date: 'soon' in row 10 of the data, which is line 11" in table.warnings["t"]


def test_lines_are_counted_as_an_editor_and_a_spreadsheet_count_them(read_text: Read) -> None:
    rows = ['"two\nlines",1', "", *["plain,2"] * 20, "plain,oops"]
    text = "\n".join(["", "note,x", *rows, ""])
    table = read_text(text)
    line = text.splitlines().index("plain,oops") + 1
    assert f"row 22 of the data, which is line {line} of the file" in table.warnings["x"]
    assert f"row {line - 1} in a spreadsheet" in table.warnings["x"]


def test_without_a_header_the_first_line_is_the_first_row(read_text: Read) -> None:
    table = read_text("1,2\n" * 30 + "1,oops\n", header=False)
    assert "row 31 of the data, which is line 31 of the file." in table.warnings["column_2"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1.5", "2.25"], "float64"),
        (["1.234,5", "2.345,75"], "float64"),
        (["2024-01-31 10:00", "2024-02-01 11:00"], "datetime64[us]"),
        (["31.01.2024", "01.02.2024"], "datetime64[us]"),
    ],
)
def test_a_coerced_column_misses_only_its_strays(
    read_text: Read, values: list[str], kind: str
) -> None:
    text = "x;y\n" + "".join(f"{value};1\n" for value in [*values * 10, "oops", values[0]])
    table = read_text(text, coerce="x")
    assert kinds(table)["x"] == kind
    assert table.frame["x"].isna().tolist() == [False] * 20 + [True, False]
    assert said(table, "1 of its 22 values became missing: 'oops' in row 21")
    assert not table.warnings


def test_text_is_not_taken_for_spoiled_numbers(read_text: Read) -> None:
    text = "x,y\n" + "1,2\n" * 17 + "one,2\nnine,2\nfour,2\n"
    assert not read_text(text).warnings
    assert read_text(text, coerce="x").frame["x"].isna().sum() == 3


def test_what_cannot_be_coerced_is_refused(read_text: Read) -> None:
    with pytest.raises(DataError, match="neither numbers nor dates"):
        read_text("x,y\na,1\nb,2\n", coerce="x")
    with pytest.raises(ColumnError, match="Did you mean 'flow'"):
        read_text("flow,y\n1,1\n2,2\n", coerce=["flwo"])


def test_russian_is_read_though_nobody_said_so(read_text: Read) -> None:
    text = "город,x\n" + "Москва и другие города,1\n" * 20
    assert read_text(text.encode("cp1251")).frame["город"].iloc[0] == "Москва и другие города"


def test_an_encoding_can_be_given(read_text: Read) -> None:
    assert read_text("a,b\nŁódź,1\n".encode("cp1250"), encoding="cp1250").frame["a"][0] == "Łódź"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"delimiter": ",,"}, "one character"),
        ({"decimal": "x"}, "decimal"),
        ({"encoding": "klingon"}, "klingon"),
        ({"delimeter": ","}, "Did you mean 'delimiter'"),
    ],
)
def test_wrong_options_are_named(read_text: Read, options: dict[str, Any], word: str) -> None:
    with pytest.raises(ParameterError, match=word):
        read_text("a,b\n1,2\n", **options)


def test_a_missing_file_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "pump.csv").write_text("a\n1\n")
    with pytest.raises(UnreadableFile, match=r"'pmp.csv' does not exist. Did you mean 'pump.csv'"):
        read(tmp_path / "pmp.csv")


def test_both_ways_of_parsing_agree(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b,t,c\n1,,2024-01-01,x\n2,2.5,2024-01-02,\n,3,,z\n")
    isolated = read(path)
    request.getfixturevalue("trusted")
    here = read(path)
    pd.testing.assert_frame_equal(isolated.frame, here.frame)
    assert isolated.notices == here.notices


def test_both_ways_of_parsing_refuse_alike(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n")
    with pytest.raises(DataError) as isolated:
        read(path)
    request.getfixturevalue("trusted")
    with pytest.raises(DataError) as here:
        read(path)
    assert str(isolated.value) == str(here.value)


def test_a_surprise_far_down_does_not_change_the_rest(read_text: Read) -> None:
    table = read_text("a,b\n" + "1,2.5\n" * 3000 + "NA,1e999\n")
    assert table.frame["a"].isna().sum() == 1
    assert np.isinf(table.frame["b"].iloc[-1])


LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
TEXTS = st.text(LETTERS | st.sampled_from('",;\n|\t'), max_size=12).map(lambda text: "w" + text)
MOMENTS = st.datetimes(pd.Timestamp("1900").to_pydatetime(), pd.Timestamp("2100").to_pydatetime())
COLUMNS = {
    "whole": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(allow_nan=True, allow_infinity=True),
    "yes": st.booleans(),
    "word": st.none() | TEXTS,
    "moment": MOMENTS,
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 6))
    chosen = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, unique=True))
    frame = pd.DataFrame(
        {name: draw(st.lists(COLUMNS[name], min_size=rows, max_size=rows)) for name in chosen}
    )
    if "word" in frame:
        frame["word"] = frame["word"].astype("str" if frame["word"].notna().any() else "float64")
    if "moment" in frame:
        frame["moment"] = frame["moment"].astype("datetime64[us]")
    return frame


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(frame=frames(), delimiter=st.sampled_from(",;\t|"))
def test_what_pandas_writes_is_read_the_same(
    frame: pd.DataFrame, delimiter: str, trusted: None, tmp_path: Path
) -> None:
    path = tmp_path / "f.csv"
    if frame.shape[1] == 1:
        delimiter = ","  # no other can be told from text
    frame.to_csv(path, index=False, sep=delimiter)
    back = read(path).frame
    pd.testing.assert_frame_equal(back, frame, check_exact=True)
