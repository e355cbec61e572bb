"""The worst column tells the score; the contract suite tests the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd

import workbench as wb
from workbench.detectors import DETECTORS


def test_the_score_is_the_distance_in_robust_standard_deviations() -> None:
    X = np.array([[-1.0], [0.0], [1.0], [2.0], [-2.0]])
    found = DETECTORS.get("worst_column")().fit(X).decision_function([[1.4826]])
    np.testing.assert_allclose(found, [1.0])


def test_the_explanation_names_the_odd_cell() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
    frame.loc[17, "b"] = 12.0
    found = wb.detect(frame, "worst_column")
    assert found.anomalies["row"].iloc[0] == 17
    assert found.explain(17).contributions[0].feature == "b"


def test_it_is_listed() -> None:
    assert "worst_column" in set(wb.catalog()["name"])
