import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.core.errors import DataError, ParameterError
from workbench.workflow.exporting import export_table, neutralise, plain, to_json

NASTY = pd.DataFrame(
    {
        "text": ["=1+1", "+a", "-b", "@c", "\td", "\re", "plain"],
        "number": [-1.5, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0],
        "=head": range(7),
        "when": pd.date_range("2026-01-01", periods=7, tz="Europe/Paris"),
    }
)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json", ".jsonl", ".xlsx"])
def test_every_format_keeps_rows_and_numbers(ending: str, tmp_path: Path) -> None:
    path = export_table(NASTY, tmp_path / f"out{ending}")
    readers = {
        ".csv": pd.read_csv,
        ".parquet": pd.read_parquet,
        ".json": lambda p: pd.DataFrame(json.loads(Path(p).read_text())),
        ".jsonl": lambda p: pd.DataFrame(
            [json.loads(line) for line in Path(p).read_text().splitlines()]
        ),
        ".xlsx": pd.read_excel,
    }
    back = readers[ending](path)
    assert len(back) == 7
    np.testing.assert_allclose(back["number"].astype(float), NASTY["number"])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_what_a_spreadsheet_would_run_is_neutralised(tmp_path: Path) -> None:
    back = pd.read_csv(export_table(NASTY, tmp_path / "out.csv"), keep_default_na=False)
    assert back["text"].tolist()[:4] == ["'=1+1", "'+a", "'-b", "'@c"]
    assert back["text"].iloc[4].startswith("'")
    assert back["text"].iloc[6] == "plain"
    assert "'=head" in back.columns
    assert back["number"].iloc[0] in ("-1.5", -1.5)


def test_excel_holds_text_where_a_formula_would_be(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(export_table(NASTY, tmp_path / "out.xlsx"))
    cells = [row[0] for row in book["scores"].iter_rows(min_row=2)]
    assert all(cell.data_type == "s" for cell in cells)
    assert cells[0].value == "'=1+1"


@given(st.lists(st.text(max_size=8), min_size=1, max_size=20))
def test_no_text_cell_can_begin_a_formula(cells: list[str]) -> None:
    safe = neutralise(pd.DataFrame({"x": pd.Series(cells, dtype=object)}))["x"]
    assert not any(str(cell).startswith(("=", "+", "-", "@", "\t", "\r")) for cell in safe)
    assert all(a == b or a == f"'{b}" for a, b in zip(safe, cells, strict=True))


def test_categories_and_strings_are_neutralised_too() -> None:
    frame = pd.DataFrame(
        {"a": pd.Categorical(["=x", "y"]), "b": pd.array(["@x", None], dtype="string")}
    )
    safe = neutralise(frame)
    assert safe["a"].tolist() == ["'=x", "y"]
    assert safe["b"].iloc[0] == "'@x"


def test_lone_surrogates_do_not_stop_an_export(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": pd.Series(["a\udc00", "b"], dtype=object)})
    for ending in (".csv", ".parquet", ".json", ".xlsx"):
        assert export_table(frame, tmp_path / f"out{ending}").stat().st_size > 0


def test_mixed_objects_are_written_to_parquet_as_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": pd.Series([1, "a", None], dtype=object)})
    back = pd.read_parquet(export_table(frame, tmp_path / "out.parquet"))
    assert back["x"].iloc[:2].tolist() == ["1", "a"]
    assert back["x"].isna().iloc[2]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"one of \.csv"):
        export_table(NASTY, tmp_path / "out.docx")


def test_a_folder_cannot_be_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        export_table(NASTY, tmp_path / "out.csv")


def test_a_failing_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    path.write_text("precious")
    wide = pd.DataFrame(np.zeros((1, 20_000)))
    with pytest.raises(DataError, match="do not fit on an Excel sheet"):
        export_table(wide, path)
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["out.xlsx"]


def test_json_has_no_nan_and_no_infinity() -> None:
    text = to_json(
        {"a": [np.nan, np.inf, np.float64(1.5)], "b": pd.NaT, "c": pd.Timestamp("2026-01-01")}
    )
    assert json.loads(text) == {"a": [None, None, 1.5], "b": None, "c": "2026-01-01T00:00:00"}


def test_plain_values_of_every_kind() -> None:
    assert plain((np.int64(3), True, None, "x")) == [3, True, None, "x"]
    assert plain({1: np.array([1, 2])}) == {"1": [1, 2]}
    assert plain(pd.Timedelta("1h")) == "P0DT1H0M0S"


def test_the_export_of_a_detection_joins_scores_to_the_original_values(
    machines: pd.DataFrame, tmp_path: Path
) -> None:
    found = wb.detect(wb.load(machines, label="broken"), "ecod")
    back = pd.read_parquet(found.export(tmp_path / "out.parquet"))
    assert list(back.columns) == [*machines.columns, "score", "is_anomaly", "rank", "severity"]
    assert back["machine_id"].tolist() == machines["machine_id"].tolist()
    np.testing.assert_array_equal(back["score"], found.scores)
