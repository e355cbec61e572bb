"""How well odd texts are found: ours beside PyOD's detectors run directly on a TF-IDF table.

Usage: python -m tests.benchmarks.text [--seeds 3] [--detectors auto,iforest]

Texts that are at hand in installed packages: what functions say of themselves, by the library that
they belong to, and the lines and the requests of a made-up log with injected faults. (Bokeh's film
database has lost its plots.) Each library in turn is what is usual, and one text in twenty is drawn
from the others, as NLP-ADBench has it. ROC-AUC, the mean over libraries and seeds.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

import workbench as wb
from workbench.metrics.points import roc_auc
from workbench.sources._service_log import service_log

ODD_SHARE = 0.05
#: Libraries whose functions describe themselves.
LIBRARIES = (
    "networkx", "numpy", "scipy.linalg", "scipy.ndimage", "scipy.optimize", "scipy.signal",
    "scipy.special", "scipy.stats", "sklearn.metrics",
)  # fmt: skip
DIRECT = {
    "iforest": "pyod.models.iforest:IForest",
    "ecod": "pyod.models.ecod:ECOD",
    "knn": "pyod.models.knn:KNN",
    "lof": "pyod.models.lof:LOF",
}

Case = tuple[list[str], np.ndarray]


def functions() -> dict[str, list[str]]:
    """Return the first words of functions about themselves, by library."""
    told: dict[str, list[str]] = {}
    for name in LIBRARIES:
        library = importlib.import_module(name)
        parts = (getattr(library, label) for label in dir(library) if not label.startswith("_"))
        words = {inspect.getdoc(part) or "" for part in parts if callable(part)}
        heads = (re.split(r"\n(?:Parameters|Examples|Returns)\n", text)[0][:600] for text in words)
        told[name] = sorted(text for text in heads if len(text) > 80)
    return told


def one_class(classes: dict[str, list[str]], seeds: int) -> Iterator[Case]:
    """Yield each class as what is usual, with a few texts of others."""
    for name, usual in classes.items():
        others = [text for other, texts in classes.items() if other != name for text in texts]
        count = max(3, round(ODD_SHARE * len(usual)))
        for seed in range(seeds):
            random = np.random.default_rng(seed)
            odd = [others[at] for at in random.choice(len(others), count, replace=False)]
            yield [*usual, *odd], np.repeat([0, 1], [len(usual), count])


def log_lines(seeds: int) -> Iterator[Case]:
    """Yield the lines of logs: an unknown statement or one tried again is odd by itself."""
    for seed in range(seeds):
        lines = service_log(1_000, seed=seed)
        yield (
            [line.text for line in lines],
            np.array([line.fault in ("statement", "retries") for line in lines], dtype=int),
        )


def log_requests(seeds: int) -> Iterator[Case]:
    """Yield the requests of logs: wrong and missing steps count as well."""
    for seed in range(seeds):
        lines = pd.DataFrame(service_log(1_000, seed=seed))
        grouped = lines.groupby("request", sort=False)
        texts = grouped["text"].agg("\n".join)
        yield texts.tolist(), grouped["fault"].agg(lambda one: int(any(one))).to_numpy()


def ours(texts: list[str], detector: str) -> np.ndarray:
    data = wb.load(pd.DataFrame({"text": texts}), kind="text")
    return wb.detect(data, detector, random_state=0).scores.to_numpy()


def direct(texts: list[str], source: str) -> np.ndarray:
    module, _, name = source.partition(":")
    model = getattr(importlib.import_module(module), name)()
    table = TfidfVectorizer(max_features=2_000).fit_transform(texts).toarray()
    return np.asarray(model.fit(table).decision_scores_)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--detectors", default="auto,iforest,sampled_knn,ecod")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = {
        "functions": list(one_class(functions(), asked.seeds)),
        "log lines": list(log_lines(asked.seeds)),
        "log requests": list(log_requests(asked.seeds)),
    }
    found: dict[str, dict[str, float]] = {}
    for case, texts in cases.items():
        for name in asked.detectors.split(","):
            rank = [roc_auc(labels, ours(one, name)) for one, labels in texts]
            found.setdefault(f"ours, {name}", {})[case] = float(np.mean(rank))
        for name, source in DIRECT.items():
            rank = [roc_auc(labels, direct(one, source)) for one, labels in texts]
            found.setdefault(f"TF-IDF and PyOD's {name}", {})[case] = float(np.mean(rank))
        print({case: len(texts)}, flush=True)
    print(pd.DataFrame(found).T.round(3).to_string())


if __name__ == "__main__":
    main()
