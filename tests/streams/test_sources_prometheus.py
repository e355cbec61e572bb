"""Answers of a real Prometheus that asks a small target of ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.streams.sources.prometheus import Prometheus

from ._brokers import Program, prometheus
from ._reading import HERE, read


class _Target(BaseHTTPRequestHandler):
    """Says how warm two pumps are: as many degrees as seconds have passed."""

    began = time.time()

    def do_GET(self) -> None:
        heat = time.time() - self.began
        text = f'heat{{pump="a"}} {heat}\nheat{{pump="b"}} {heat + 1000}\nodd NaN\n'
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *told: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Program]:
    target = ThreadingHTTPServer(("127.0.0.1", 0), _Target)
    thread = threading.Thread(target=target.serve_forever, daemon=True)
    thread.start()
    try:
        with prometheus(target.server_address[1]) as made:
            yield made
    finally:
        target.shutdown()
        target.server_close()
        thread.join()


def source(server: Program, query: str = "heat", **words: Any) -> Prometheus:
    usual = {"every": 1.0, "since": 60.0}
    return Prometheus(f"http://127.0.0.1:{server.port}", query, **usual | words)


def test_each_series_is_an_entity_with_its_labels(server: Program) -> None:
    rows, _ = read(source(server), 8)
    names = {row["entity"] for row in rows}
    target = next(iter(names)).split("instance=")[1].split(",")[0]
    assert names == {f"heat{{instance={target},job=plant,pump={pump}}}" for pump in ("a", "b")}
    assert all(row["value"] >= 0 for row in rows)


def test_it_goes_on_from_each_place_with_exactly_the_rest(server: Program) -> None:
    rows, places = read(source(server), 12)
    known, position = next(one for one in places if one[0])
    assert position is not None
    later, _ = read(source(server), 4, position)
    seen = {(row["entity"], row["time"]) for row in rows[:known]}
    assert not seen & {(row["entity"], row["time"]) for row in later}
    times = sorted({row["time"] for row in [*rows[:known], *later]})
    assert all(step == pytest.approx(1.0) for step in np.diff(times))
    both = {(row["entity"], row["time"]): row["value"] for row in later}
    assert all(both.get((r["entity"], r["time"]), r["value"]) == r["value"] for r in rows[known:])


def test_a_number_that_is_none_comes_as_one_that_is_missing(server: Program) -> None:
    rows, _ = read(source(server, "odd"), 1)
    assert rows[0]["value"] != rows[0]["value"]


def test_a_query_that_cannot_be_read_is_said_in_its_words(server: Program) -> None:
    with pytest.raises(DataError, match="parse error"):
        read(source(server, "heat{"), 1)


def test_a_server_that_is_away_is_tried_again_later(server: Program) -> None:
    _, places = read(source(server), 2)
    server.stop()
    with pytest.raises(OSError):
        read(source(server), 1, places[-1][1])
    server.start()
    for _ in range(100):
        if httpx.get(f"http://127.0.0.1:{server.port}/-/ready").status_code == 200:
            break
        time.sleep(0.1)
    assert len(read(source(server), 1, places[-1][1], around=HERE)[0]) >= 1
