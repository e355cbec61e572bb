"""Rows a second and memory of data in parts, beside decoding alone; a cluster beside one machine.

Usage: python -m tests.benchmarks.scaling [--rows 10000000] [--folder DIR] [--parts local,dask]
       [--detectors hbos,ecod,loda,iforest] [--threads 2] [--memory 2GB] [--compression snappy]

Writes rows × 10 columns of float32 as Parquet (a million rows at a time, so that memory stays
small), and measures each detector in a process of its own: decoding alone, then the whole of
``wb.detect(file, name, memory=…, out=…)``, then decoding again. ``scoring/decoding`` is rows a
second of the scoring pass (decode, prepare, score, write) divided by rows a second of decoding
alone into Arrow batches in the same process, medians; the same ratio of processor time tells what a
busy machine hides; "reading frames" goes one step further than decoding, to the pandas frames
that ``wb.load`` hands over. Results are kept in DIR/results.jsonl: a run that was stopped
goes on. Without --folder all goes to a temporary folder and is removed at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLUMNS = 10
STEP = 1_000_000
ROUNDS = 3


def make(path: Path, rows: int, compression: str) -> None:
    """Write the table: normal, skewed, heavy-tailed and stepped columns, one row in 1e5 odd."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(f"x{column}", pa.float32()) for column in range(COLUMNS)])
    scratch = path.with_suffix(".part")
    with pq.ParquetWriter(scratch, schema, compression=compression) as writer:
        for start in range(0, rows, STEP):
            random = np.random.default_rng(start)
            count = min(STEP, rows - start)
            values = random.standard_normal((COLUMNS, count), dtype=np.float32)
            values[6] = np.exp(values[6])
            values[7] = np.round(values[7], 1)
            values[8] = random.standard_t(4, count).astype(np.float32)
            values[9] = random.poisson(5, count)
            odd = random.choice(count, max(1, count // 100_000), replace=False)
            values[:6, odd] += 7.0
            writer.write_table(
                pa.Table.from_arrays([pa.array(one) for one in values], schema=schema)
            )
    scratch.rename(path)


def decode(path: Path) -> float:
    """Return the seconds that reading all batches takes, as the engine reads them."""
    import pyarrow.parquet as pq

    start = time.perf_counter()
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for _ in file.iter_batches(65_536, use_threads=True):
            pass
    return time.perf_counter() - start


def read_frames(path: Path) -> float:
    """Return the seconds that it takes to hand the batches over as frames, one after the other."""
    from workbench.scaling.parts import parquet_table

    start = time.perf_counter()
    for part in parquet_table([path], path.name).parts:
        for batch in part.batches(None, 65_536, True):
            batch.frame()
    return time.perf_counter() - start


def peak_memory() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def one_local(path: Path, name: str, memory: str, rows: int) -> dict[str, Any]:
    import pyarrow as pa

    import workbench as wb
    from workbench.core.settings import settings

    pa.set_cpu_count(settings().threads)
    decoding = [decode(path)]  # also brings the file into the cache of the system
    warm = wb.detect(wb.load({f"x{k}": [float(v) for v in range(50)] for k in range(3)}), name)
    assert len(warm) == 50
    busy = time.process_time()
    decoding = [decode(path)]
    busy = time.process_time() - busy
    stages: dict[str, float] = {}
    last = [time.perf_counter(), "opening"]

    processor: dict[str, float] = {}
    used = [time.process_time()]

    def told(share: float, stage: str) -> None:
        now, busy = time.perf_counter(), time.process_time()
        stages[last[1]] = stages.get(last[1], 0.0) + now - last[0]
        processor[last[1]] = processor.get(last[1], 0.0) + busy - used[0]
        last[:] = [now, stage]
        used[0] = busy

    out = path.with_name(f"scores-{name}.parquet")
    start, used[0], last[0] = time.perf_counter(), time.process_time(), time.perf_counter()
    found = wb.detect(path, name, memory=memory, out=out, progress=wb.Progress(told))
    whole = time.perf_counter() - start
    size = out.stat().st_size
    out.unlink()
    peak = peak_memory()
    decoding += [decode(path) for _ in range(ROUNDS - 1)]
    frames = read_frames(path)
    return {
        "rows": rows, "how": found.how, "flagged": found.flagged, "seconds": whole,
        "stages": {key: round(value, 2) for key, value in stages.items()},
        "decoding": statistics.median(decoding), "scoring": stages["scoring"], "frames": frames,
        "processor": processor["scoring"], "processor_decoding": busy,
        "each": {key: round(value / rows * 1e9, 1) for key, value in processor.items()},
        "peak_mib": peak / 2**20, "out_mib": size / 2**20,
    }  # fmt: skip


def one_dask(path: Path, name: str, rows: int, kill: bool) -> dict[str, Any]:
    import signal

    import distributed
    import pyarrow.parquet as pq

    import workbench as wb

    def run(out: str, **options: Any) -> tuple[float, Any]:
        start = time.perf_counter()
        found = wb.detect(path, name, out=path.with_name(out), **options)
        return time.perf_counter() - start, found

    local, _ = run("here.parquet", memory="2GB")
    killed: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        run("there.parquet", client=client)  # imports and compiled loops of the workers

        def told(share: float, stage: str) -> None:
            if kill and stage == "scoring" and share > 0.8 and not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        seconds, found = run("there.parquet", client=client, progress=wb.Progress(told))
    same = pq.read_table(path.with_name("here.parquet")).equals(
        pq.read_table(path.with_name("there.parquet"))
    )
    for one in ("here.parquet", "there.parquet"):
        path.with_name(one).unlink()
    return {"rows": rows, "same": same, "local": local, "cluster": seconds,
            "killed": len(killed), "flagged": found.flagged}  # fmt: skip


def in_memory_beside(path: Path, rows: int) -> dict[str, Any]:
    """Scores of a cluster beside those of the file loaded into memory, by rank and by value."""
    import pyarrow.parquet as pq

    import workbench as wb

    plain = wb.detect(pq.read_table(path).to_pandas(), "hbos")
    there = path.with_name("there.parquet")
    wb.detect(path, "hbos", client="local", out=there)
    scores = pq.read_table(there)["score"].to_pandas()
    there.unlink()
    return {"rows": rows, "largest": float((scores - plain.scores).abs().max()),
            "rank": float(scores.corr(plain.scores, method="spearman"))}  # fmt: skip


def show(step: str, line: dict[str, Any]) -> None:
    rows = line["rows"]
    if step.startswith("local"):
        decoding, scoring = rows / line["decoding"], rows / line["scoring"]
        print(
            f"{step:<16} {rows:>11,} rows  scoring {scoring / 1e6:6.2f} M rows/s  "
            f"decoding {decoding / 1e6:6.2f} M rows/s  scoring/decoding {scoring / decoding:.2f} "
            f"(of processor time {line['processor_decoding'] / line['processor']:.2f}, beside "
            f"reading frames {line['frames'] / line['scoring']:.2f})  "
            f"whole {rows / line['seconds'] / 1e6:.2f} M rows/s  peak {line['peak_mib']:,.0f} MiB\n"
            f"{'':<17}{line['how']}; {line['flagged']:,} flagged; stages {line['stages']}\n"
            f"{'':<17}processor seconds for each 1e9 rows: {line['each']}",
            flush=True,
        )
    elif "cluster" in line:
        print(
            f"{step:<16} {rows:>11,} rows  one machine {line['local']:.1f} s  two workers "
            f"{line['cluster']:.1f} s  ratio {line['local'] / line['cluster']:.2f}  same scores: "
            f"{line['same']}  workers killed: {line['killed']}",
            flush=True,
        )
    else:
        print(f"{step:<16} {json.dumps(line)}", flush=True)


def measured(step: str, arguments: list[str], threads: int) -> dict[str, Any]:
    environment = {**os.environ, "WORKBENCH_THREADS": str(threads), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.scaling", "--step", step, *arguments],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{step} failed:\n{done.stderr[-3000:]}")
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return line


def step_of(asked: argparse.Namespace, path: Path) -> dict[str, Any]:
    kind, _, name = asked.step.partition(" ")
    if kind == "local":
        return one_local(path, name, asked.memory, asked.rows)
    if kind == "beside":
        return in_memory_beside(path, asked.rows)
    return one_dask(path, name, asked.rows, kind == "killed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=10_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--parts", default="local,dask")
    parser.add_argument("--detectors", default="hbos,ecod,loda,iforest")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--compression", default="snappy")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="workbench-scaling-"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"table-{asked.rows}-{asked.compression}.parquet"
    if asked.step:
        print(json.dumps(step_of(asked, path)))
        return 0
    try:
        return _all(asked, folder, path)
    finally:
        if asked.folder is None:
            shutil.rmtree(folder)


def _all(asked: argparse.Namespace, folder: Path, path: Path) -> int:
    need = asked.rows * (COLUMNS * 4 + 9) * 1.2
    if not path.exists():
        free = shutil.disk_usage(folder).free
        if free < need + 5e9:
            raise SystemExit(f"{need / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free.")
        make(path, asked.rows, asked.compression)
    print(f"{path.stat().st_size / 2**20:,.0f} MiB of Parquet ({asked.compression})", flush=True)
    kept = folder / "results.jsonl"
    known = {}
    if kept.exists():
        lines = [json.loads(line) for line in kept.read_text().splitlines()]
        known = {line["key"]: line for line in lines}
    steps = []
    if "local" in asked.parts:
        steps += [f"local {name}" for name in asked.detectors.split(",")]
    if "dask" in asked.parts:
        steps += [f"dask {name}" for name in asked.detectors.split(",") if name != "ecod"]
        steps += ["killed hbos", "beside hbos"]
    arguments = ["--rows", str(asked.rows), "--folder", str(folder), "--memory", asked.memory,
                 "--compression", asked.compression]  # fmt: skip
    failed = 0
    for step in steps:
        key = f"{step} {asked.rows} {asked.threads} {asked.compression} {asked.memory}"
        if key not in known:
            known[key] = measured(step, arguments, asked.threads) | {"key": key}
            with kept.open("a") as file:
                file.write(json.dumps(known[key]) + "\n")
        line = known[key]
        show(step, line)
        failed += line.get("peak_mib", 0) > 2048 or not line.get("same", True)
        failed += line.get("killed", 1) != 1 and step.startswith("killed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
