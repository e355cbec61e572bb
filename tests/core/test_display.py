from importlib import metadata

import pytest

from workbench.core import display as module
from workbench.core.errors import MissingExtra


class Mirror:
    def mimebundle(self, result: object) -> dict[str, object]:
        return {"text/plain": f"shown {result}"}

    def explore(self, result: object, **options: object) -> object:
        return result, options


@pytest.fixture(autouse=True)
def forget() -> object:
    module.set_display(None)
    yield
    module.set_display(None)


def test_a_set_display_is_used() -> None:
    module.set_display(Mirror())
    assert module.display().mimebundle(3) == {"text/plain": "shown 3"}


def test_the_display_is_found_by_its_entry_point_and_only_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[int] = []

    class Point:
        def load(self) -> type[Mirror]:
            loads.append(1)
            return Mirror

    monkeypatch.setattr(metadata, "entry_points", lambda group: [Point()])
    assert module.display() is module.display()
    assert loads == [1]


def test_without_any_display_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group: [])
    with pytest.raises(MissingExtra, match="notebook"):
        module.display()
