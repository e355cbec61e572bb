"""k-Shape: clusters of stretches by shape, whatever their shift and scale."""

from __future__ import annotations

import numpy as np

__all__ = ["cluster_shapes", "shape_distances"]


def shape_distances(stretches: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shape-based distances of z-normalised stretches to a centre, and the best shifts.

    The distance is one minus the largest normalised cross-correlation over all shifts, in
    [0, 2]: 0 for the same shape, however shifted. All shifts at once by FFT.

    Parameters
    ----------
    stretches : numpy.ndarray of shape (m, w)
    centre : numpy.ndarray of shape (w,)

    Returns
    -------
    numpy.ndarray of shape (m,), numpy.ndarray of int, shape (m,)
        A shift of s means that the stretch, moved s places to the right, fits the centre best.
    """
    width = len(centre)
    size = 1 << (2 * width - 1).bit_length()
    norms = np.linalg.norm(stretches, axis=1) * np.linalg.norm(centre)
    cross = np.fft.irfft(
        np.fft.rfft(centre, size) * np.conj(np.fft.rfft(stretches, size, axis=1)), size, axis=1
    )
    # Shifts −(w−1) … −1 lie at the end of the circle.
    cross = np.concatenate([cross[:, -(width - 1) :], cross[:, :width]], axis=1)
    best = cross.argmax(axis=1)
    likeness = cross[np.arange(len(cross)), best]
    usable = norms > 0.0
    return np.where(usable, 1.0 - likeness / np.where(usable, norms, 1.0), 1.0), best - (width - 1)


def cluster_shapes(
    stretches: np.ndarray, count: int, seed: int, turns: int = 30
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (count, w) and the cluster of each z-normalised stretch (m,).

    Parameters
    ----------
    stretches : numpy.ndarray of shape (m, w)
    count : int
        Clusters; some may end up empty.
    seed : int
        Seed of the first assignment.
    turns : int
        Most rounds of refinement.

    References
    ----------
    Paparrizos, Gravano: k-Shape, SIGMOD 2015.
    """
    random = np.random.default_rng(seed)
    cluster = random.integers(0, count, len(stretches))
    # One stretch at least a cluster; centres begin as those, not as zeros.
    centres = stretches[random.choice(len(stretches), count, replace=False)].copy()
    for _ in range(turns):
        for number in range(count):
            members = stretches[cluster == number]
            if len(members):
                centres[number] = _extract_shape(members, centres[number])
        apart = np.column_stack([shape_distances(stretches, centre)[0] for centre in centres])
        fresh = apart.argmin(axis=1)
        if np.array_equal(fresh, cluster):
            break
        cluster = fresh
    return centres, cluster


def _extract_shape(members: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return the shape that all aligned members fit best: the leading eigenvector."""
    width = len(centre)
    shifts = shape_distances(members, centre)[1]
    aligned = np.zeros(members.shape)
    for row, (member, shift) in enumerate(zip(members, shifts, strict=True)):
        if shift >= 0:
            aligned[row, shift:] = member[: width - shift]
        else:
            aligned[row, :shift] = member[-shift:]
    aligned = _z(aligned)
    # The rows' means are zero, so that the centring of the paper is done. Of the two Gram
    # matrices the smaller one gives the same leading direction.
    if len(aligned) < width:
        vector = aligned.T @ np.linalg.eigh(aligned @ aligned.T)[1][:, -1]
    else:
        vector = np.linalg.eigh(aligned.T @ aligned)[1][:, -1]
    # An eigenvector has no sign of its own: the one nearer to the members is meant.
    if np.dot(aligned.sum(axis=0), vector) < 0.0:
        vector = -vector
    return _z(vector[None, :])[0]


def _z(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = rows.std(axis=1, keepdims=True)
    return np.asarray(np.where(spread > 1e-12, centred / np.where(spread > 1e-12, spread, 1.0), 0))
