"""What a monitor saw, as data to learn from; and a challenger of the model that watches."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import NotAllowed, ParameterError
from workbench.core.incident import Incident
from workbench.core.progress import Progress
from workbench.core.registry import DataVersion, KeptData
from workbench.registry import detections, models
from workbench.registry._access import check_name
from workbench.registry._tables import kept_table
from workbench.registry.datasets import keep_data, open_data
from workbench.registry.incidents import list_incidents
from workbench.registry.monitors import MOST_POINTS, find_monitor, monitor_points
from workbench.team.access import Identity, allow, may
from workbench.team.doer import Doer

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.points import Points

__all__ = ["LABEL", "check_retraining", "keep_watched", "retrain"]

#: Column that says which rows people found to be anomalies.
LABEL = "was_anomaly"
#: Labelled anomalies from which on two models are compared by them, and how much better a
#: challenger must be to be promoted by itself (average precision).
FEWEST_LABELLED, BETTER = 5, 0.01
FEWEST_ROWS = 100


def keep_watched(
    who: Identity,
    monitor: str,
    *,
    name: str = "",
    rows: int = MOST_POINTS,
    kind: str = "",
    by: Doer,
) -> tuple[KeptData, DataVersion]:
    """Keep the newest records that a monitor scored as data, with what people said of them.

    Anomalous records of incidents that were resolved as "true" get the label 1, all others 0;
    where nobody judged an incident of theirs, there is no label.

    Parameters
    ----------
    who : Identity
    monitor : str
    name : str
    rows : int
        At most.
    kind : {"", "tabular", "series"}
        What the data are taken for; by default what they look like.
    by : Doer

    Raises
    ------
    ParameterError
        It has scored too few records.
    """
    allow(who, "datasets:write")
    one = find_monitor(who, monitor)
    points = monitor_points(who, monitor, -min(rows, MOST_POINTS), min(rows, MOST_POINTS))
    if points is None or len(points) < FEWEST_ROWS:
        raise ParameterError(f"'{one.name}' has scored fewer than {FEWEST_ROWS} records.")
    frame = _frame(points, _judged(who, monitor))
    roles = {"time": "time", "label": LABEL if LABEL in frame else None}
    roles |= {"entity": "entity"} if "entity" in frame else {}
    roles |= {"kind": kind} if kind else {}
    source = {"kind": "monitor", "monitor": monitor, "first": points.start}
    title = check_name(name or f"{one.name}, {frame['time'].max():%Y-%m-%d %H:%M}"[:120])
    digest = kept_table(frame)
    return keep_data(who, title, digest, "watched.parquet", roles=roles, source=source, by=by)


def _judged(who: Identity, monitor: str) -> list[Incident]:
    after, found = "", []
    while True:
        page = list_incidents(
            who, monitor=monitor, states=["resolved"], kind="anomaly", sort="-opened", limit=200,
            after=after,
        )  # fmt: skip
        found += [one for one in page.items if one.outcome]
        after = page.next
        if not after:
            return found


def _frame(points: Points, judged: list[Incident]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {"time": pd.to_datetime(points.time, utc=True)}
    if len(set(points.entity)) > 1:
        columns["entity"] = points.entity
    columns |= {name: points.values[:, at] for at, name in enumerate(points.features)}
    frame = pd.DataFrame(columns)
    if judged:
        label = np.zeros(len(points), dtype=int)
        for one in judged:
            ends = [
                np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
                for at in (one.started, one.latest)
            ]
            inside = (points.time >= ends[0]) & (points.time <= ends[1]) & points.anomalous
            if one.entity:
                inside &= points.entity == one.entity
            if one.outcome == "true":
                label[inside] = 1
        frame[LABEL] = label
    return frame


def check_retraining(who: Identity, monitor: str) -> str:
    """Return the model of a monitor that somebody may retrain.

    Raises
    ------
    NotAllowed, NotFound
        They may not.
    ParameterError
        The monitor's detector learns by itself.
    """
    allow(who, "detections:run")
    allow(who, "models:write")
    one = find_monitor(who, monitor)
    if one.detector != "model":
        raise ParameterError(
            f"'{one.detector}' learns from each record: there is nothing to retrain. Change the "
            "monitor's rules to begin anew."
        )
    return str(one.params["model"])


def retrain(
    who: Identity, monitor: str, progress: Progress, *, promote: bool = False, by: Doer
) -> dict[str, Any]:
    """Fit the model of a monitor anew on what it saw lately, and compare the two.

    The challenger has the detector and the parameters of the model in use. It is kept as the next
    version, a candidate: a person promotes it, or it is promoted at once where that is asked for
    and the labelled records say that it is better.

    Parameters
    ----------
    who : Identity
    monitor : str
    progress : Progress
    promote : bool
        Whether it is promoted where it is better by :data:`BETTER` of average precision, on at
        least :data:`FEWEST_LABELLED` labelled anomalies.
    by : Doer

    Returns
    -------
    dict
        ``model``, ``version``, ``dataset``, ``comparison``, ``promoted``.
    """
    model = check_retraining(who, monitor)
    if promote and not may(who, "models:promote"):
        raise NotAllowed("Promoting needs the permission 'models:promote'.")
    champion = models.open_model_version(who, model, None)
    progress.step(0.05, "gathering what the monitor saw")
    data, version = keep_watched(who, monitor, kind=champion.kind, by=by)
    asked = detections.Request(
        data.id, version.number, champion.detector, f"challenger on {data.name}"[:120],
        dict(champion.params),
    )  # fmt: skip
    kept = detections.run_detection(who, asked, progress.part(0.1, 0.7), by=by)
    _, made = models.register(who, kept.id, model=model, note=f"retrained on {data.name}", by=by)
    progress.step(0.8, "comparing it with the model in use")
    challenger = models.open_model_version(who, model, made.number)
    told = _compared(champion, challenger, open_data(who, data.id, version.number))
    better = told["average_precision"] is not None and (
        told["average_precision"][1] >= told["average_precision"][0] + BETTER
    )
    if promote and better:
        models.promote(who, model, made.number, by=by)
    return {
        "model": model, "version": made.number, "dataset": data.id, "comparison": told,
        "promoted": promote and better,
    }  # fmt: skip


def _compared(champion: Any, challenger: Any, data: Any) -> dict[str, Any]:
    """Return how two models stand on the same records: champion first."""
    from workbench.metrics.agreement import rank_correlation
    from workbench.metrics.points import average_precision

    found = [one.score(data) for one in (champion, challenger)]
    scores = [one.scores.to_numpy() for one in found]
    labels = data.frame[LABEL].to_numpy() if LABEL in data.frame else np.zeros(0)
    labelled = int(labels.sum())
    measured = None
    if labelled >= FEWEST_LABELLED:
        measured = [float(average_precision(labels, one)) for one in scores]
    return {
        "rows": len(data.frame),
        "labelled_anomalies": labelled,
        "average_precision": measured,
        "flagged": [float(one.is_anomaly.mean()) for one in found],
        "rank_correlation": float(rank_correlation(*scores)),
    }
