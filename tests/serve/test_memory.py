"""Memory of the server's process: taken from few places, and given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Threads take memory at the same time; then each place of glibc's shows as a map that begins at
#: a multiple of 64 MB.
PLACES = """
import re, sys, threading
if sys.argv[1] == "shared":
    from workbench.serve.memory import share_places
    share_places()
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


#: Of many pieces one in a hundred stays; prints the megabytes that the process takes at the end.
HOLES = """
import sys
pieces = [bytes(5_000) for _ in range(40_000)]
left = pieces[::100]
del pieces
if sys.argv[1] == "given back":
    from workbench.serve.memory import give_back
    give_back()
taken = [line for line in open("/proc/self/status") if line.startswith("VmRSS")]
print(int(taken[0].split()[1]) // 1024)
"""
of_glibc = pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that keeps memory")


def run(script: str, how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", script, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@of_glibc
def test_what_is_free_between_pieces_in_use_is_given_back() -> None:
    assert run(HOLES, "kept") - run(HOLES, "given back") > 100


@of_glibc
def test_threads_take_memory_from_two_places() -> None:
    alone = run(PLACES, "each")
    assert alone >= 6
    assert run(PLACES, "shared") <= 1
