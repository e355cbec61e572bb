"""Words for what a cell may hold."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from workbench.core.wording import value


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (pd.Timedelta("1h"), "0 days 01:00:00"),
        (np.timedelta64(90, "m"), "0 days 01:30:00"),
        (datetime.date(2026, 3, 1), "2026-03-01"),
        (np.float64("nan"), "–"),
        (np.bool_(True), "yes"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_any_cell_has_words(item: object, words: str) -> None:
    assert value(item) == words
