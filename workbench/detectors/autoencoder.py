"""Autoencoder: how far a row is from what a network with a narrow middle makes of it."""

from __future__ import annotations

from workbench.detectors._reconstruction import Reconstruction
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["Autoencoder"]


class Autoencoder(Reconstruction):
    """Finds rows that break curved relations between columns, and says exactly which columns.

    Columns are brought to mean 0 and spread 1, a network of three hidden layers rebuilds them
    from a narrow code, and the squared errors add up to the score. Training stops by itself when
    held-out rows are rebuilt no better. Keras trains it with the backend of your choice; a fitted
    one scores with NumPy alone.

    Parameters
    ----------
    width : int
        Neurons of the layers before and after the code.
    code : float
        Neurons of the code, as a share of the columns.
    blur : float
        Spread of the noise added to what the network is shown, in spreads of the columns: it has
        to rebuild the row without, and cannot learn single rows by heart.
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
        Seed of first weights, held-out rows and the order of batches.

    References
    ----------
    Hawkins, He, Williams, Baxter: Outlier detection using replicator neural networks, 2002;
    Vincent et al.: Extracting and composing robust features with denoising autoencoders, 2008.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 1)) + np.zeros(3)
    >>> scores = Autoencoder().fit(X).decision_function([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]])
    >>> bool(scores[1] > 10 * scores[0])
    True
    """

    tags = Tags(
        paper="Hawkins et al. 2002",
        cost="epochs · n · width · d",
        good_at="curved relations between columns, learned from thousands of rows",
        min_rows=4,
        exact=True,
        seeded=True,
        extra="deep",
    )
    space = over(
        width=Range(8, 256, log=True),
        code=Range(0.1, 0.9),
        blur=Range(0.0, 4.0),
        learning_rate=Range(3e-4, 1e-2, log=True),
    )

    def __init__(
        self,
        width: int = 64,
        code: float = 0.5,
        blur: float = 1.5,
        learning_rate: float = 3e-3,
        epochs: int = 50,
        patience: int = 3,
        backend: str | None = "torch",
        random_state: int = 0,
    ) -> None:
        self.width = width
        self.code = code
        self.blur = blur
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.patience = patience
        self.backend = backend
        self.random_state = random_state
