"""Variational autoencoder: an autoencoder whose codes fill a space without holes."""

from __future__ import annotations

from workbench.detectors._reconstruction import Reconstruction
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["Vae"]


class Vae(Reconstruction):
    """Finds rows that break curved relations, by a network that learned from blurred codes.

    As `autoencoder`, but while it learns each code is drawn around a middle, and held near to the
    others. So the network cannot learn single rows by heart. Scores take the middle of the code:
    they hang on no chance.

    Parameters
    ----------
    width : int
        Neurons of the layers before and after the code.
    code : float
        Neurons of the code, as a share of the columns.
    beta : float
        What the divergence from a standard normal code counts beside the squared error.
    learning_rate : float
        Of Adam.
    epochs : int
        Most epochs.
    patience : int
        Epochs without a better one before training stops.
    backend : {"torch", "jax", "tensorflow"} or None
        What Keras calculates with; None takes what is there. All three give the same scores up to
        rounding.
    random_state : int
        Seed of first weights, held-out rows, the order of batches and noise.

    References
    ----------
    Kingma, Welling: Auto-encoding variational Bayes, ICLR 2014; Higgins et al.: beta-VAE, ICLR
    2017.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 1)) + np.zeros(3)
    >>> scores = Vae().fit(X).decision_function([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]])
    >>> bool(scores[1] > 3 * scores[0])
    True
    """

    tags = Tags(
        paper="Kingma, Welling 2014; Higgins et al. 2017",
        cost="epochs · n · width · d",
        good_at="curved relations where some of the learned rows are odd themselves",
        min_rows=4,
        exact=True,
        seeded=True,
        extra="deep",
    )
    space = over(
        width=Range(8, 256, log=True),
        code=Range(0.1, 0.9),
        beta=Range(0.01, 10.0, log=True),
        learning_rate=Range(3e-4, 1e-2, log=True),
    )

    def __init__(
        self,
        width: int = 64,
        code: float = 0.5,
        beta: float = 1.0,
        learning_rate: float = 3e-3,
        epochs: int = 50,
        patience: int = 3,
        backend: str | None = "torch",
        random_state: int = 0,
    ) -> None:
        self.width = width
        self.code = code
        self.beta = beta
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.patience = patience
        self.backend = backend
        self.random_state = random_state
