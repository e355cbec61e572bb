"""Pictures of what detectors see: scores in a plane, along a short series, and in a graph.

Each picture is drawn twice, for the light and for the dark theme, and kept in
``docs/_build/figures`` under a name that changes with the code of the detectors.
"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np

FIGURES = Path(__file__).parents[1] / "_build" / "figures"
THEMES = {
    "light": {"ink": "#3c4043", "line": "#1565c0", "low": "#ffffff", "high": "#e6550d",
              "point": "#2b4a66", "odd": "#7a0177"},
    "dark": {"ink": "#cfd5da", "line": "#90caf9", "low": "#131416", "high": "#d95f0e",
             "point": "#b9cbdc", "odd": "#ffffe5"},
}  # fmt: skip
STEPS = 56


def code_mark() -> str:
    """Return a mark that changes with the code that scores or draws."""
    package = Path(__file__).parents[2] / "workbench"
    files = [Path(__file__)]
    for room in ("detectors", "tuning", "preparation"):
        files += sorted((package / room).rglob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def plane() -> tuple[np.ndarray, np.ndarray]:
    """Return 200 points: a dense and a loose group, a band, six far ones; and which are far."""
    random = np.random.default_rng(5)
    dense = random.normal([-1.1, 0.9], 0.16, (70, 2))
    loose = random.normal([0.9, 0.7], 0.38, (70, 2))
    along = random.uniform(-1.4, 1.3, 54)
    band = np.column_stack([along, 0.35 * along - 1.1 + random.normal(0, 0.09, 54)])
    far = [[-0.1, 0.2], [-1.9, -0.3], [1.9, -1.6], [-0.3, 1.9], [-1.1, 1.7], [1.4, -0.2]]
    return np.vstack([dense, loose, band, far]), np.repeat([False, True], [194, len(far)])


def wave() -> tuple[np.ndarray, np.ndarray]:
    """Return 320 readings with a rhythm, a spike and a cycle of another shape; and which."""
    random = np.random.default_rng(3)
    steps = np.arange(320)
    values = np.sin(steps * 2 * np.pi / 24) + random.normal(0, 0.08, len(steps))
    odd = np.zeros(len(steps), dtype=bool)
    values[92] += 2.2
    odd[92] = True
    stretch = slice(216, 240)
    values[stretch] = 1.1 * np.sin(steps[stretch] * 2 * np.pi / 8) + random.normal(0, 0.08, 24)
    odd[stretch] = True
    return values, odd


def town() -> tuple[np.ndarray, Any, np.ndarray]:
    """Return attributes and edges of 60 nodes in three groups, and which eight are odd.

    One has the attribute of another group; seven of all groups form a clique.
    """
    from itertools import combinations

    import networkx as nx

    from workbench.core.network import Network

    random = np.random.default_rng(4)
    graph = nx.random_partition_graph([20, 20, 20], 0.16, 0.004, seed=4)
    odd = np.array([7, 3, 16, 24, 35, 38, 48, 56])
    graph.add_edges_from(combinations(odd[1:].tolist(), 2))
    X = np.repeat([0.0, 1.0, 2.0], 20) + random.normal(0, 0.08, 60)
    X[7] = 2.0
    return X[:, None], Network.of(60, *np.array(graph.edges).T), odd


def draw(name: str, kind: Any, mark: str) -> tuple[Path, Path, str] | None:
    """Return the pictures of a detector, light and dark, and a text for those who see none.

    None where it needs an extra: these pages are made without.
    """
    if kind.tags.extra:
        return None
    slug = name.replace(":", "-")
    paths = tuple(FIGURES / f"{slug}-{theme}-{mark}.png" for theme in THEMES)
    graph = kind.tags.kinds == ("graph",)
    series = not graph and "tabular" not in kind.tags.kinds
    if not all(path.exists() for path in paths):
        FIGURES.mkdir(parents=True, exist_ok=True)
        for old in FIGURES.glob(f"{slug}-*.png"):
            if old.name.removesuffix(".png").split("-")[-2] in THEMES and (
                old.name.startswith((f"{slug}-light", f"{slug}-dark"))
            ):
                old.unlink()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (_graph if graph else _series if series else _plane)(kind, paths)
    shown = (
        "A short series with a spike and an odd cycle, marked; below it the score of each point."
        if series
        else "Points in a plane, six of them far from the groups; the darker or warmer the ground, "
        "the more a row there would score."
    )
    if graph:
        shown = (
            "A graph of three groups with a node of another group's attribute and a clique across "
            "the groups, marked; the larger and warmer a node, the more it scores."
        )
    return paths[0], paths[1], shown


def _graph(kind: Any, paths: tuple[Path, ...]) -> None:
    from workbench.charts.node_places import node_places

    X, network, odd = town()
    scores = kind.create().fit_score(X, network=network)
    share = (scores - scores.min()) / (np.ptp(scores) or 1.0)
    x, y = node_places(network)
    ends = np.array([network.start, network.end])
    for path, colours in zip(paths, THEMES.values(), strict=True):
        figure, plot = _figure(4.6, 3.6)
        plot.plot(x[ends], y[ends], color=colours["point"], linewidth=0.5, alpha=0.4, zorder=1)
        ramp = _ramp(colours["point"], colours["high"], 8)
        shades = [(*ramp[round(7 * part)][:3], 1.0) for part in share]
        plot.scatter(x, y, s=14 + 150 * share, color=shades, linewidths=0, zorder=2)
        plot.scatter(
            x[odd], y[odd], s=300, facecolor="none", edgecolor=colours["odd"], linewidths=1.4,
            zorder=3,
        )  # fmt: skip
        plot.set_xticks([])
        plot.set_yticks([])
        plot.set_frame_on(False)
        plot.margins(0.08)
        figure.savefig(path, dpi=130, transparent=True)


def _plane(kind: Any, paths: tuple[Path, ...]) -> None:
    points, odd = plane()
    axis = np.linspace(-2.4, 2.4, STEPS)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    fitted = kind.create().fit(points)
    scores = fitted.decision_function(np.vstack([grid, points]))
    # By rank among the points: detectors have scales of their own.
    known = np.sort(scores[len(grid) :])
    ground = np.searchsorted(known, scores[: len(grid)], side="right") / len(known)
    for path, colours in zip(paths, THEMES.values(), strict=True):
        figure, plot = _figure(4.2, 3.8)
        plot.contourf(
            axis, axis, ground.reshape(STEPS, STEPS), levels=np.linspace(0, 1, 9),
            colors=_ramp(colours["low"], colours["high"], 8),
        )  # fmt: skip
        plot.scatter(*points[~odd].T, s=9, color=colours["point"], linewidths=0)
        plot.scatter(*points[odd].T, s=42, marker="D", color=colours["odd"], linewidths=0)
        plot.set_xticks([])
        plot.set_yticks([])
        plot.set_frame_on(False)
        figure.savefig(path, dpi=130, transparent=True)


def _series(kind: Any, paths: tuple[Path, ...]) -> None:
    from workbench.detectors._windowed import for_series

    values, odd = wave()
    steps = np.arange(len(values))
    judge = for_series(kind.create(), None)
    scores = judge.fit_score(values.reshape(-1, 1), time=steps.astype(float))
    for path, colours in zip(paths, THEMES.values(), strict=True):
        figure, (above, below) = _figure(6.6, 3.4, rows=2)
        above.plot(steps, values, color=colours["point"], linewidth=1.2)
        above.scatter(steps[odd], values[odd], s=16, marker="D", color=colours["odd"], zorder=3)
        below.fill_between(steps, scores, scores.min(), color=colours["high"], linewidth=0)
        for plot, word in ((above, "value"), (below, "score")):
            plot.set_ylabel(word, color=colours["ink"])
            plot.set_xticks([])
            plot.set_yticks([])
            plot.margins(x=0.01)
            plot.spines[:].set_visible(False)
        figure.savefig(path, dpi=130, transparent=True)


def _figure(width: float, height: float, rows: int = 1) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, 1, sharex=rows > 1)


def _ramp(low: str, high: str, count: int) -> list[tuple[float, ...]]:
    from matplotlib.colors import to_rgb

    shares = np.linspace(0.0, 1.0, count) ** 1.5
    first, last = np.array(to_rgb(low)), np.array(to_rgb(high))
    return [(*((1 - share) * first + share * last), 0.05 + 0.6 * share) for share in shares]
