import sys
from importlib import metadata
from pathlib import Path

import pytest

from workbench.core.catalog import Catalog
from workbench.core.errors import UnknownName, WorkbenchError

BASE = """
class Animal:
    pass
"""


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog[object]:
    room = tmp_path / "zoo_room"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "base.py").write_text(BASE)
    (room / "_helper.py").write_text("raise RuntimeError('never imported')")
    (room / "cat.py").write_text(
        "from zoo_room.base import Animal\n"
        "class Cat(Animal):\n    pass\n"
        "class _Fur(Animal):\n    pass\n"
    )
    (room / "crowd.py").write_text(
        "from zoo_room.base import Animal\nclass A(Animal):\n    pass\nclass B(Animal):\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Catalog("zoo_room", "zoo_room.base:Animal", "animal")
    for name in [name for name in sys.modules if name.startswith("zoo_room")]:
        del sys.modules[name]


def test_files_are_listed_without_being_imported(zoo: Catalog[object]) -> None:
    assert zoo.names() == ["cat", "crowd"]
    assert "zoo_room.cat" not in sys.modules


def test_a_name_gives_the_one_public_class_of_its_file(zoo: Catalog[object]) -> None:
    assert zoo.get("cat").__name__ == "Cat"


def test_a_file_with_two_public_classes_is_refused(zoo: Catalog[object]) -> None:
    with pytest.raises(WorkbenchError, match=r"crowd must hold exactly one public Animal, found 2"):
        zoo.get("crowd")


def test_a_mistyped_name_gets_a_proposal(zoo: Catalog[object]) -> None:
    with pytest.raises(UnknownName, match=r"no animal 'cta'\. Did you mean 'cat'\?"):
        zoo.get("cta")


class _Point:
    """An entry point as an installed outsider would bring it."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        self._value = value

    def load(self) -> object:
        return self._value


def test_outsiders_come_in_by_entry_point(
    zoo: Catalog[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = zoo.get("cat").__mro__[1]
    dog = type("Dog", (base,), {})
    monkeypatch.setattr(metadata, "entry_points", lambda group: [_Point("dog", dog)])
    assert zoo.names() == ["cat", "crowd", "dog"]
    assert zoo.get("dog") is dog


def test_an_outsider_of_another_kind_is_refused(
    zoo: Catalog[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group: [_Point("rock", int)])
    with pytest.raises(WorkbenchError, match="must name a subclass"):
        zoo.get("rock")


def test_an_outsider_that_calls_itself_otherwise_is_refused(
    zoo: Catalog[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = zoo.get("cat").__mro__[1]
    wolf = type("Wolf", (base,), {"name": classmethod(lambda cls: "wolf")})
    monkeypatch.setattr(metadata, "entry_points", lambda group: [_Point("dog", wolf)])
    with pytest.raises(WorkbenchError, match="calls itself 'wolf'"):
        zoo.get("dog")


FAMILY = """
from zoo_room.base import Animal
class Wolf(Animal):
    pass
class Cat(Animal):
    pass
MEMBERS = {"wolf": Wolf, "cat": Cat}
"""


@pytest.fixture
def wild_zoo(zoo: Catalog[object], tmp_path: Path) -> Catalog[object]:
    (tmp_path / "zoo_room" / "forest.py").write_text(FAMILY)
    (tmp_path / "zoo_room" / "steppe.py").write_text(FAMILY.replace("cat", "hare"))
    return Catalog("zoo_room", "zoo_room.base:Animal", "animal", families=("forest", "steppe"))


def test_members_of_a_family_are_listed_after_plain_names(wild_zoo: Catalog[object]) -> None:
    assert wild_zoo.names() == [
        "cat",
        "crowd",
        "forest:cat",
        "forest:wolf",
        "steppe:hare",
        "steppe:wolf",
    ]
    assert "zoo_room.cat" not in sys.modules


def test_a_plain_name_means_our_own_file_before_a_library(wild_zoo: Catalog[object]) -> None:
    assert wild_zoo.resolve("cat") == "cat"
    assert wild_zoo.get("cat").__module__ == "zoo_room.cat"
    assert wild_zoo.get("forest:cat").__module__ == "zoo_room.forest"


def test_a_plain_name_finds_the_one_library_that_has_it(wild_zoo: Catalog[object]) -> None:
    assert wild_zoo.resolve("hare") == "steppe:hare"


def test_a_name_of_two_libraries_is_not_guessed(wild_zoo: Catalog[object]) -> None:
    with pytest.raises(UnknownName, match="'wolf' could be forest:wolf or steppe:wolf"):
        wild_zoo.get("wolf")


def test_a_mistyped_member_gets_a_proposal(wild_zoo: Catalog[object]) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'hare'\? Known: cat, crowd, forest:…"):
        wild_zoo.get("haer")
    with pytest.raises(UnknownName, match=r"Did you mean 'forest:wolf'\?"):
        wild_zoo.get("forest:wof")


def test_a_member_of_another_kind_is_refused(wild_zoo: Catalog[object]) -> None:
    wild_zoo._members["forest:rock"] = int
    with pytest.raises(
        WorkbenchError, match=r"member of a family 'forest:rock' .* must name a sub"
    ):
        wild_zoo.get("forest:rock")


def test_of_many_names_the_nearest_are_shown_and_where_all_are() -> None:
    from workbench.detectors import DETECTORS

    with pytest.raises(UnknownName) as caught:
        DETECTORS.get("forest")
    told = str(caught.value)
    assert "Did you mean 'iforest'" in told
    assert "wb.catalog()" in told
    assert "`workbench detectors`" in told
    assert len(told) < 250
