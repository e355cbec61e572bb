"""Samples: small tables that come with the workbench and need no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from workbench.core.errors import UnknownName, suggest
from workbench.sources.base import RawTable, Source, scheme_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.network import Network

__all__ = ["SAMPLES", "Sample", "SampleInfo"]


@dataclass(frozen=True)
class SampleInfo:
    """What a sample is, and where it comes from."""

    name: str
    rows: int
    kind: str
    description: str
    licence: str
    origin: str


SAMPLES: tuple[SampleInfo, ...] = (
    SampleInfo(
        "breast-cancer",
        376,
        "tabular",
        "Cell nuclei from breast biopsies in 30 measures; 19 malignant ones are the anomalies.",
        "CC BY 4.0",
        "Wisconsin Diagnostic Breast Cancer, UCI, doi:10.24432/C5DW2B; bundled with scikit-learn",
    ),
    SampleInfo(
        "glucose",
        52281,
        "series",
        "Blood glucose of one person, measured every few minutes, with gaps and odd readings.",
        "Public domain",
        "bokeh_sampledata",
    ),
    SampleInfo(
        "les-miserables",
        77,
        "graph",
        "Who meets whom in Les Misérables: one row a character, with what the network says of it.",
        "Stanford GraphBase (free to use, renamed derivative)",
        "D. E. Knuth, The Stanford GraphBase, 1993; bokeh_sampledata",
    ),
    SampleInfo(
        "pump",
        10080,
        "series",
        "Ten weeks of a made-up water pump in five channels, with nine known faults after week 3.",
        "BSD-3-Clause",
        "made by workbench.sources._pump with seed 7",
    ),
    SampleInfo(
        "sea-temperature",
        19226,
        "series",
        "Temperature of the Gulf of Maine at buoy B01, every half hour or hour.",
        "free to use and redistribute",
        "NERACOOS station B01 (University of Maine); bokeh_sampledata",
    ),
    SampleInfo(
        "service-log",
        1000,
        "text",
        "What a made-up web shop logs, a request a row; in 17 of them something goes wrong.",
        "BSD-3-Clause",
        "made by workbench.sources._service_log with seed 11",
    ),
)


class Sample(Source):
    """Load a ready table to try things on: ``sample:pump`` and five more, offline."""

    name: ClassVar[str] = "sample"
    schemes: ClassVar[tuple[str, ...]] = ("sample",)

    def accepts(self, source: Any) -> bool:
        """Return whether ``source`` begins with ``sample:``."""
        return scheme_of(source) == "sample"

    def read(self, source: Any) -> RawTable:
        """Load the sample that ``source`` names.

        Raises
        ------
        UnknownName
            There is no such sample.
        """
        name = str(source).partition(":")[2].lower()
        known = {sample.name: sample for sample in SAMPLES}
        if name not in known:
            raise UnknownName(
                f"There is no sample '{name}'.{suggest(name, known)} Known: {', '.join(known)}."
            )
        made = _MAKERS[name]()
        roles = {"kind": known[name].kind, **made.roles}
        return RawTable(made.frame, f"sample:{name}", made.notices, roles, network=made.network)


class Made(NamedTuple):
    """A sample as its maker gives it."""

    frame: pd.DataFrame
    roles: dict[str, Any]
    notices: tuple[str, ...] = ()
    network: Network | None = None


def _breast_cancer() -> Made:
    """Keep all 357 benign samples and 19 of the 212 malignant ones, drawn with a fixed seed."""
    import numpy as np
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    frame = bunch.data.rename(columns=lambda label: str(label).replace(" ", "_"))
    malignant = np.flatnonzero(bunch.target == 0)
    kept = np.random.default_rng(0).choice(malignant, size=19, replace=False)
    rows = np.sort(np.concatenate([np.flatnonzero(bunch.target == 1), kept]))
    frame = frame.assign(is_anomaly=(bunch.target == 0).to_numpy()).iloc[rows]
    notices = ("Of 212 malignant samples 19 were kept, so that they are rare (5 %).",)
    return Made(frame.reset_index(drop=True), {"label": "is_anomaly"}, notices)


def _pump() -> Made:
    from workbench.sources._pump import pump

    return Made(pump(), {"time": "timestamp", "label": "is_anomaly", "exclude": ["fault"]})


def _glucose() -> Made:
    import pandas as pd

    frame = _bundled("CGM.csv.gz", "datetime")
    signal = pd.to_numeric(frame["isig"], errors="coerce").astype("float64")
    lost = int(signal.isna().sum())
    frame = frame.assign(isig=signal)[["datetime", "glucose", "isig"]]
    told = f"{lost} readings of isig are no numbers: missing."
    return Made(frame, {"time": "datetime"}, (told,))


def _sea_temperature() -> Made:
    frame = _bundled("sea_surface_temperature.csv.gz", "time (UTC)")
    frame.columns = ["time", "temperature"]
    return Made(frame, {"time": "time"})


def _service_log() -> Made:
    import pandas as pd

    from workbench.sources._service_log import service_log

    lines = pd.DataFrame(service_log(), columns=["time", "request", "text", "fault"])
    frame = lines.groupby("request", sort=False).agg(
        time=("time", "first"), records=("text", "size"), text=("text", "\n".join),
        fault=("fault", "max"),
    ).reset_index()  # fmt: skip
    frame["is_anomaly"] = frame["fault"] != ""
    roles = {"time": "time", "label": "is_anomaly", "exclude": ["request", "fault"]}
    return Made(frame, roles)


def _bundled(file: str, time: str) -> pd.DataFrame:
    """Read a file of the installed bokeh_sampledata package; nothing is fetched."""
    import pandas as pd
    from bokeh_sampledata import package_path

    frame = pd.read_csv(package_path(file))
    frame[time] = pd.to_datetime(frame[time])
    return frame


def _les_miserables() -> Made:
    import json

    from bokeh_sampledata import package_path

    from workbench.core.network import Network
    from workbench.sources._graph_features import node_frame

    graph = json.loads(package_path("les_mis.json").read_text(encoding="utf-8"))
    nodes = [node["name"] for node in graph["nodes"]]
    starts, ends, weights = (
        [link[part] for link in graph["links"]] for part in ("source", "target", "value")
    )
    network = Network.of(len(nodes), starts, ends, weights)
    frame = node_frame(nodes, network, label="character")
    return Made(frame, {"exclude": ["character"]}, network=network)


_MAKERS = {
    "breast-cancer": _breast_cancer,
    "glucose": _glucose,
    "les-miserables": _les_miserables,
    "pump": _pump,
    "sea-temperature": _sea_temperature,
    "service-log": _service_log,
}
