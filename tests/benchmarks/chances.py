"""How probable it is that a row at a severity is an anomaly: the curve in ``core/severity.py``.

Usage: python tests/benchmarks/chances.py {tabular,series}

Detects with several detectors on all labelled tables (or the development series), and fits one
rising curve from the distance beyond the threshold to the share of anomalies. Printed beside it:
Brier score and logarithmic loss on sets that the curve did not see (five folds over sets), of a
constant, and of what the literature does without labels. Results are kept in ``.cache/chances/``.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import workbench as wb
from workbench.core.severity import SeverityScale, learn_chances

sys.path.insert(0, str(Path(__file__).parent))
from accuracy import series, tables

CACHE = Path(".cache/chances")
WAYS = {
    "tabular": ("auto", "iforest", "ecod", "hbos", "pca"),
    "series": ("auto", "seasonal_residual", "pca"),
}
FOLDS = 5


class Scored(NamedTuple):
    """Scores of one detector on one set."""

    name: str
    scores: np.ndarray
    labels: np.ndarray
    threshold: float
    centre: float

    @property
    def distance(self) -> np.ndarray:
        return SeverityScale(self.centre).distances(self.scores, self.threshold)


def scored(family: str) -> list[Scored]:
    CACHE.mkdir(parents=True, exist_ok=True)
    sets = series("development") if family == "series" else (*tables("tabular"), *tables("mixed"))
    done = []
    for name, _, data, labels in sets:
        for way in WAYS[family]:
            kept = CACHE / f"{family}-{name}-{way}.npz".replace("/", "_")
            if not kept.exists():
                found = wb.detect(data, way)
                np.savez(
                    kept,
                    scores=found.scores.to_numpy(),
                    labels=labels,
                    ends=[found.threshold.value, found.scale.centre],
                )
            with np.load(kept) as known:
                done.append(Scored(name, known["scores"], known["labels"], *known["ends"]))
    return done


def curve(sets: list[Scored]) -> tuple[tuple[float, float], ...]:
    """Fit the curve; every set counts alike, whatever its rows."""
    return learn_chances(
        np.concatenate([item.distance for item in sets]),
        np.concatenate([item.labels for item in sets]),
        np.concatenate([np.full(len(item.labels), 1.0 / len(item.labels)) for item in sets]),
    )


def gaussian(item: Scored) -> np.ndarray:
    """Kriegel et al.: Interpreting and unifying outlier scores (SDM 2011)."""
    from scipy.special import erf

    spread = item.scores.std() * np.sqrt(2.0) + 1e-300
    return np.maximum(0.0, erf((item.scores - item.scores.mean()) / spread))


def mixture(item: Scored) -> np.ndarray:
    """Gao, Tan: Converting output scores into probability estimates (ICDM 2006), by EM."""
    x = item.scores - item.scores.min()
    x = x / (x.mean() + 1e-300)
    middle, spread, rate, share = np.quantile(x, 0.95), x.std() + 1e-9, 1.0, 0.05
    for _ in range(200):
        odd = share * np.exp(-0.5 * ((x - middle) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        usual = (1.0 - share) * rate * np.exp(-rate * x)
        belongs = odd / (odd + usual + 1e-300)
        share = float(np.clip(belongs.mean(), 1e-4, 0.4))
        middle = (belongs * x).sum() / (belongs.sum() + 1e-12)
        spread = np.sqrt((belongs * (x - middle) ** 2).sum() / (belongs.sum() + 1e-12)) + 1e-6
        rate = (1.0 - belongs).sum() / (((1.0 - belongs) * x).sum() + 1e-12)
    return np.asarray(belongs)


def losses(sets: list[Scored], way: Callable[[Scored], np.ndarray]) -> tuple[float, float]:
    """Return Brier score and logarithmic loss, means over sets."""
    both = []
    for item in sets:
        chance = np.clip(way(item), 1e-3, 1.0 - 1e-3)
        own = np.where(item.labels > 0, chance, 1.0 - chance)
        both.append(((chance - item.labels) ** 2).mean())
        both.append(-np.log(own).mean())
    return float(np.mean(both[::2])), float(np.mean(both[1::2]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family", choices=sorted(WAYS))
    family = parser.parse_args().family
    warnings.simplefilter("ignore")
    sets = scored(family)
    names = sorted({item.name for item in sets})
    unseen = []
    for fold in range(FOLDS):
        held = set(names[fold::FOLDS])
        scale = SeverityScale(0.0, curve([item for item in sets if item.name not in held]))
        unseen += [
            losses([item], lambda one, s=scale: s.chances_at(one.distance))
            for item in sets
            if item.name in held
        ]
    rate = float(np.mean([item.labels.mean() for item in sets]))
    ways: dict[str, Callable[[Scored], np.ndarray]] = {
        f"a constant of {rate:.3f}": lambda item: np.full(len(item.labels), rate),
        "Gaussian scaling": gaussian,
        "mixture by EM": mixture,
        "severity / 100": lambda item: (
            SeverityScale(item.centre).severities(item.scores, item.threshold) / 100.0
        ),
    }
    print(f"{len(names)} sets, detectors {', '.join(WAYS[family])}: Brier score, logarithmic loss")
    print(f"{'the curve, on sets it did not see':<36} {np.mean(unseen, axis=0).round(4)}")
    for name, way in ways.items():
        print(f"{name:<36} {np.round(losses(sets, way), 4)}")
    print("the curve:", curve(sets))


if __name__ == "__main__":
    main()
