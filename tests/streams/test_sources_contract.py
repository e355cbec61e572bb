"""What every live source keeps to, whatever it reads."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.core.errors import NotAllowed, ParameterError, WorkbenchError
from workbench.core.settings import settings
from workbench.registry.streams import surroundings
from workbench.streams.sources import SOURCES
from workbench.team.access import house

from ._reading import read

#: What each needs, a setting of it that is mistyped, and one that cannot work.
SETTINGS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "kafka": ({"servers": "127.0.0.1:9092", "topic": "t"}, "servres", {"begin": "middle"}),
    "mqtt": ({"host": "127.0.0.1", "topic": "t"}, "hots", {"port": 0}),
    "prometheus": ({"url": "http://127.0.0.1:9090", "query": "up"}, "qurey", {"url": "up"}),
    "push": ({}, "", {}),
    "redis": ({"host": "127.0.0.1", "key": "k"}, "kei", {"begin": "middle"}),
    "replay": ({"data": "sample:pump"}, "spede", {"speed": -1.0}),
    "sql": ({"url": "sqlite:///x.db", "query": "SELECT 1", "watermark": "id"}, "qery",
            {"query": "SELECT 1; DROP TABLE x"}),
    "tail": ({"path": "x.csv"}, "pth", {"pattern": "../*"}),
    "websocket": ({"url": "ws://127.0.0.1/x"}, "ulr", {"url": "http://127.0.0.1"}),
}  # fmt: skip
ABROAD = ("kafka", "mqtt", "prometheus", "redis", "websocket")


def test_every_source_is_looked_at_here() -> None:
    assert sorted(SETTINGS) == sorted(SOURCES.names())


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "push"])
def test_a_mistyped_setting_is_refused_with_the_one_that_was_meant(name: str) -> None:
    words, wrong, bad = SETTINGS[name]
    with pytest.raises(ParameterError, match="Did you mean"):
        SOURCES.get(name).create(**words, **{wrong: "x"})
    with pytest.raises(ParameterError):
        SOURCES.get(name).create(**words | bad)


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "push"])
def test_a_setting_that_is_needed_is_asked_for(name: str) -> None:
    with pytest.raises(ParameterError, match="needs the setting"):
        SOURCES.get(name).create()


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_secret_is_not_shown(name: str) -> None:
    kind = SOURCES.get(name)
    made = kind.create(**SETTINGS[name][0], **dict.fromkeys(kind.secrets, "hush hush"))
    assert "hush" not in repr(made) + str(made)
    assert not any(getattr(made, one, "") for one in kind.secrets)
    assert kind.about
    assert kind.__doc__


@pytest.mark.parametrize("name", ABROAD)
def test_a_server_asks_no_host_in_a_private_network(name: str) -> None:
    source = SOURCES.get(name).create(**SETTINGS[name][0])
    with pytest.raises(NotAllowed, match="private network"):
        read(source, 1, around=surroundings(house()))


@pytest.mark.parametrize("url", ["postgresql+psycopg://me@127.0.0.1/x", "sqlite:////etc/x.db"])
def test_a_server_asks_no_database_in_a_private_network_nor_a_file_of_its_own(url: str) -> None:
    source = SOURCES.get("sql").create(url=url, query="SELECT 1", watermark="id")
    with pytest.raises(NotAllowed):
        read(source, 1, around=surroundings(house()))


@pytest.mark.parametrize("beside", ["host=10.0.0.1", "hostaddr=10.0.0.1", "service=x", "uri=true"])
def test_an_address_of_a_database_leads_nowhere_else(beside: str) -> None:
    words = SETTINGS["sql"][0] | {"url": f"postgresql+psycopg://me@example.org/x?{beside}"}
    with pytest.raises(ParameterError, match="cannot be said"):
        SOURCES.get("sql").create(**words)


def test_a_password_within_an_address_is_refused_and_not_repeated() -> None:
    words = SETTINGS["sql"][0] | {"url": "postgresql+psycopg://me:hush@example.org/x"}
    with pytest.raises(ParameterError, match="beside the address") as told:
        SOURCES.get("sql").create(**words)
    assert "hush" not in str(told.value)


def test_a_server_reads_files_of_the_folder_for_live_data_only(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = tmp_path / "live", tmp_path / "other"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "x.csv").write_text("time,v\n1,1\n")
    (inside / "link.csv").symlink_to(outside / "x.csv")
    monkeypatch.setenv("WORKBENCH_LIVE_FOLDER", str(inside))
    settings.cache_clear()
    around = surroundings(house())

    def tail(path: str) -> Any:
        return SOURCES.get("tail").create(path=path)

    assert len(read(tail("x.csv"), 1, around=around)[0]) == 1
    for path in ("../other/x.csv", str(outside / "x.csv"), "link.csv"):
        with pytest.raises(NotAllowed):
            read(tail(path), 1, around=around)


def test_push_fetches_nothing() -> None:
    source = SOURCES.get("push").create()
    assert source.is_told
    with pytest.raises((NotImplementedError, WorkbenchError)):
        source.batches(None, surroundings(house()))
