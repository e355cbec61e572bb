from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

import pytest

from workbench.core import display as module
from workbench.core.errors import MissingExtra
from workbench.core.progress import Progress
from workbench.core.settings import settings


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


class Watcher:
    """A display that notes what work it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.told: list[tuple[float, str]] = []

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        self.shown.append(title)
        yield Progress(lambda done, stage: self.told.append((done, stage)))


@module.watched("Adding")
def add(a: int, b: int, *, progress: Progress | None = None) -> int:
    """Add two numbers."""
    (progress or Progress()).step(0.5, "adding")
    return a + b


@module.watched("Adding often")
def add_all(*numbers: int, progress: Progress | None = None) -> int:
    return sum(add(number, 0) for number in numbers)


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    watcher = Watcher()
    module.set_display(watcher)  # type: ignore[arg-type]
    return watcher


def test_work_in_a_cell_shows_its_progress_unasked(watcher: Watcher) -> None:
    assert add(1, 2) == 3
    assert (watcher.shown, watcher.told) == (["Adding"], [(0.5, "adding")])
    assert add.__doc__ == "Add two numbers."


def test_work_inside_of_other_work_is_shown_once(watcher: Watcher) -> None:
    assert add_all(1, 2, 3) == 6
    assert watcher.shown == ["Adding often"]
    assert add(1, 2) == 3  # and afterwards again by itself
    assert watcher.shown == ["Adding often", "Adding"]


def test_a_progress_that_was_handed_over_is_the_only_one_told(watcher: Watcher) -> None:
    told: list[str] = []
    add(1, 2, progress=Progress(lambda done, stage: told.append(stage)))
    assert (told, watcher.shown) == (["adding"], [])


def test_progress_can_be_turned_off_and_needs_a_cell(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_PROGRESS", "false")
    settings.cache_clear()
    assert add(1, 2) == 3
    monkeypatch.delenv("WORKBENCH_PROGRESS")
    settings.cache_clear()
    monkeypatch.setattr(module, "in_notebook", lambda: False)
    assert add(1, 2) == 3
    assert watcher.shown == []
