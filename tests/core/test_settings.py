from pathlib import Path

import pytest

from workbench.core.errors import ParameterError
from workbench.core.settings import settings


@pytest.fixture(autouse=True)
def fresh() -> None:
    settings.cache_clear()


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text("parse_seconds = 5.0\nplot_points = 900\n")
    monkeypatch.setenv("WORKBENCH_PLOT_POINTS", "700")
    found = settings()
    assert found.home == tmp_path
    assert found.parse_seconds == 5.0
    assert found.plot_points == 700
    assert found.isolate is True


def test_settings_are_read_once() -> None:
    assert settings() is settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKBENCH_PARSE_SECONDS", "0"),
        ("WORKBENCH_PARSE_MEMORY", "many"),
        ("WORKBENCH_PLOT_POINTS", "3"),
    ],
)
def test_a_value_that_cannot_work_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ParameterError, match=name.removeprefix("WORKBENCH_").lower()):
        settings()


def test_an_unknown_key_in_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "other.toml"
    file.write_text("colour = 'red'\n")
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(file))
    with pytest.raises(ParameterError, match="colour"):
        settings()
