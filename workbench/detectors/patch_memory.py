"""Patch memory: stretches of a series against a memory of usual ones, by learned features."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._convolutions import convolve
from workbench.detectors._nearest import nearest
from workbench.detectors._neighbours import checked_count
from workbench.detectors._rounds import device_of, start, train
from workbench.detectors._space import Range, over
from workbench.detectors._stretches import StretchDetector
from workbench.detectors._torch import borrowed
from workbench.detectors._weights import Weighted, Weights
from workbench.detectors.base import Tags
from workbench.preparation.windows import PIECES

__all__ = ["PatchMemory"]

#: Strides of the three convolutions, and their taps.
STRIDES, TAPS = (1, 2, 2), 3
#: Stretches a step, and the share of those that are held out.
BATCH, HELD_OUT = 64, 0.2
#: Learning rate of Adam.
RATE = 1e-3
#: What a stretch's neighbour in time must be nearer by than the most unlike one (cosine).
MARGIN = 0.5
#: Neighbours by which a stretch is judged fit for the memory.
NEIGHBOURS = 10


class PatchMemory(Weighted, StretchDetector):
    """Finds stretches unlike all that a memory of usual stretches holds, by learned features.

    A small convolutional network learns, without labels, to place stretches that lie next to each
    other in time close together (triplet loss) and to tell whether one follows another (pretext
    loss). The memory holds places of usual stretches, the better half of a sample by how close
    others lie. The score is the mean distance to the nearest of them. It follows PaAno in style:
    network, batches and memory are smaller, and the memory is learned from the series itself.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    n_neighbors : int
        Nearest places in the memory that count (PaAno: 3).
    memory : int
        Most places that are kept.
    normalise : bool
        Bring each stretch to mean 0 and spread 1 first, as PaAno does: shape alone counts.
    channels : int
        Width of the network.
    rounds : int
        Most rounds of training, of 10 steps each.
    patience : int
        Rounds without a better one before training stops.
    max_windows : int
        Most stretches to learn from, evenly spaced.
    random_state : int
        Seed of first weights, held-out stretches, batches and the memory.

    References
    ----------
    Park, Kang: PaAno, patch-based representation learning for time-series anomaly detection, ICLR
    2026 (its paper: VUS-PR .52 on one, .43 on many columns of TSB-AD).

    Examples
    --------
    >>> wave = np.sin(np.arange(600) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[300:324] = np.abs(wave[300:324])
    >>> 290 <= int(PatchMemory(24).fit(wave).decision_function(wave).argmax()) <= 334
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Park, Kang 2026",
        cost="rounds · channels² · w + n · (channels² · w + memory)",
        good_at="odd shapes in series with a rhythm; not for lone spikes",
        min_rows=16,
        seeded=True,
        extra="deep",
    )
    space = over(
        window=Range(8, 256, log=True),
        n_neighbors=Range(1, 10),
        normalise=(False, True),
        channels=Range(16, 64, log=True),
    )

    def __init__(
        self,
        window: int | None = None,
        n_neighbors: int = 3,
        memory: int = 500,
        normalise: bool = True,
        channels: int = 32,
        rounds: int = 15,
        patience: int = 3,
        max_windows: int = 5_000,
        random_state: int = 0,
    ) -> None:
        self.window = window
        self.n_neighbors = n_neighbors
        self.memory = memory
        self.normalise = normalise
        self.channels = channels
        self.rounds = rounds
        self.patience = patience
        self.max_windows = max_windows
        self.random_state = random_state

    def _learn(self, stretches: np.ndarray, progress: Progress) -> None:
        for name in ("memory", "channels", "rounds", "patience"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name} must be at least 1, found {getattr(self, name)}.")
        count = checked_count(self.n_neighbors)
        centre, spread = float(stretches.mean()), float(stretches.std()) or 1.0
        weights = self._trained(self._series((stretches - centre) / spread), progress)
        self.centre_, self.spread_ = centre, spread
        self._keep(weights)
        self._keep(weights | {"memory": self._usual(stretches)})
        self.k_ = min(count, len(self.weights_["memory"]))

    def _series(self, stretches: np.ndarray) -> np.ndarray:
        """Return stretches (m, d·pieces) as (m, d, pieces)."""
        return stretches.reshape(len(stretches), -1, min(self.width_, PIECES))

    def _trained(self, series: np.ndarray, progress: Progress) -> Weights:
        random = np.random.default_rng(self.random_state)
        width, columns = self.channels, series.shape[1]
        shapes: dict[str, tuple[int, ...]] = {
            f"layer.{place}": (width, width if place else columns, TAPS)
            for place in range(len(STRIDES))
        }
        first = start(random, shapes | {"place": (width, width), "follows": (1, 2 * width)})
        anchors = random.permutation(len(series))
        held = max(1, round(HELD_OUT * len(anchors)))
        check, learn = anchors[: min(held, 4 * BATCH)], anchors[held:]
        step = max(1, series.shape[2] // 8)
        size = min(BATCH, len(learn))

        def drawn(few: np.ndarray) -> np.ndarray:
            return _drawn(random, few, len(series), step, self.width_)

        with borrowed(self.random_state, progress, f"to train '{self.name()}'") as torch:
            known = torch.tensor(series, dtype=torch.float32, device=device_of(torch))
            return train(
                torch,
                first,
                lambda net, few: _loss(torch, net, known, few),
                lambda: drawn(random.choice(learn, size, replace=False)),
                drawn(check),
                rate=RATE,
                rounds=self.rounds,
                patience=self.patience,
                progress=progress,
            )

    def _usual(self, stretches: np.ndarray) -> np.ndarray:
        """Return places of usual stretches: those of a sample that lie closest to others.

        Stretches that overlap do not count: all those over one spike look alike.
        """
        random = np.random.default_rng(self.random_state)
        count = min(2 * self.memory, len(stretches))
        at = np.sort(random.choice(len(stretches), count, replace=False))
        places = self._places(stretches[at])
        apart = 1.0 - places @ places.T
        apart[np.abs(at[:, None] - at) < self.width_] = 2.0  # the most that there can be
        few = min(NEIGHBOURS, count) - 1
        far = np.partition(apart, few, axis=1)[:, : few + 1].mean(axis=1)
        best = np.argsort(far, kind="stable")
        return places[np.sort(best[: max(1, count // 2)])]

    def _places(self, stretches: np.ndarray) -> np.ndarray:
        """Return where the network places stretches: vectors of length 1, (m, channels)."""
        weights = self.weights_
        hidden = self._series((stretches - self.centre_) / self.spread_).transpose(0, 2, 1)
        for place, stride in enumerate(STRIDES):
            name = f"layer.{place}"
            padded = np.pad(hidden, ((0, 0), (1, 1), (0, 0)))
            answer = convolve(
                padded, weights[f"{name}.weight"], weights[f"{name}.bias"], stride=stride
            )
            hidden = np.maximum(answer, 0.0)
        found = hidden.mean(axis=1) @ weights["place.weight"].T + weights["place.bias"]
        return np.asarray(found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-12))

    def _judge(self, stretches: np.ndarray) -> np.ndarray:
        near = nearest(self.weights_["memory"], self._places(stretches), self.k_)[0]
        return np.asarray(near.mean(axis=1))


def _drawn(
    random: np.random.Generator, anchors: np.ndarray, total: int, step: int, width: int
) -> np.ndarray:
    """Return anchors, neighbours in time, what follows, and what does not: positions (4, m)."""
    aside = anchors + random.integers(1, step + 1, len(anchors)) * random.choice(
        (-1, 1), len(anchors)
    )
    rows = [anchors, aside, anchors + width, random.integers(0, total, len(anchors))]
    return np.clip(np.stack(rows), 0, total - 1)


def _loss(torch: Any, net: dict[str, Any], known: Any, drawn: np.ndarray) -> Any:
    """Return the triplet loss and the pretext loss of some stretches, together."""
    functional = torch.nn.functional
    hidden = known[torch.as_tensor(drawn.ravel(), device=known.device)]
    for place, stride in enumerate(STRIDES):
        name = f"layer.{place}"
        hidden = torch.relu(
            functional.conv1d(
                hidden, net[f"{name}.weight"], net[f"{name}.bias"], stride=stride, padding=1
            )
        )
    places = functional.linear(hidden.mean(dim=2), net["place.weight"], net["place.bias"])
    places = functional.normalize(places, dim=1)
    anchor, aside, after, other = places.reshape(4, drawn.shape[1], -1)
    alike = anchor @ anchor.T
    triplet = torch.relu(MARGIN - (anchor * aside).sum(dim=1) + alike.min(dim=1).values).mean()
    pairs = torch.cat([torch.cat([anchor, anchor]), torch.cat([after, other])], dim=1)
    told = functional.linear(pairs, net["follows.weight"], net["follows.bias"])[:, 0]
    truth = torch.cat([torch.ones(len(anchor)), torch.zeros(len(anchor))]).to(told)
    return triplet + functional.binary_cross_entropy_with_logits(told, truth)
