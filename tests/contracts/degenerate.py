"""The 29 degenerate inputs that every detector must survive (bar 24 of the security notes)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

__all__ = ["AT_FIT", "AT_SCORE", "clean"]


def clean() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(200, 4))


def _with(change: Callable[[np.ndarray], object]) -> Callable[[], np.ndarray]:
    def build() -> np.ndarray:
        values = clean()
        change(values)
        return values

    return build


def _missing(values: np.ndarray) -> None:
    values[np.random.default_rng(1).random(values.shape) < 0.05] = np.nan


def _cell(value: float) -> Callable[[np.ndarray], None]:
    def change(values: np.ndarray) -> None:
        values[7, 2] = value

    return change


def _column(value: float) -> Callable[[np.ndarray], None]:
    def change(values: np.ndarray) -> None:
        values[:, 1] = value

    return change


def _text_cell() -> np.ndarray:
    values = clean().astype(object)
    values[3, 1] = "broken"
    return values


def _text_frame() -> pd.DataFrame:
    return pd.DataFrame(_text_cell(), columns=["a", "مقياس", "c", "ערך"])


def _doubled() -> np.ndarray:
    values = np.ones((200, 4))
    values[:6] = clean()[:6]
    return values


#: Given to fit; the clean data are scored afterwards where the columns allow.
AT_FIT: dict[str, Callable[[], object]] = {
    "5 % NaN": _with(_missing),
    "one +inf": _with(_cell(np.inf)),
    "one -inf": _with(_cell(-np.inf)),
    "an all-NaN column": _with(_column(np.nan)),
    "a constant column": _with(_column(5.0)),
    "all constant": lambda: np.ones((200, 4)),
    "1 row": lambda: clean()[:1],
    "2 rows": lambda: clean()[:2],
    "5 rows": lambda: clean()[:5],
    "0 rows": lambda: clean()[:0],
    "1 column": lambda: clean()[:, :1],
    "97 % duplicates": _doubled,
    "one value 1e300": _with(_cell(1e300)),
    "everything x 1e200": lambda: clean() * 1e200,
    "subnormal": lambda: clean() * 1e-320,
    "int64 near 2^61": lambda: (2**61 + clean() * 1000).astype(np.int64),
    "uint64 near 2^62": lambda: (2**62 + np.abs(clean()) * 1000).astype(np.uint64),
    "a string in one cell": _text_cell,
    "a DataFrame with right-to-left text": _text_frame,
    "boolean": lambda: clean() > 0,
    "20 rows x 60 columns": lambda: np.random.default_rng(2).normal(size=(20, 60)),
    "1-dimensional": lambda: clean()[:, 0],
    "float32": lambda: clean().astype(np.float32),
}

#: Given to scoring after a clean fit.
AT_SCORE: dict[str, Callable[[], object]] = {
    "NaN row": lambda: np.full((1, 4), np.nan),
    "inf row": lambda: np.full((1, 4), np.inf),
    "1 row": lambda: clean()[:1],
    "wrong number of columns": lambda: clean()[:, :3],
    "30 rows with 1e300": lambda: np.vstack([clean()[:29], np.full((1, 4), 1e300)]),
    "0 rows": lambda: clean()[:0],
}
