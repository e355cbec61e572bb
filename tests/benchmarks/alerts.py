"""How fast rules look at points and firings are kept: ``python tests/benchmarks/alerts.py``.

Prints one line a rule and one a case of storing, on a database in a folder of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["WORKBENCH_HOME"] = tempfile.mkdtemp()

import numpy as np

from tests.alerts._points import points
from tests.alerts._setting import NOW, channel, firing, raised
from workbench.alerts.delivery import Deliverer
from workbench.alerts.rules import make_rule

SHARP = {"score": {"above": 4.0}, "p_value": {"below": 0.01}}
N, BATCH = 100_000, 1000


def main() -> None:
    """Print points a second of each rule, and milliseconds of each case of storing."""
    chance = np.random.default_rng(0)
    for share, entities in ((0.0, 1), (0.01, 1), (0.01, 100)):
        batches = [
            points(
                chance.random(BATCH) < share,
                entity=[f"e{number}" for number in chance.integers(0, entities, BATCH)],
                start=begin,
            )
            for begin in range(0, N, BATCH)
        ]
        for name in ("anomaly", "score", "p_value", "rate", "gap", "stuck"):
            rule = make_rule("m", name, **SHARP.get(name, {}))
            begin = time.perf_counter()
            found = sum(len(rule.step(batch)) for batch in batches)
            speed = N / (time.perf_counter() - begin)
            print(f"{name:<8} {share:.0%} odd, {entities:>3} entities: {speed:>12,.0f} points/s, "
                  f"{found} firings")  # fmt: skip
    channel()
    for what, many in (
        ("1 new firing", [firing(1)]),
        ("the same, going on", [firing(1, end=NOW.replace(hour=13))]),
        ("the same, known", [firing(1)]),
        ("1,000 new of one cause", [firing(number, cause="b") for number in range(1000)]),
        ("1,000 known", [firing(number, cause="b") for number in range(1000)]),
        ("1,000 causes", [firing(number, cause=f"c{number}") for number in range(1000)]),
    ):
        begin = time.perf_counter()
        raised(*many)
        print(f"{what:<24} {1000 * (time.perf_counter() - begin):>9.1f} ms")
    begin = time.perf_counter()
    count = Deliverer().run_once()
    speed = count / (time.perf_counter() - begin)
    print(f"{count:,} waiting: {speed:,.0f} messages a second, by a channel that takes no time")


main()
