"""What pages cost that are open: memory of each, and CPU while each changes twice a second.

    python -m tests.benchmarks.open_pages [pages]

The clients speak Bokeh's protocol over websockets as a browser does; what is measured is the
server's process alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from tests.serve._clients import OpenPage
from tests.serve._server import Server, populated
from tests.serve._steps import detected, uploaded

#: Changes a second of each page, and how long they are counted.
RATE, SECONDS = 2.0, 20.0
PAGES = ("home", "explore?data=detection:{found}&detector=ecod", "models", "settings")


def cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Return the memory that a process holds, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def changed(page: OpenPage, over: threading.Event) -> list[float]:
    """Change a page at the rate; return how long each change took to be answered."""
    took: list[float] = []
    while not over.is_set():
        start = time.perf_counter()
        page.change(len(took))
        took.append(time.perf_counter() - start)
        over.wait(max(0.0, 1 / RATE - took[-1]))
    return took


def main(count: int = 50) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "home") as server:
        team = populated(server)
        found, cookie = detected(team, uploaded(team)["dataset"]["id"]), team.cookie("analyst")
        names = [page.format(found=found) for page in islice(cycle(PAGES), count + len(PAGES))]
        pages = [OpenPage(team, page, cookie).open() for page in names[: len(PAGES)]]
        before, used = memory(server.pid), cpu(server.pid)
        pages += [OpenPage(team, page, cookie).open() for page in names[len(PAGES) :]]
        each = (memory(server.pid) - before) / count
        opening = (cpu(server.pid) - used) / count
        print(f"{count} more pages: {each:.1f} MB each, {opening:.2f} s of CPU to open one")
        over, used, start = threading.Event(), cpu(server.pid), time.monotonic()
        with ThreadPoolExecutor(len(pages)) as pool:
            going = [pool.submit(changed, page, over) for page in pages]
            over.wait(SECONDS)
            over.set()
            took = sorted(one for each_ in going for one in each_.result())
        seconds = time.monotonic() - start
        rate, share = len(took) / seconds, (cpu(server.pid) - used) / seconds
        median, most = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
        print(
            f"{len(pages)} pages at {RATE:g} Hz: {rate:.0f} changes/s, {share:.0%} of one core "
            f"({share * 1000 / rate:.1f} ms each), answered in {median:.0f} ms (median), "
            f"{most:.0f} ms (p99)"
        )
        for page in pages:
            page.close()


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
