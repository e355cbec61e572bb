"""Training a narrow network with Keras 3, the same way on each of its backends.

First weights, the order of batches and noise are drawn by NumPy, and the processor calculates in
float64: so PyTorch, JAX and TensorFlow walk the same way, and end where rounding alone tells them
apart. Held-out rows are judged by NumPy too, so that all stop at the same epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.extras import require
from workbench.core.progress import Progress
from workbench.detectors._dense import answer
from workbench.detectors._patience import Patience
from workbench.detectors._weights import Weights

__all__ = ["DECODER", "ENCODER", "Plan", "train"]

#: Activations, layer by layer.
ENCODER, DECODER = ("relu", "linear"), ("relu", "linear")
#: Adam's, of which float32 is exact: Keras rounds them where it runs on TensorFlow.
BETAS = (1.0 - 2.0**-3, 1.0 - 2.0**-10)


@dataclass(frozen=True)
class Plan:
    """What is trained, and how.

    Attributes
    ----------
    columns, width, code : int
        Neurons of the layers: columns, width, code, width, columns.
    beta : float or None
        What the divergence of a variational code counts beside the error; None: a plain code.
    blur : float
        Spread of the noise that is added to what the network is shown, not to what it has to
        rebuild.
    learning_rate : float
    epochs, batch, patience : int
        Most epochs, rows a step, and epochs without a better one before it stops.
    seed : int
    """

    columns: int
    width: int
    code: int
    beta: float | None
    blur: float
    learning_rate: float
    epochs: int
    batch: int
    patience: int
    seed: int

    def start(self, random: np.random.Generator) -> Weights:
        """Return first weights (Glorot, Bengio 2010) and biases of zero."""
        shapes = {
            "encoder.0": (self.columns, self.width),
            "encoder.1": (self.width, self.code),
            "decoder.0": (self.code, self.width),
            "decoder.1": (self.width, self.columns),
        }
        if self.beta is not None:
            shapes["spread.0"] = (self.width, self.code)
        weights: Weights = {}
        for name, shape in shapes.items():
            most = np.sqrt(6.0 / sum(shape))
            weights[f"{name}.weight"] = random.uniform(-most, most, shape)
            weights[f"{name}.bias"] = np.zeros(shape[1])
        return weights

    def loss(self, weights: Weights, rows: np.ndarray, noise: np.ndarray) -> float:
        """Return what the training makes small, of rows (n, columns) and noise (n, code)."""
        hidden = answer(weights, "encoder", ENCODER[:1], rows)
        code = hidden @ weights["encoder.1.weight"] + weights["encoder.1.bias"]
        divergence = 0.0
        if self.beta is not None:
            spread = answer(weights, "spread", ("linear",), hidden)
            each = (code**2 + np.exp(spread) - 1.0 - spread).sum(axis=1)
            divergence = self.beta * 0.5 * float(each.mean()) / self.columns
            code = code + np.exp(0.5 * spread) * noise
        back = answer(weights, "decoder", DECODER, code)
        return float(((rows - back) ** 2).mean()) + divergence


def train(
    plan: Plan, start: Weights, learn: np.ndarray, check: np.ndarray, progress: Progress
) -> Weights:
    """Return the weights of the epoch that did best on held-out rows.

    Parameters
    ----------
    plan : Plan
    start : dict of str to numpy.ndarray
        First weights.
    learn, check : numpy.ndarray of shape (n, columns) and (m, columns)
        Rows to learn from, and held-out ones.
    progress : Progress
        Told of each epoch with its loss; may cancel between two batches.
    """
    keras: Any = require("keras", extra="deep", why="to train a network")
    model = _network(keras, plan)
    places = {name.rpartition(".")[0] for name in start}
    for place in places:
        layer = model.get_layer(place.replace(".", "_"))
        layer.set_weights([start[f"{place}.weight"], start[f"{place}.bias"]])
    model.compile(
        optimizer=keras.optimizers.Adam(plan.learning_rate, *BETAS),
        loss=_loss(keras, plan),
        jit_compile=keras.backend.backend() == "jax",
    )
    random, patience = np.random.default_rng(plan.seed), Patience(plan.patience)
    noise = random.normal(size=(len(check), plan.code))
    for epoch in range(1, plan.epochs + 1):
        for rows in _batches(plan, learn, random):
            if progress.cancelled:
                progress.step(epoch / plan.epochs, "training")
            shown = rows + plan.blur * random.normal(size=rows.shape) if plan.blur else rows
            drawn = [] if plan.beta is None else [random.normal(size=(len(rows), plan.code))]
            model.train_on_batch([shown, *drawn] if drawn else shown, rows)
        weights: Weights = {}
        for place in places:
            weight, bias = model.get_layer(place.replace(".", "_")).get_weights()
            weights[f"{place}.weight"], weights[f"{place}.bias"] = weight.copy(), bias.copy()
        loss = plan.loss(weights, check, noise)
        progress.step(epoch / plan.epochs, f"epoch {epoch} of {plan.epochs}, loss {loss:.3g}")
        if patience.spent_after(loss, weights):
            break
    best: Weights = patience.best
    return best


def _batches(plan: Plan, rows: np.ndarray, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield batches of one size in a drawn order; what is left over has its turn another time."""
    order = random.permutation(len(rows))
    size = min(plan.batch, len(rows))
    for start in range(0, len(rows) - size + 1, size):
        yield rows[order[start : start + size]]


def _network(keras: Any, plan: Plan) -> Any:
    precision = _precision(keras)

    def dense(name: str, units: int, activation: str) -> Any:
        # Keras multiplies matrices of float64 in float32 where it runs on PyTorch, but for einsum.
        return keras.layers.EinsumDense(
            "bi,io->bo", units, bias_axes="o", activation=activation, dtype=precision, name=name
        )

    rows = keras.Input((plan.columns,), dtype=precision)
    hidden = dense("encoder_0", plan.width, ENCODER[0])(rows)
    code = dense("encoder_1", plan.code, ENCODER[1])(hidden)
    given, told = [rows], []
    if plan.beta is not None:
        noise = keras.Input((plan.code,), dtype=precision)
        spread = dense("spread_0", plan.code, "linear")(hidden)
        given, told = [rows, noise], [code, spread]
        code = code + keras.ops.exp(0.5 * spread) * noise
    back = dense("decoder_0", plan.width, DECODER[0])(code)
    back = dense("decoder_1", plan.columns, DECODER[1])(back)
    if not told:
        return keras.Model(rows, back)
    return keras.Model(given, keras.layers.Concatenate(dtype=precision)([back, *told]))


def _loss(keras: Any, plan: Plan) -> Any:
    ops = keras.ops

    class Loss(keras.losses.Loss):  # type: ignore[misc]
        def call(self, rows: Any, told: Any) -> Any:
            loss = ops.mean(ops.square(rows - told[:, : plan.columns]), axis=1)
            if plan.beta is None:
                return loss
            code = told[:, plan.columns : plan.columns + plan.code]
            spread = told[:, plan.columns + plan.code :]
            each = ops.sum(ops.square(code) + ops.exp(spread) - 1.0 - spread, axis=1)
            return loss + plan.beta * 0.5 * each / plan.columns

    return Loss(dtype=_precision(keras))


def _precision(keras: Any) -> str:
    """Return float64, in which backends agree; on a graphics card float32, which it is made for."""
    if keras.backend.backend() == "torch":
        torch: Any = require("torch", extra="deep", why="to train a network")
        return "float32" if torch.cuda.is_available() else "float64"
    on_card = any("cpu" not in one.lower() for one in keras.distribution.list_devices())
    return "float32" if on_card else "float64"
