"""PyGOD's detectors for graphs that run on a whole graph and say the same again: one table.

``LEFT_OUT`` says which are not here, and why.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._pygod import Deep, Residual, Transductive, _scores, _shares, _train
from workbench.detectors._wrapped import Member, make_members

__all__ = ["LEFT_OUT", "MEMBERS"]

_LATER = "not measured yet: the eight that people name first came first"
#: PyGOD's detectors that are not here, each with the reason, read from the source of PyGOD 1.1.0.
LEFT_OUT: dict[str, str] = {
    "adone": _LATER,
    "dmgd": _LATER,
    "done": _LATER,
    "gaan": _LATER,
    "gadnr": _LATER,
    "gae": _LATER,
    "guide": "it enumerates motifs in Python, and keeps their counts in the home folder under the "
    "shape of the data, so that another graph of the same shape gets the wrong ones",
    "ocgnn": _LATER,
    "one": _LATER,
    "scan": "it gives 1 to every node of a cluster and 0 to the others, hubs and outliers among "
    "them: two values, and the odd ones lowest",
}

_TRAINED = {"dropout": 0.0, "weight_decay": 0.0, "lr": 0.004, "epoch": 100}

#: One line a detector. Parameters and defaults are PyGOD's.
_TABLE: dict[str, Member] = {
    "anomalous": Member(
        "pygod.detector:ANOMALOUS",
        "Finds nodes whose attributes a few others do not explain, smoothed over edges.",
        "Peng et al.: ANOMALOUS: a joint modeling approach, IJCAI 2018",
        "epochs · n² · d + n³",
        "a quick linear look; one graph alone",
        {"gamma": 1.0, "weight_decay": 0.0, "lr": 0.004, "epoch": 100},
        seeded=True,
    ),
    "anomalydae": Member(
        "pygod.detector:AnomalyDAE",
        "Finds nodes that two autoencoders, of edges and of attributes, do not rebuild.",
        "Fan et al.: AnomalyDAE: dual autoencoder, ICASSP 2020",
        "epochs · n² · hidden",
        "attributes and edges that do not go together; one graph alone",
        {
            "emb_dim": 64, "hid_dim": 64, "dropout": 0.0, "weight_decay": 0.0, "alpha": 0.5,
            "theta": 1.0, "eta": 1.0, "lr": 0.004, "epoch": 5,
        },
        seeded=True,
    ),
    "cola": Member(
        "pygod.detector:CoLA",
        "Finds nodes that a network cannot tell from strangers in their own neighbourhood.",
        "Liu et al.: Anomaly detection on attributed networks via contrastive learning, TNNLS 2021",
        "epochs · edges · hidden",
        "attributes that do not fit the neighbourhood",
        {"hid_dim": 64, "num_layers": 4, **_TRAINED},
        seeded=True,
    ),
    "conad": Member(
        "pygod.detector:CONAD",
        "Finds nodes as DOMINANT does, taught on anomalies that were put in on purpose.",
        "Xu et al.: Contrastive attributed network anomaly detection, PAKDD 2022",
        "epochs · n² · hidden",
        "many kinds of anomalies at once",
        {
            "hid_dim": 64, "num_layers": 4, **_TRAINED, "weight": 0.5, "eta": 0.5, "margin": 0.5,
            "r": 0.2, "m": 50, "k": 50, "f": 10,
        },
        seeded=True,
    ),
    "dominant": Member(
        "pygod.detector:DOMINANT",
        "Finds nodes whose attributes and edges a graph autoencoder does not rebuild.",
        "Ding et al.: Deep anomaly detection on attributed networks, SDM 2019",
        "epochs · n² · hidden",
        "attributed graphs; the usual one to compare with",
        {"hid_dim": 64, "num_layers": 4, **_TRAINED, "weight": 0.5},
        seeded=True,
    ),
    "radar": Member(
        "pygod.detector:Radar",
        "Finds nodes whose attributes the others do not explain, smoothed over edges.",
        "Li et al.: Radar: residual analysis for anomaly detection, IJCAI 2017",
        "epochs · n² · d + n³",
        "a quick linear look; one graph alone",
        {"gamma": 1.0, "weight_decay": 0.0, "lr": 0.004, "epoch": 100},
    ),
}  # fmt: skip


class _Rebuilding(Deep):
    """Rebuilds attributes, and so says which one it missed."""

    weight: float

    def _rebuilt(self, model: Any, data: Any) -> tuple[float, Any]:
        return self.weight, model.model(data.x, data.edge_index)[0]


class _AnomalyDae(Transductive):
    """Its attribute encoder has a weight for each node: it knows one graph."""

    alpha: float

    def _learn(
        self, torch: Any, model: Any, data: Any, progress: Progress
    ) -> tuple[np.ndarray, np.ndarray]:
        model.model = model.init_model()
        _train(torch, model, data, progress)
        model.model.eval()
        with torch.no_grad():
            rebuilt = model.model(data.x, data.edge_index, data.batch_size)[0]
            missed = data.x.numpy() - rebuilt.numpy()
            return _scores(model, data), _shares(1.0 - self.alpha, missed)


MEMBERS = make_members(
    "pygod",
    "PyGOD",
    globals(),
    _TABLE,
    {
        "anomalous": Residual,
        "anomalydae": _AnomalyDae,
        "cola": Deep,
        "conad": _Rebuilding,
        "dominant": _Rebuilding,
        "radar": Residual,
    },
    tags={"kinds": ("graph",), "scores": "nodes", "extra": "graph"},
    example=(
        ">>> from workbench.core.network import Network",
        ">>> ring = Network.of(30, range(30), [(node + 1) % 30 for node in range(30)])",
        ">>> X = np.sin(np.arange(30) * 2 * np.pi / 30)[:, None]",
        ">>> {label}().fit_score(X, network=ring).shape",
        "(30,)",
    ),
)
