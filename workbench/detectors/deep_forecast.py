"""Deep forecast: a convolutional network foresees the next values; surprise is the score."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._convolutions import convolve
from workbench.detectors._residuals import ResidualDetector
from workbench.detectors._rounds import device_of, start, train
from workbench.detectors._space import Range, over
from workbench.detectors._torch import borrowed
from workbench.detectors._weights import Weighted, Weights
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Tags

__all__ = ["DeepForecast"]

#: Most steps that are looked back.
MOST_LAGS = 256
#: Spreads from the median beyond which nothing is shown: a spike must not rule the forecast.
FARTHEST = 6.0
#: Segments a step, and the share of those that are held out.
BATCH, HELD_OUT = 8, 0.2


class DeepForecast(Weighted, ResidualDetector):
    """Finds values that a network did not foresee from all columns before: curved dynamics.

    A stack of dilated convolutions with a residual path sees a window of steps back, and foresees
    the next value of each column. Training minimises the Huber loss, which anomalies do not rule,
    and stops when held-out points are foreseen no better. A fitted one scores with NumPy alone.

    Parameters
    ----------
    lags : int or None
        Steps looked back, rounded up to a power of two; None takes the dominant period, else 32.
    channels : int
        Width of the network.
    learning_rate : float
        Of Adam.
    rounds : int
        Most rounds of training, of 10 steps each.
    patience : int
        Rounds without a better one before training stops.
    random_state : int
        Seed of first weights, held-out points and the order of batches.

    References
    ----------
    Munir et al.: DeepAnT, IEEE Access 2019; Bai, Kolter, Koltun: An empirical evaluation of
    generic convolutional and recurrent networks for sequence modeling, 2018.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200] += 5
    >>> int(DeepForecast().fit(wave).decision_function(wave).argmax())
    200
    """

    tags = Tags(
        kinds=("series",),
        paper="Munir et al. 2019; Bai, Kolter, Koltun 2018",
        cost="rounds · lags · channels² + n · log lags · channels²",
        good_at="spikes and broken relations in series whose dynamics are curved",
        min_rows=8,
        seeded=True,
        extra="deep",
    )
    space = over(
        lags=Range(8, 256, log=True),
        channels=Range(8, 64, log=True),
        learning_rate=Range(1e-3, 1e-2, log=True),
    )

    def __init__(
        self,
        lags: int | None = None,
        channels: int = 24,
        learning_rate: float = 5e-3,
        rounds: int = 40,
        patience: int = 3,
        random_state: int = 0,
    ) -> None:
        self.lags = lags
        self.channels = channels
        self.learning_rate = learning_rate
        self.rounds = rounds
        self.patience = patience
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        for name in ("channels", "rounds", "patience"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name} must be at least 1, found {getattr(self, name)}.")
        if self.lags is not None and self.lags < 1:
            raise ParameterError(f"lags must be at least 1, found {self.lags}.")
        wanted = min(self.lags or choose_window(X), MOST_LAGS, max(2, len(X) // 4))
        depth = max(1, int(np.ceil(np.log2(wanted))))
        centre, spread = np.median(X, axis=0), X.std(axis=0)
        spread = np.where(spread > 0.0, spread, 1.0)
        z = np.clip((X - centre) / spread, -FARTHEST, FARTHEST)
        weights = self._trained(z, depth, progress)
        self._keep(weights | {"centre": centre, "spread": spread})
        self.depth_ = depth
        self._calibrate(X)

    def _trained(self, z: np.ndarray, depth: int, progress: Progress) -> Weights:
        random = np.random.default_rng(self.random_state)
        columns, width = z.shape[1], self.channels
        shapes: dict[str, tuple[int, ...]] = {"in": (width, columns, 1)}
        shapes |= {f"layer.{place}": (width, width, 2) for place in range(depth)}
        first = start(random, shapes | {"out": (columns, width, 1)})
        lags = 2**depth
        # Segments of as many targets as lags, each seen once a pass; some are held out whole.
        targets = np.arange(0, max(1, len(z) - lags), lags)
        order = random.permutation(len(targets))
        held = max(1, round(HELD_OUT * len(order))) if len(order) > 1 else 0
        check, learn = targets[order[:held]], targets[order[held:]]
        size = min(BATCH, len(learn))
        with borrowed(self.random_state, progress, f"to train '{self.name()}'") as torch:
            rows = torch.tensor(_early(z, lags), dtype=torch.float32, device=device_of(torch))
            return train(
                torch,
                first,
                lambda net, chosen: _loss(torch, net, depth, rows, chosen),
                lambda: random.choice(learn, size, replace=False),
                check if held else learn,
                rate=self.learning_rate,
                rounds=self.rounds,
                patience=self.patience,
                progress=progress,
            )

    def _foresee(self, X: np.ndarray) -> np.ndarray:
        weights, lags = self.weights_, 2**self.depth_
        z = np.clip((X - weights["centre"]) / weights["spread"], -FARTHEST, FARTHEST)
        hidden = convolve(_early(z, lags)[:-1], weights["in.weight"], weights["in.bias"])
        for place in range(self.depth_):
            name, dilation = f"layer.{place}", 2**place
            more = convolve(
                hidden, weights[f"{name}.weight"], weights[f"{name}.bias"], dilation=dilation
            )
            hidden = hidden[dilation:] + np.maximum(more, 0.0)
        ahead = convolve(hidden, weights["out.weight"], weights["out.bias"])
        return np.asarray(ahead * weights["spread"] + weights["centre"])


def _early(z: np.ndarray, lags: int) -> np.ndarray:
    """Return rows with what may have been before them: their beginning, mirrored."""
    return np.pad(z, ((lags, 0), (0, 0)), mode="symmetric")


def _loss(torch: Any, net: dict[str, Any], depth: int, rows: Any, targets: np.ndarray) -> Any:
    """Return the Huber loss of the segments that begin at some rows, each of 2 · lags rows."""
    functional, lags = torch.nn.functional, 2**depth
    parts = torch.stack([rows[at : at + 2 * lags] for at in targets])
    parts = parts.transpose(1, 2)
    hidden = functional.conv1d(parts[:, :, :-1], net["in.weight"], net["in.bias"])
    for place in range(depth):
        name, dilation = f"layer.{place}", 2**place
        more = functional.conv1d(
            hidden, net[f"{name}.weight"], net[f"{name}.bias"], dilation=dilation
        )
        hidden = hidden[:, :, dilation:] + torch.relu(more)
    ahead = functional.conv1d(hidden, net["out.weight"], net["out.bias"])
    return functional.huber_loss(ahead, parts[:, :, lags:], delta=0.5)
