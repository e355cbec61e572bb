"""Many pages that are open: none stays behind, and all come back after a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError

from workbench.serve.gate import GONE

from ._clients import OpenPage, held, wait_for
from ._server import Server, Team, populated
from ._steps import detected, uploaded

#: Pages that are opened in turn, with what is chosen on them in their address.
PAGES = ("home", "explore?data=detection:{found}&detector=ecod", "models", "settings")


@contextmanager
def looked_at_with(home: Path, settings: dict[str, str]) -> Iterator[tuple[Team, list[str]]]:
    server = Server(home, settings).start()
    team = populated(server)
    found = detected(team, uploaded(team)["dataset"]["id"])
    yield team, [page.format(found=found) for page in PAGES]
    server.stop()
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Team, list[str]]]:
    settings = {"WORKBENCH_PAGE_SECONDS": "5"}  # a minute would be waited for each time
    with looked_at_with(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


def none_left(looked_at: tuple[Team, list[str]], count: int) -> None:
    """Open and close pages, some of them before they speak; none is held in the end."""
    team, pages = looked_at
    cookie = team.cookie("analyst")

    def visit(number: int, page: str) -> None:
        one = OpenPage(team, page, cookie)
        if number % 5 == 4:
            one.fetch()  # a browser that went before the websocket
        else:
            one.open().change(number)
        one.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(visit, range(count), islice(cycle(pages), count)))
    most = held(team)
    wait_for(lambda: held(team) == 0, f"{held(team)} of {count} pages are still held")
    print(f"{count} pages opened and closed, {most} held at the end of that, 0 a little later")


def test_pages_that_were_closed_are_let_go(looked_at: tuple[Team, list[str]]) -> None:
    none_left(looked_at, 10)


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_of_200_pages_that_were_closed_none_stays(looked_at: tuple[Team, list[str]]) -> None:
    none_left(looked_at, 200)


def test_a_browser_that_speaks_too_late_is_told_that_its_page_is_gone(
    looked_at: tuple[Team, list[str]],
) -> None:
    team, pages = looked_at
    cookie = team.cookie("analyst")
    late = OpenPage(team, pages[1], cookie)
    late.fetch()
    wait_for(lambda: held(team) == 0, "a page without a browser is still held")
    with pytest.raises(ConnectionClosedError) as gone:
        late.connect()
    assert gone.value.rcvd is not None
    assert gone.value.rcvd.code == GONE
    late.close()
    late.open().change(1)  # as its guard does: it is asked for anew
    late.close()


def come_back(looked_at: tuple[Team, list[str]], count: int) -> None:
    """Restart the server while pages are open; all come back to what they showed."""
    team, pages = looked_at
    server, port = team.server, int(team.url.rpartition(":")[2])
    cookie = team.cookie("analyst")
    opened = [OpenPage(team, page, cookie).open() for page in islice(cycle(pages), count)]
    with ThreadPoolExecutor(count) as pool:
        server.stop()
        assert all(pool.map(OpenPage.lost, opened))
        server.url, start = "", time.monotonic()
        server.start(port)
        starting = time.monotonic() - start
        back = [one + starting for one in pool.map(OpenPage.come_back, opened)]
    for one in opened:
        if one.page.startswith("explore"):
            assert "anomalies" in one.text  # the result that its address names
        one.change(1)
        one.close()
    print(
        f"{count} pages: the server was there again after {starting:.1f} s, the last page "
        f"{max(back):.1f} s after the stop"
    )


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_fifty_open_pages_come_back_after_a_restart(tmp_path: Path) -> None:
    with looked_at_with(tmp_path, {}) as looked_at:  # pages are held as long as they usually are
        come_back(looked_at, 50)
