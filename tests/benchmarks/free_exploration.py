"""Memory and time of free exploration: ``python tests/benchmarks/free_exploration.py [ROWS]``.

Ten million rows by default: both plots are drawn, a box is selected in one, both are drawn again.
Prints the seconds of each step and the highest memory of the process.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from workbench.charts.free_exploration import FreeExploration, free_exploration


def made(rows: int) -> pd.DataFrame:
    """Return a minute-wise course of two columns."""
    rng = np.random.default_rng(0)
    heat = rng.normal(0, 1, rows).astype(np.float32)
    flow = (0.7 * heat + rng.normal(0, 0.6, rows)).astype(np.float32)
    times = pd.date_range("2010-01-01", periods=rows, freq="min")
    return pd.DataFrame({"time": times, "heat": heat, "flow": flow}, copy=False)


def drawn(plots: FreeExploration) -> list[Any]:
    """Render both plots as a page does; keep them, so that a selection draws them again."""
    import holoviews as hv

    return [hv.renderer("bokeh").get_plot(plot) for plot in plots.plots]


def told(step: str, work: Callable[[], Any]) -> Any:
    """Do a step and print how long it took and the memory so far."""
    began = time.perf_counter()
    result = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{step:<28} {time.perf_counter() - began:6.1f} s   peak {peak:5.2f} GiB", flush=True)
    return result


def select(plots: FreeExploration) -> int:
    """Select a box of the plane, as a person drags it, and return the rows inside."""
    import holoviews as hv

    x, y = (str(dimension) for dimension in plots.data.kdims[:2])
    plots.link.selection_expr = (hv.dim(x) > 1) & (hv.dim(y) > 1)
    return len(plots.rows())


def main() -> None:
    """Print a line for each step."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    frame = told(f"{rows:,d} rows in memory", lambda: made(rows))
    for over, name in (("time", "plane and time"), (None, "plane and histogram")):
        plots = told(name, lambda over=over: free_exploration(frame, "heat", "flow", over))
        kept = told("  drawn", lambda plots=plots: drawn(plots))
        count = told("  selected, drawn again", lambda plots=plots: select(plots))
        print(f"  {count:,d} rows selected; drawn by Datashader: {plots.shaded}")
        del kept, plots


if __name__ == "__main__":
    main()
