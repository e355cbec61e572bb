"""How many records a second one core takes from arrival to kept scores, and how soon they are read.

Run it: ``python -m tests.benchmarks.live_throughput [--rows 200000] [--minutes 3]``.

End to end with durability: each part is taken in (committed), scored by a watch with the rules
anomaly, missing and stuck (committed with its state), one after the other in one thread. Beside
it River's HalfSpaceTrees alone, score and learn, without keeping anything. Then records come at a
steady rate: the delay from a part's arrival until a hub has its points (the hub's own look every
0.4 s is a part of it), and how memory grows. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time

import numpy as np
import pandas as pd
import psutil

FEATURES = 10
RULES = ({"rule": "anomaly"}, {"rule": "missing"}, {"rule": "stuck"})


def frame(start: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(start)
    told = pd.DataFrame(
        rng.normal(size=(rows, FEATURES)), columns=[f"x{one}" for one in range(FEATURES)]
    )
    begin = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(start, "ms")
    told.insert(0, "time", begin + pd.to_timedelta(np.arange(rows), "ms"))
    return told


def watched(detector: str):
    from tests.streams._watching import Watched

    shape = {"time": "time", "features": [f"x{one}" for one in range(FEATURES)]}
    return Watched(shape, detector=detector, rules=RULES)


def throughput(detector: str, rows: int, part: int) -> float:
    """Return records a second of processor time, which is what one core takes."""
    made = watched(detector)
    watch = made.watch()
    made.take(frame(0, 2_000))
    watch.step()  # compiles
    parts = [frame(2_000 + k, part) for k in range(0, rows, part)]
    wall, start = time.perf_counter(), time.process_time()
    for one in parts:
        made.take(one)
        watch.step()
    took, wall = time.process_time() - start, time.perf_counter() - wall
    print(f"{detector:<18} parts of {part:>5,}: {rows / wall:>9,.0f} records/s, "
          f"{rows / took:>9,.0f} for each second of a core", flush=True)  # fmt: skip
    return rows / took


def river(rows: int) -> float:
    from river import anomaly

    model = anomaly.HalfSpaceTrees(seed=0)
    X = np.random.default_rng(0).uniform(size=(rows, FEATURES)).tolist()
    start = time.process_time()
    for values in X:
        named = dict(enumerate(values))
        model.score_one(named)
        model.learn_one(named)
    rate = rows / (time.process_time() - start)
    print(f"River HalfSpaceTrees alone, nothing kept: {rate:,.0f} records/s", flush=True)
    return rate


def steady(minutes: float, rate: int) -> None:
    """Send records at a rate; print delays until the hub has them, and the growth of memory."""
    from workbench.registry.monitors import points_from
    from workbench.store.database import reading
    from workbench.store.monitors import find_monitor
    from workbench.streams.hub import Hub

    made = watched("ewma")
    watch, over, sent, delays = made.watch(), threading.Event(), {}, []
    made.take(frame(0, 2_000))
    watch.step()

    def monitor():
        with reading() as connection:
            return find_monitor(connection, made.monitor)

    hub = Hub(monitor, lambda first, most: points_from(made.monitor, first, most))

    def work() -> None:
        while not over.is_set():
            if not watch.step():
                time.sleep(0.05)

    def look() -> None:
        at = 2_000
        while not over.is_set():
            points = hub.since(at)
            now = time.monotonic()
            if points is not None and len(points):
                at = points.start + len(points)
                for end in [end for end in sent if end <= at]:
                    delays.append(now - sent.pop(end))
            time.sleep(0.02)

    threads = [threading.Thread(target=one, daemon=True) for one in (work, look)]
    for one in threads:
        one.start()
    process, memory, start = psutil.Process(), [], time.monotonic()
    part, number = rate // 10, 2_000
    while (passed := time.monotonic() - start) < 60 * minutes:
        sent[number + part] = time.monotonic()
        made.take(frame(number, part))
        number += part
        memory.append((passed, process.memory_info().rss / 2**20))
        time.sleep(max(0.0, start + (number - 2_000) / rate - time.monotonic()))
    time.sleep(2.0)
    over.set()
    for one in threads:
        one.join(10)
    told = np.array(memory)
    late = told[told[:, 0] > 40 * minutes]  # the last third: what is held is full by then
    slope = np.polyfit(late[:, 0] / 60, late[:, 1], 1)[0]
    p50, p99 = np.percentile(delays, [50, 99])
    print(f"{rate:,}/s for {minutes:g} minutes: {number - 2_000:,} records, arrival to readable "
          f"p50 {1e3 * p50:.0f} ms, p99 {1e3 * p99:.0f} ms; memory {told[0, 1]:.0f} to "
          f"{told[-1, 1]:.0f} MiB, slope of the last third {slope:+.2f} MiB/minute")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--rate", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBENCH_HOME"] = home
        alone = river(min(20_000, given.rows))
        for detector in ("ewma", "half_space_trees"):
            for part in (100, 1_000, 5_000):
                rate = throughput(detector, given.rows if part > 100 else given.rows // 10, part)
                print(f"{'':18} {rate / alone:.1f} times River alone")
        steady(given.minutes, given.rate)


if __name__ == "__main__":
    main()
