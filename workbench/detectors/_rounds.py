"""Training a small network of PyTorch's in rounds: told, stoppable, and ended by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._patience import Patience
from workbench.detectors._weights import Weights

__all__ = ["device_of", "start", "train"]

#: Steps in a round, between two looks at what is held out.
STEPS = 10


def start(random: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> Weights:
    """Return first weights for ReLU (He et al. 2015) and biases of zero.

    Parameters
    ----------
    random : numpy.random.Generator
    shapes : dict of str to tuple of int
        (outputs, inputs) or (outputs, inputs, taps), by name.
    """
    weights: Weights = {}
    for name, shape in shapes.items():
        weights[f"{name}.weight"] = random.normal(0.0, np.sqrt(2.0 / np.prod(shape[1:])), shape)
        weights[f"{name}.bias"] = np.zeros(shape[0])
    return weights


def device_of(torch: Any) -> Any:
    """Return the graphics card where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train(
    torch: Any,
    first: Weights,
    loss: Callable[[dict[str, Any], np.ndarray], Any],
    draw: Callable[[], np.ndarray],
    held: np.ndarray,
    *,
    rate: float,
    rounds: int,
    patience: int,
    progress: Progress,
) -> Weights:
    """Return the weights of the round that did best on what is held out, in float64.

    A graphics card multiplies in bfloat16 while it learns; a processor does not.

    Parameters
    ----------
    torch : module
        PyTorch, borrowed.
    first : dict of str to numpy.ndarray
        Weights to begin with.
    loss : callable
        From the weights as PyTorch has them, and what was drawn, to a number to make small.
    draw : callable
        Returns what one step learns from.
    held : numpy.ndarray
        The same for what is held out.
    rate : float
        Learning rate of Adam.
    rounds, patience : int
        Most rounds of ten steps, and how many may pass without a better one.
    progress : Progress
        Told of each round with its loss; may cancel between two steps.
    """
    device, waiting = device_of(torch), Patience(patience)
    net = {
        name: torch.tensor(array, dtype=torch.float32, device=device, requires_grad=True)
        for name, array in first.items()
    }
    adam = torch.optim.Adam(net.values(), lr=rate)
    on_card = device.type == "cuda"
    for turn in range(1, rounds + 1):
        for _ in range(STEPS):
            if progress.cancelled:
                progress.step(turn / rounds, "training")
            with torch.autocast("cuda", dtype=torch.bfloat16, enabled=on_card):
                value = loss(net, draw())
            adam.zero_grad()
            value.backward()
            adam.step()
        with torch.no_grad():
            told = float(loss(net, held))
        progress.step(turn / rounds, f"round {turn} of {rounds}, loss {told:.3g}")
        if waiting.spent_after(told, _learned(net)):
            break
    best: Weights = waiting.best
    return best


def _learned(net: dict[str, Any]) -> Weights:
    return {
        name: np.array(one.detach().cpu().numpy(), dtype=np.float64) for name, one in net.items()
    }
