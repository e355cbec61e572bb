"""The address of a dashboard names data: samples and files of the served folder, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core import settings as settings_module
from workbench.core.errors import UnknownName
from workbench.view.dashboards.asked import asked, data_address, offered, served_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "served"
    place.mkdir()
    (place / "pump.csv").write_text("a,b\n1,2\n")
    (place / ".hidden.csv").write_text("a\n1\n")
    (place / "notes.md").write_text("no data")
    (place / "sub").mkdir()
    (place / "sub" / "deep.csv").write_text("a\n1\n")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (place / "link.csv").symlink_to(tmp_path / "secret.csv")
    monkeypatch.setenv("WORKBENCH_FOLDER", str(place))
    settings_module.settings.cache_clear()
    return place


def test_the_query_is_read_as_voila_hands_it_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_STRING", "data=sample%3Apump&detector=ecod&detector=knn&empty=")
    assert asked() == {"data": "sample:pump", "detector": "knn"}


def test_outside_of_voila_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUERY_STRING", raising=False)
    assert asked() == {}


def test_an_endless_query_is_no_query() -> None:
    assert asked("&".join(f"a{i}=1" for i in range(1000))) == {}


def test_a_sample_and_a_file_of_the_folder_can_be_named(folder: Path) -> None:
    assert data_address("sample:pump") == "sample:pump"
    assert data_address("pump.csv") == str(folder / "pump.csv")


@pytest.mark.parametrize(
    "source",
    [
        "../secret.csv", "link.csv", ".hidden.csv", "sub/deep.csv", "notes.md", "./pump.csv",
        "/etc/passwd", "http://example.org/a.csv", "sqlite:///pump.csv", "pump.csv\0", "",
        "upload:0123456789abcdef/pump.csv", "result:0123", "x" * 5000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(folder: Path, source: str) -> None:
    with pytest.raises(UnknownName, match="no sample and no file"):
        data_address(source)


def test_an_absolute_path_to_a_served_file_is_refused_too(folder: Path) -> None:
    with pytest.raises(UnknownName):
        data_address(str(folder / "pump.csv"))


def test_a_mistyped_file_gets_a_hint(folder: Path) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'pump\.csv'"):
        data_address("pmup.csv")


def test_samples_and_files_are_offered(folder: Path) -> None:
    known = offered()
    assert known["pump (sample)"] == "sample:pump"
    assert [name for name in known.values() if not name.startswith("sample:")] == ["pump.csv"]


def test_without_a_setting_the_folder_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert served_folder() == tmp_path.resolve()
