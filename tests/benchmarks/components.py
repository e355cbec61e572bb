"""Server work of the components at a million points: ``python tests/benchmarks/components.py``.

For each: what a brush or a zoom costs on the server, beside rendering anew (``show``: sort, thin,
pack all points) and beside packing every point without thinning.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.view.components._pack import parcel
from workbench.view.components.heatmap import HeatmapState
from workbench.view.components.lanes import LanesState
from workbench.view.components.scatter import ScatterState
from workbench.view.components.scores import ScoresState

POINTS = 1_000_000
ROUNDS = 9


def milliseconds(work: Callable[[], Any]) -> float:
    """Return the median time of a piece of work."""
    work()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def wishes(state: Any) -> dict[str, Callable[[], Any]]:
    """Return what a person does, as the browser asks for it."""
    seq = iter(range(1, 10**6))

    def ask(what: str, **more: Any) -> None:
        state.asked = {"what": what, "seq": next(seq), **more}

    if isinstance(state, ScatterState):
        ring = [[np.cos(t), np.sin(t)] for t in np.linspace(0, 2 * np.pi, 100)]
        corners = [[float(a), float(b)] for a, b in ring]
        return {
            "lasso": lambda: ask("lasso", points=corners),
            "box": lambda: ask("box", x=[-1, 1], y=[-1, 1]),
            "zoom": lambda: ask("window", x=[-1, 1], y=[-1, 1]),
        }
    low, high = state.extent
    near, far = low + 0.3 * (high - low), low + 0.6 * (high - low)
    return {
        "brush": lambda: (ask("brush", range=[near, far]), state.rows),
        "zoom": lambda: ask("window", start=near, stop=far, width=1200),
    }


def main() -> None:
    """Print one line for each component and act."""
    rng = np.random.default_rng(0)
    severity = rng.uniform(0, 3, (8, POINTS)).astype(np.float32)
    scores = rng.normal(0, 1, POINTS)
    x = np.arange(POINTS, dtype=float)
    lanes, line, heat, plane = LanesState(), ScoresState(), HeatmapState(), ScatterState()
    names = tuple(f"f{i}" for i in range(8))
    lanes.show(names, severity, scores, threshold=3.0)
    line.show(scores, threshold=3.0)
    heat.show(names, severity)
    other = rng.normal(0, 1, POINTS)
    plane.show(scores, other)
    again = {
        "lanes": lambda: lanes.show(names, severity, scores, threshold=3.0),
        "scores": lambda: line.show(scores, threshold=3.0),
        "heatmap": lambda: heat.show(names, severity),
        "scatter": lambda: plane.show(scores, other),
    }
    single = scores.astype("f4")
    everything = {
        "lanes": lambda: parcel({}, x=x, y=single, s=severity.ravel()),
        "scores": lambda: parcel({}, x=x, y=single),
        "heatmap": lambda: parcel({}, x=x, s=severity.ravel()),
        "scatter": lambda: parcel({}, x=single, y=single),
    }
    print(f"{POINTS:,d} points; medians of {ROUNDS}")
    for name, state in zip(everything, (lanes, line, heat, plane), strict=True):
        message = len(everything[name]())
        whole, anew = milliseconds(everything[name]), milliseconds(again[name])
        print(f"{name}: anew {anew:.1f} ms; packing all {whole:.1f} ms, {message / 1e6:.1f} MB")
        for what, act in wishes(state).items():
            part = milliseconds(act)
            sent = f"{len(state.frame) / 1e3:,.0f} kB sent" if what == "zoom" else "nothing packed"
            print(f"  {what:<6} {part:7.2f} ms = 1/{anew / part:,.0f} of anew; {sent}")


if __name__ == "__main__":
    main()
