"""Detectors for graphs on real ones with anomalies put in, beside PyGOD run by itself.

Usage: python -m tests.benchmarks.graph [--seeds 5] [--without-pygod]

Prints ROC-AUC: of cliques against usual nodes, of swapped attributes against usual nodes, and of
both together; means over seeds, and over the graphs. Nodes' names and kinds of anomalies are never
shown to a detector.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import Any

import numpy as np

import workbench as wb
from tests.benchmarks._graphs import GRAPHS, inject
from workbench.core.network import STRUCTURE
from workbench.detectors import DETECTORS
from workbench.metrics.points import roc_auc

LIGHT = ("auto", "oddball", "neighbour_contrast", "pagerank", "iforest", "ecod", "average")
#: In a graph as small as the novel's, fewer anomalies.
FEW: dict[str, Any] = {"clique": 6, "cliques": 1, "swapped": 6}
SMALL = 150
Values = dict[str, dict[str, list[tuple[float, float, float]]]]


def judged(scores: np.ndarray, cliques: np.ndarray, swapped: np.ndarray) -> tuple[float, ...]:
    """Return ROC-AUC of cliques, of swapped attributes, and of both."""
    return (
        roc_auc(cliques[swapped == 0], scores[swapped == 0]),
        roc_auc(swapped[cliques == 0], scores[cliques == 0]),
        roc_auc(cliques | swapped, scores),
    )


def direct_scores(short: str, found: wb.Detection, seed: int) -> np.ndarray:
    """Return what PyGOD by itself says of the same attributes."""
    import pygod.detector

    from tests.detectors._pygod_direct import direct

    kind: Any = DETECTORS.get(f"pygod:{short}")
    matrix = found.matrix
    own = [at for at, owner in enumerate(matrix.owner) if matrix.features[owner] not in STRUCTURE]
    theirs = getattr(pygod.detector, kind.member.source.partition(":")[2])
    assert found.network is not None
    return direct(theirs, matrix.values[:, own], found.network, seed)


def measure(seeds: int, pygod: bool) -> tuple[Values, dict[str, float]]:
    """Return the figures by detector and graph, and the seconds of each detector."""
    members = [name for name in DETECTORS.names() if name.startswith("pygod:")] if pygod else []
    values: Values = {}
    seconds: dict[str, float] = {}

    def note(name: str, graph: str, scores: np.ndarray, began: float) -> None:
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
        values.setdefault(name, {}).setdefault(graph, []).append(judged(scores, *odd))  # type: ignore[arg-type]

    for graph, make in GRAPHS.items():
        plain = make()
        few = FEW if len(plain) < SMALL else {}
        for seed in range(seeds):
            made, *odd = inject(plain, seed, **few)
            data = wb.load(made)
            for name in (*LIGHT, *members):
                began = time.perf_counter()
                found = wb.detect(data, name, random_state=seed)
                note(name, graph, found.scores.to_numpy(), began)
                if name.startswith("pygod:"):
                    short, began = name.partition(":")[2], time.perf_counter()
                    note(f"{short} by itself", graph, direct_scores(short, found, seed), began)
    return values, seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--without-pygod", action="store_true")
    asked = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, seconds = measure(asked.seeds, not asked.without_pygod)
    print(f"ROC-AUC: cliques / swapped attributes / both; means of {asked.seeds} seeds")
    print(f"{'':24}" + "".join(f"{graph:>20}" for graph in GRAPHS) + f"{'mean':>8}{'seconds':>9}")
    for name, by in values.items():
        means = {graph: np.mean(lines, axis=0) for graph, lines in by.items()}
        cells = "".join(f"{'/'.join(f'{one:.3f}' for one in line):>20}" for line in means.values())
        both = np.mean([line[2] for line in means.values()])
        print(f"{name:24}{cells}{both:8.3f}{seconds[name]:9.1f}")


if __name__ == "__main__":
    main()
