"""What a label column says, as 0 and 1, whatever words it uses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.core.errors import DataError
from workbench.preparation.kinds import as_numbers, as_text

__all__ = ["as_labels"]

_NORMAL = frozenset(
    {
        *("normal", "benign", "ok", "good", "inlier", "nominal", "pass", "passed", "healthy"),
        *("no", "n", "false", "f", "nein", "non", "0", ""),
    }
)
_ANOMALY = frozenset(
    {
        *(
            "anomaly",
            "anomalous",
            "outlier",
            "attack",
            "fraud",
            "fault",
            "failure",
            "fail",
            "failed",
        ),
        *("bad", "nok", "yes", "y", "true", "t", "ja", "oui", "si", "sí", "1"),
    }
)


def as_labels(label: pd.Series) -> np.ndarray:
    """Return labels as float64: 1 anomaly, 0 normal, NaN unknown.

    Numbers: 0 is normal, anything else an anomaly; −1/1 columns (scikit-learn's habit) have
    −1 as the anomaly. Words: "normal", "benign", "ok" and the like against everything else,
    or "anomaly", "attack", "fraud" and the like.

    Raises
    ------
    DataError
        The column's values do not say which are anomalies.

    Examples
    --------
    >>> as_labels(pd.Series(["normal", "attack", None])).tolist()
    [0.0, 1.0, nan]
    """
    if pd.api.types.is_bool_dtype(label.dtype):
        return label.astype("float64").to_numpy(dtype="float64", na_value=np.nan)
    numbers = as_numbers(label)
    missing = label.isna().to_numpy()
    if not (numbers.isna() & label.notna()).any():
        return _from_numbers(numbers.to_numpy(), missing)
    words = as_text(label).str.strip().str.casefold()
    known = set(words.dropna())
    if known & _NORMAL:
        values = (~words.isin(_NORMAL)).astype("float64").to_numpy()
    elif known & _ANOMALY:
        values = words.isin(_ANOMALY).astype("float64").to_numpy()
    else:
        shown = ", ".join(sorted(known)[:5])
        raise DataError(
            f"Column '{label.name}' does not say which rows are anomalies (found: {shown}). "
            "Use 0/1, true/false, yes/no or normal/anomaly."
        )
    return np.where(missing, np.nan, values)


def _from_numbers(numbers: np.ndarray, missing: np.ndarray) -> np.ndarray:
    known = set(np.unique(numbers[~missing]).tolist())
    values = (numbers == -1.0) if known == {-1.0, 1.0} else (numbers != 0.0)
    return np.where(missing, np.nan, values.astype("float64"))
