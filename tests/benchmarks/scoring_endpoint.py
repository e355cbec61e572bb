"""Requests a second of the scoring endpoint, beside a bare route that calls the same ``score``.

Usage: python tests/benchmarks/scoring_endpoint.py [--seconds N] [--clients N]

Both servers run by turns in processes of their own; the bare one checks nobody, notes nothing, and
opens the same model file. The clients are plain sockets that stay open.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

import workbench as wb

sys.path.insert(0, str(Path(__file__).parents[1] / "serve"))

from _server import Server, populated

BARE = """
import sys, uvicorn, pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel
import workbench as wb
model = wb.open(sys.argv[1])
app = FastAPI()
class Rows(BaseModel):
    rows: list[dict[str, float | int | bool | str | None]]
@app.post("/score")
def score(asked: Rows):
    found = model.score(pd.DataFrame(asked.rows))
    return [
        {"score": a, "severity": b, "p_value": c, "is_anomaly": d}
        for a, b, c, d in zip(found.scores.tolist(), found.severity.tolist(),
                              found.p_values.tolist(), found.is_anomaly.tolist())
    ]
class Announced(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
Announced(uvicorn.Config(app, port=0, log_level="error")).run()
"""


@contextmanager
def bare(model: Path) -> Iterator[str]:
    """Run a server that only scores; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", BARE, str(model)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}/score"
    process.terminate()
    process.wait(30)
    process.stdout.close()


async def _client(
    url: str, body: bytes, headers: str, end: float, seconds: list[float], failed: list[bytes]
) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n{headers}\r\n"
    ).encode()
    while time.perf_counter() < end:
        start = time.perf_counter()
        writer.write(head + body)
        told = await reader.readuntil(b"\r\n\r\n")
        length = int(told.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        seconds.append(time.perf_counter() - start)
        if b" 200 " not in told.split(b"\r\n")[0] + b" ":
            failed.append(told)
    writer.close()


async def load(url: str, body: bytes, headers: str, clients: int, lasts: float) -> dict[str, float]:
    """Ask for a while from several clients; return what came of it."""
    seconds: list[float] = []
    failed: list[bytes] = []
    end = time.perf_counter() + lasts
    await asyncio.gather(
        *(_client(url, body, headers, end, seconds, failed) for _ in range(clients))
    )
    return {
        "rate": len(seconds) / lasts,
        "p99": 1000 * statistics.quantiles(seconds, n=100)[98] if len(seconds) > 100 else np.nan,
        "failed": len(failed),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(5000, 10)), columns=[f"x{n}" for n in range(10)])
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "home") as server:
        team = populated(server)
        with wb.connect(team.url, team.tokens["analyst"]) as analyst:
            model = analyst.save(analyst.detect(analyst.load(frame, name="x"), "iforest"), "x")
            path = model.download(Path(folder) / "x.wb")
        header = f"authorization: Bearer {team.tokens['analyst']}\r\n"
        ours = f"{team.url}/api/v1/models/{model.id}/score"
        with bare(path) as theirs:
            for rows in (1, 1000):
                lines = frame.head(rows).to_dict("records")
                body = json.dumps({"rows": lines}).encode()
                rates: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
                for _ in range(asked.rounds):
                    for name, url, more in (("ours", ours, header), ("bare", theirs, "")):
                        made = asyncio.run(load(url, body, more, asked.clients, asked.seconds))
                        rates[name].append(made)
                told = {
                    name: {key: statistics.median(one[key] for one in found) for key in found[0]}
                    for name, found in rates.items()
                }
                own, other = told["ours"], told["bare"]
                print(
                    f"{rows:5d} rows, {asked.clients} clients: {own['rate']:8.1f} a second, bare "
                    f"{other['rate']:8.1f}, ratio {own['rate'] / other['rate']:.2f}; p99 "
                    f"{own['p99']:.0f} ms, bare {other['p99']:.0f} ms; failed {own['failed']:.0f}"
                )


if __name__ == "__main__":
    main()
