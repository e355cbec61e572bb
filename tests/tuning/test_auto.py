import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.tuning.auto import choose_detector


@pytest.mark.parametrize(
    ("kind", "rows", "columns", "categorical", "detector"),
    [
        ("tabular", 1000, 5, 0.0, "knn"),
        ("tabular", 1000, 5, 0.8, "iforest"),
        ("tabular", 100_000, 5, 0.0, "iforest"),
        ("tabular", 1000, 500, 0.0, "iforest"),
        ("tabular", 5, 3, 0.0, "ecod"),
        ("graph", 77, 6, 0.0, "knn"),
        ("series", 5000, 3, 0.0, "pca"),
        ("series", 2_000_000, 3, 0.0, "seasonal_residual"),
        ("series", 5, 1, 0.0, "ecod"),
    ],
)
def test_the_rule_looks_at_kind_size_and_types(
    kind: str, rows: int, columns: int, categorical: float, detector: str
) -> None:
    choice = choose_detector(kind, rows, columns, categorical=categorical)
    assert choice.detector == detector
    assert len(choice.reason) > 20


def test_the_choice_says_why_and_can_be_seen(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines, label="broken"))
    assert found.provenance["asked"] == "auto"
    assert "300 rows" in found.reason


def test_categories_are_counted_from_the_data() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({name: random.choice(list("abc"), 200) for name in "xyz"})
    assert wb.detect(frame).detector == "iforest"
