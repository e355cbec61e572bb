"""What the gallery shows: small real results, found once and kept."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["comparison", "detection", "graph", "incidents", "phase", "points"]


def phase(state: Any, case: str, nothing: str) -> bool:
    """Put a state into the phase that a case asks for; return whether that was all."""
    if case == "loading":
        state.wait("Scoring 10,080 rows …")
    elif case == "error":
        state.fail("Column 'tmep' is not in pump.csv. Did you mean 'temp'? Choose another column.")
    elif case == "empty":
        state.blank(nothing)
    return case in ("loading", "error", "empty")


@cache
def detection(case: str = "many") -> Any:
    """Return a detection: "many" is a pump's 10,080 rows, "few" its worst 60."""
    from workbench.workflow.dataset import load
    from workbench.workflow.detecting import detect

    data = load("sample:pump")
    if case == "few":
        frame = data.frame.iloc[5290:5350].reset_index(drop=True)
        data = load(frame, time=data.time)
        return detect(data, "mcd")
    return detect(data, "seasonal_residual")


@cache
def comparison(case: str = "many") -> Any:
    """Return a comparison of six detectors, or of two."""
    from workbench.workflow.comparing import compare

    names = ["ecod", "iforest", "knn", "pca", "hbos", "copod"]
    return compare("sample:breast-cancer", names if case == "many" else names[:2])


@cache
def graph(case: str = "many") -> Any:
    """Return a detection in a graph: "many" is a novel's 77 characters, "few" a ring of twelve."""
    import networkx as nx

    from workbench.workflow.dataset import load
    from workbench.workflow.detecting import detect

    if case == "many":
        return detect(load("sample:les-miserables"), contamination=0.12)
    ring = nx.circulant_graph(12, [1, 2])
    for node in ring:
        ring.nodes[node]["pressure"] = 4.0 + 0.1 * (node % 3)
    ring.nodes[7]["pressure"] = 9.0
    named = nx.relabel_nodes(ring, lambda node: f"pump {node + 1}")
    return detect(load(named), "neighbour_contrast", contamination=0.1)


@cache
def points(case: str = "many") -> Any:
    """Return scored points of a stream: "many" has four pumps over four hours, "few" one."""
    import numpy as np

    from workbench.detectors.ewma import Ewma
    from workbench.streams.judging import Judging
    from workbench.streams.records import Records
    from workbench.streams.scoring import Scorer

    pumps, rows = (4, 14_400) if case == "many" else (1, 600)
    rng = np.random.default_rng(5)
    step = np.arange(rows)
    flow = 12.0 + np.sin(step / 300.0) + rng.normal(0.0, 0.3, rows)
    heat = 61.0 + rng.normal(0.0, 0.8, rows)
    flow[rows - 500 : rows - 470] -= 6.0
    heat[rows - 200 : rows - 190] += 9.0
    entity = np.array(
        [f"pump {1 + one}" if pumps > 1 else "" for one in range(pumps)], dtype=object
    )
    time = 1_772_600_000_000_000 + step * 1_000_000
    records = Records(
        time, entity[step % pumps], np.full(rows, "", dtype=object), np.column_stack([flow, heat])
    )
    scorer = Scorer(("flow", "heat"), Ewma, Judging())
    return scorer.step(records)


def incidents(case: str = "many") -> Any:
    """Return incidents: "many" has four in different states, "few" one."""
    from datetime import UTC, datetime, timedelta

    from workbench.core.incident import Incident

    began = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    told = {
        "text": "flow is 5.6, expected 11.1 to 13.4.", "score": 18.2, "threshold": 4.1,
        "actual": {"flow": 5.6, "heat": 61.2}, "parts": {"flow": 16.9, "heat": 1.3},
        "expected": {"flow": [11.1, 13.4], "heat": [58.0, 64.0]},
    }  # fmt: skip
    made = []
    for place, (severity, state, kind, entity) in enumerate(
        [(92, "open", "anomaly", "pump 2"), (61, "acknowledged", "anomaly", "pump 1"),
         (35, "snoozed", "stuck", "pump 4"), (55, "resolved", "missing", "")]
    ):  # fmt: skip
        at = datetime.now(UTC) - timedelta(minutes=3 + 40 * place)
        words = {"anomaly": "Odd values", "stuck": "Stuck sensor", "missing": "No data"}[kind]
        detail = told if kind == "anomaly" else {"text": f"{words} for nine minutes."}
        made.append(
            Incident(
                f"{place:032x}", "m", f"{kind}:{entity}", kind, words, state, float(severity),
                3 + place, began, began + timedelta(minutes=9), at, at, None, None, "",
                "u" if state == "acknowledged" else None, detail, "o", entity,
            )
        )  # fmt: skip
    return made if case == "many" else made[:1]
