"""Real graphs from installed packages, and anomalies put into them as PyGOD's generator does."""

from __future__ import annotations

import collections
import itertools
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

__all__ = ["GRAPHS", "inject"]

#: Actors, or the director, that two films have in common to be joined.
FEWEST_PEOPLE = 3


def airports() -> nx.Graph:
    """Airports of the United States, joined by routes; place, altitude and time zone are known."""
    from bokeh_sampledata import package_path

    ports = pd.read_csv(package_path("airports.csv")).set_index("IATA")
    routes = pd.read_csv(package_path("routes.csv.gz"))
    graph = nx.Graph()
    graph.add_edges_from(
        (a, b)
        for a, b in zip(routes["Source"], routes["Destination"], strict=True)
        if a in ports.index and b in ports.index and a != b
    )
    for name in graph:
        one = ports.loc[name]
        graph.nodes[name].update(
            latitude=float(one["Latitude"]),
            longitude=float(one["Longitude"]),
            altitude=float(one["Altitude"]),
        )
    return graph


def novel() -> nx.Graph:
    """Who meets whom in Les Misérables, and the part of the book in which they appear."""
    from bokeh_sampledata import package_path

    told = json.loads(package_path("les_mis.json").read_text(encoding="utf-8"))
    graph = nx.Graph()
    for place, one in enumerate(told["nodes"]):
        graph.add_node(place, **{f"part_{k}": float(one["group"] == k) for k in range(10)})
    graph.add_weighted_edges_from((x["source"], x["target"], x["value"]) for x in told["links"])
    return graph


def films() -> nx.Graph:
    """Films that many reviewed, joined where they share several people."""
    from bokeh_sampledata import package_path

    with sqlite3.connect(f"file:{package_path('movies.db')}?mode=ro", uri=True) as database:
        table = pd.read_sql_query(
            'select omdb.ID, Year, Runtime, Director, "Cast", Meter, Reviews from omdb '
            "join tomatoes on omdb.ID = tomatoes.ID where Reviews >= 150",
            database,
        ).dropna()
    graph, by = nx.Graph(), {}
    for line in table.itertuples():
        graph.add_node(
            line.ID, year=float(line.Year), runtime=float(line.Runtime),
            meter=float(line.Meter), reviews=float(line.Reviews),
        )  # fmt: skip
        cast = {name for name in str(line.Cast).split(", ") if name}
        for person in {f"director {line.Director}", *cast}:
            by.setdefault(person, []).append(line.ID)
    shared = collections.Counter(
        pair for films in by.values() for pair in itertools.combinations(films, 2)
    )
    graph.add_edges_from(pair for pair, people in shared.items() if people >= FEWEST_PEOPLE)
    return graph.subgraph(max(nx.connected_components(graph), key=len)).copy()


GRAPHS: dict[str, Callable[[], nx.Graph]] = {"airports": airports, "films": films, "novel": novel}


def inject(
    graph: nx.Graph, seed: int, clique: int = 10, cliques: int = 2, swapped: int = 20, k: int = 50
) -> tuple[nx.Graph, np.ndarray, np.ndarray]:
    """Put in cliques among random nodes, and attributes of the most unlike of ``k`` others.

    As in Ding et al., SDM 2019, and PyGOD's generator.

    Returns
    -------
    graph, structural, contextual
        The graph with label-free nodes, and which of them are odd in which way.
    """
    random = np.random.default_rng(seed)
    made, nodes = graph.copy(), list(graph)
    chosen = random.permutation(len(nodes))[: clique * cliques + swapped]
    groups = np.split(chosen[: clique * cliques], cliques)
    for group in groups:
        made.add_edges_from(itertools.combinations([nodes[place] for place in group], 2))
    for _, _, about in made.edges(data=True):
        about.setdefault("weight", 1.0)
    known: Any = pd.DataFrame([graph.nodes[node] for node in nodes])
    scaled = ((known - known.mean()) / known.std(ddof=0)).to_numpy()
    for place in chosen[clique * cliques :]:
        others = random.choice(len(nodes), min(k, len(nodes)), replace=False)
        far = others[np.argmax(((scaled[others] - scaled[place]) ** 2).sum(axis=1))]
        made.nodes[nodes[place]].update(graph.nodes[nodes[far]])
    structural, contextual = np.zeros((2, len(nodes)), dtype=int)
    structural[chosen[: clique * cliques]] = 1
    contextual[chosen[clique * cliques :]] = 1
    return made, structural, contextual
