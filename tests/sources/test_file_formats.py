"""Parquet, JSON lines and Excel: what was written comes back."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.core.errors import ColumnError, ParameterError, UnknownName, UnreadableFile
from workbench.sources import RawTable, read

Read = Callable[..., RawTable]

FRAME = pd.DataFrame(
    {
        "a": [1, 2, 3],
        "b": [0.5, np.nan, 1.5],
        "c": ["x", None, "z"],
        "t": pd.date_range("2024", periods=3).astype("datetime64[us]"),
        "y": [True, False, True],
    }
).astype({"c": "str"})


@pytest.mark.usefixtures("trusted")
class TestParquet:
    def test_a_frame_comes_back(self, tmp_path: Path) -> None:
        FRAME.to_parquet(tmp_path / "f.parquet")
        pd.testing.assert_frame_equal(read(tmp_path / "f.parquet").frame, FRAME)

    def test_rare_types_become_plain_ones(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(
            {
                "category": pd.Categorical(["u", "v"]),
                "small": np.array([1, 2], "int8"),
                "single": np.array([1, 2], "float32"),
                "span": pd.to_timedelta([1, 90], unit="s"),
                "zoned": pd.date_range("2024", periods=2, tz="Europe/Berlin"),
                "list": [[1], [2, 3]],
            }
        )
        frame.to_parquet(tmp_path / "f.parquet")
        table = read(tmp_path / "f.parquet")
        kinds = [str(kind) for kind in table.frame.dtypes]
        assert kinds == ["str", "int64", "float64", "float64", "datetime64[us, UTC]", "str"]
        assert table.frame["span"].tolist() == [1.0, 90.0]

    def test_an_index_of_times_gets_a_name(self, tmp_path: Path) -> None:
        FRAME.set_index("t").rename_axis(None).to_parquet(tmp_path / "f.parquet")
        assert "time" in read(tmp_path / "f.parquet").frame.columns

    def test_some_columns_can_be_chosen(self, tmp_path: Path) -> None:
        FRAME.to_parquet(tmp_path / "f.parquet")
        assert list(read(tmp_path / "f.parquet", columns=["c", "a"]).frame.columns) == ["c", "a"]
        with pytest.raises(ColumnError, match=r"not in 'f\.parquet'"):
            read(tmp_path / "f.parquet", columns=["aa"])


class TestJsonLines:
    def test_objects_inside_become_columns(self, read_text: Read) -> None:
        frame = read_text('{"a":{"x":1,"y":[1,2]}}\n{"a":{"x":2}}\n', "f.jsonl").frame
        assert frame["a.x"].tolist() == [1, 2]
        assert frame["a.y"].iloc[0] == "[1, 2]"

    def test_times_are_found(self, read_text: Read) -> None:
        frame = read_text('{"t":"2024-01-01T00:00:00Z"}\n', "f.jsonl").frame
        assert frame["t"].iloc[0] == pd.Timestamp("2024-01-01", tz="UTC")

    def test_numbers_written_as_text_stay_text(self, read_text: Read) -> None:
        assert read_text('{"a":"1"}\n', "f.jsonl").frame["a"].tolist() == ["1"]

    @pytest.mark.parametrize(
        "text", ['[{"a":1},{"a":2}]', '{"a":[1,2]}', '{"a":1}\n{"a":2}\n', '{"a":1}\n\n{"a":2}']
    )
    def test_json_of_every_layout_is_read(self, read_text: Read, text: str) -> None:
        assert read_text(text, "f.json").frame["a"].tolist() == [1, 2]

    def test_late_keys_are_kept(self, read_text: Read) -> None:
        text = '{"a":1}\n' * 2000 + '{"a":1,"b":2}\n'
        assert read_text(text, "f.jsonl").frame["b"].notna().sum() == 1

    def test_it_may_be_packed(self, read_text: Read) -> None:
        assert len(read_text(gzip.compress(b'{"a":1}\n'), "f.jsonl.gz").frame) == 1

    def test_one_value_that_is_no_table_is_refused(self, read_text: Read) -> None:
        with pytest.raises(UnreadableFile, match="no table"):
            read_text('["a", "b"]', "f.json")


@pytest.mark.usefixtures("trusted")
class TestExcel:
    def test_a_frame_comes_back(self, tmp_path: Path) -> None:
        FRAME.to_excel(tmp_path / "f.xlsx", index=False)
        pd.testing.assert_frame_equal(read(tmp_path / "f.xlsx").frame, FRAME)

    def test_a_sheet_can_be_chosen(self, tmp_path: Path) -> None:
        with pd.ExcelWriter(tmp_path / "f.xlsx") as book:
            FRAME.to_excel(book, sheet_name="one", index=False)
            FRAME[["a"]].to_excel(book, sheet_name="two", index=False)
        assert read(tmp_path / "f.xlsx", sheet="two").frame.shape == (3, 1)
        assert read(tmp_path / "f.xlsx", sheet=1).frame.shape == (3, 1)
        assert any("'two'" in notice for notice in read(tmp_path / "f.xlsx").notices)
        with pytest.raises(UnknownName, match="Did you mean 'two'"):
            read(tmp_path / "f.xlsx", sheet="tow")
        with pytest.raises(UnknownName, match="2 sheets"):
            read(tmp_path / "f.xlsx", sheet=2)

    def test_a_stray_in_a_sheet_is_a_warning_and_can_be_coerced(self, tmp_path: Path) -> None:
        values = pd.Series([*np.linspace(0.1, 9.9, 30), "oops"], dtype=object)
        pd.DataFrame({"x": values}).to_excel(tmp_path / "f.xlsx", index=False)
        assert "'oops' in row 31 of the data" in read(tmp_path / "f.xlsx").warnings["x"]
        mended = read(tmp_path / "f.xlsx", coerce=["x"]).frame["x"]
        assert mended.isna().tolist() == [False] * 30 + [True]


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "f.cvs").write_text("a\n1\n")
    with pytest.raises(ParameterError, match=r"Did you mean '\.csv'"):
        read(tmp_path / "f.cvs")


def test_a_format_can_be_given(tmp_path: Path, trusted: None) -> None:
    (tmp_path / "f.dat").write_text("a\n1\n")
    assert read(tmp_path / "f.dat", format="csv").frame["a"].tolist() == [1]
    with pytest.raises(UnknownName, match="Did you mean 'csv'"):
        read(tmp_path / "f.dat", format="cvs")


def test_web_addresses_are_not_read() -> None:
    with pytest.raises(ParameterError, match="Download the file first"):
        read("https://example.org/f.csv")
