"""The process of the server: what it holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Threads take memory at the same time; then each place of glibc's shows as a map that begins at
#: a multiple of 64 MB.
SCRIPT = """
import re, sys, threading
if sys.argv[1] == "shared":
    from workbench.serve.running import _share_memory
    _share_memory()
ready = threading.Barrier(12)
def work():
    kept = [bytes(5_000) for _ in range(200)]
    ready.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[one.start() for one in threads]
[one.join() for one in threads]
maps = open("/proc/self/maps").read()
begins = [int(one, 16) for one in re.findall("^([0-9a-f]+)-", maps, re.MULTILINE)]
print(sum(begin % 2**26 == 0 for begin in begins))
"""


def places(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is what gives each thread a place")
def test_threads_take_memory_from_two_places() -> None:
    alone = places("each")
    assert alone >= 6
    assert places("shared") <= 1
