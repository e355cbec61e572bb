"""Twenty live pages on one monitor: how often each is told, how late, and what that costs.

    python -m tests.benchmarks.live_pages [--seconds 600] [--pages 20] [--tabs 3] [--rate 300]
                                          [--settle 400]

Hub and charts hold the newest points: until both are full (100,000 and 6,000 points) memory must
grow, so that its slope says something after ``--settle`` seconds only.

Some pages are real tabs of a browser, the others websocket clients that speak Bokeh's protocol.
A tick is late by what passed since the one before it: the browser lets data flow on between two.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from tests.serve._clients import OpenPage
from tests.serve._server import Server, Team, populated
from workbench.reports.browser import installed_browser, launch_flags

#: The oldest tick that is good enough, in seconds.
OLDEST = 2.0
MEGA = 1 << 20
#: Of a tick's words: when the server said them, in milliseconds.
_SAID = re.compile(r"beat.{0,30}?now\W+(?P<now>[\d.]+)", re.DOTALL)


@dataclass
class Heard:
    """What one page was told."""

    came: list[float] = field(default_factory=list)
    age: list[float] = field(default_factory=list)

    def take(self, words: str) -> None:
        """Take a message, which may be a tick."""
        found = _SAID.search(words)
        if found is not None:
            self.came.append(time.monotonic())
            self.age.append(time.time() - float(found["now"]) / 1e3)

    def within(self, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
        """Return seconds between ticks, and their ages, of those that came meanwhile."""
        came = np.asarray(self.came)
        inside = (came >= start) & (came <= end)
        return np.diff(came[inside]), np.asarray(self.age)[inside]


def pushed(team: Team, way: str, rate: int, over: threading.Event) -> int:
    """Send records at a rate, four times a second, until it is over."""
    rng, sent = np.random.default_rng(2), 0
    headers = {"authorization": f"Bearer {team.tokens['operator']}"}
    rows, begin = max(1, rate // 4), time.monotonic()
    with httpx.Client(headers=headers, timeout=60) as client:
        while not over.is_set():
            now = datetime.now(UTC)
            flow = rng.normal(12.0, 0.3, rows)
            if rng.random() < 0.01:
                flow[0] = 3.0
            body = [
                {"time": (now + timedelta(milliseconds=row * 250 / rows)).isoformat(),
                 "pump": f"pump {row % 4}", "flow": float(one)}
                for row, one in enumerate(flow)
            ]  # fmt: skip
            assert client.post(way, json=body).status_code == 202
            sent += rows
            over.wait(max(0.0, begin + sent / rate - time.monotonic()))
    return sent


def watched(page: OpenPage, heard: Heard, over: threading.Event) -> None:
    """Take what a page is told, until it is over."""
    while not over.is_set():
        header, content = page._message()
        if header["msgtype"] == "PATCH-DOC":
            heard.take(str(content))


def browsed(team: Team, path: str, heard: list[Heard], cookie: str, ready: threading.Event,
            over: threading.Event) -> None:  # fmt: skip
    """Open tabs of a browser and take what they are told, until it is over."""
    from playwright.sync_api import sync_playwright

    def listen(page: Any, one: Heard) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", lambda told: take(told)))

        def take(told: Any) -> None:
            if isinstance(told, str):
                one.take(told)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed_browser(), args=list(launch_flags())
        )
        context = browser.new_context()
        context.add_cookies([{"name": "wb_session", "value": cookie, "url": team.url}])
        for one in heard:
            page = context.new_page()
            listen(page, one)
            page.goto(f"{team.url}/{path}", timeout=120_000)
            page.locator(".wb-flow canvas").wait_for(timeout=120_000)
        ready.set()
        while not over.is_set():
            page.wait_for_timeout(20)
        browser.close()


def told(name: str, heard: list[Heard], start: float, end: float) -> float:
    """Print how often and how late pages were told; return the oldest that a page ever was."""
    gaps, ages = zip(*(one.within(start, end) for one in heard), strict=True)
    rates = [len(one) / (end - start) for one in ages]
    gap, age = np.concatenate(gaps), np.concatenate(ages)
    print(
        f"{len(heard)} {name}: {np.mean(rates):.2f} ticks a second and page "
        f"({min(rates):.2f} to {max(rates):.2f}); between two {np.median(gap):.2f} s (median), "
        f"{np.quantile(gap, 0.99):.2f} s (p99), {gap.max():.2f} s (longest); "
        f"on the way {1e3 * np.median(age):.0f} ms (median), {1e3 * age.max():.0f} ms (longest)"
    )
    return float(max(gap.max(), age.max()))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("seconds", 120), ("pages", 20), ("tabs", 3), ("rate", 300),
                        ("settle", 10)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    settings = {"WORKBENCH_LIVE_WORKERS": "1"}
    over = threading.Event()
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "home", settings) as server,
        ThreadPoolExecutor(given.pages + 2) as pool,
        ExitStack() as stack,
    ):
        stack.callback(over.set)
        team = populated(server)
        body: dict[str, Any] = {"name": "Plant", "shape": {"entity": "pump"}}
        stream = team.ask("operator", "POST", "/api/v1/streams", json=body).json()["id"]
        body = {"name": "Pumps", "stream": stream}
        monitor = team.ask("operator", "POST", "/api/v1/monitors", json=body).json()["id"]
        way = f"{team.url}/api/v1/streams/{stream}/records"
        sending = pool.submit(pushed, team, way, given.rate, over)
        time.sleep(5.0)
        path, cookie = f"live?monitor={monitor}&theme=light", team.cookie("operator")
        heard = []
        for _ in range(given.pages - given.tabs):
            page, one = OpenPage(team, path, cookie).open().ready(), Heard()
            stack.callback(page.close)
            pool.submit(watched, page, one, over)  # who does not read is cut off
            heard.append(one)
        seen, ready = [Heard() for _ in range(given.tabs)], threading.Event()
        browsing = pool.submit(browsed, team, path, seen, cookie, ready, over)
        while not ready.wait(1.0):
            if browsing.done():
                browsing.result()
        time.sleep(given.settle)
        start, end = measured(server.pid, given.seconds)
        over.set()
        browsing.result()
        print(f"{sending.result():,} records sent, {given.rate} a second")
        oldest = told("websocket clients", heard, start, end)
        oldest = max(oldest, told("tabs", seen, start, end))
        print(f"oldest tick {oldest:.2f} s: {'good' if oldest <= OLDEST else 'TOO OLD'}")
    sys.exit(oldest > OLDEST)


def measured(pid: int, seconds: float) -> tuple[float, float]:
    """Print what server and watch take meanwhile, and how the server grows; return when it was."""
    own = psutil.Process(pid)
    both = [own, next(one for one in own.children() if "watch" in one.cmdline())]
    start = time.monotonic()
    before = [sum(one.cpu_times()[:2]) for one in both]
    at, memory = [], []
    while (now := time.monotonic() - start) < seconds:
        at.append(now)
        memory.append(own.memory_info().rss / MEGA)
        time.sleep(2.0)
    took = time.monotonic() - start
    shares = [
        (sum(one.cpu_times()[:2]) - used) / took for one, used in zip(both, before, strict=True)
    ]
    slope = float(np.polyfit(at, memory, 1)[0]) * 600.0
    print("memory each minute, MB: " + " ".join(f"{one:.0f}" for one in memory[::30]))
    print(
        f"server {shares[0]:.0%} of one core, watch {shares[1]:.0%}; memory of the server "
        f"{memory[0]:.0f} to {memory[-1]:.0f} MB, slope {slope:+.1f} MB in ten minutes; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return start, start + took


if __name__ == "__main__":
    main()
