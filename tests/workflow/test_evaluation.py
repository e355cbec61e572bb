import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError, ParameterError, UnknownName


def test_labels_give_metrics_with_intervals(machines: pd.DataFrame) -> None:
    evaluation = wb.detect(wb.load(machines, label="broken"), contamination=0.01).evaluate()
    assert evaluation.labelled
    assert evaluation["roc_auc"] == 1.0
    names = {metric.name for metric in evaluation.metrics}
    assert names == {"roc_auc", "average_precision", "precision_at_k", "precision", "recall", "f1"}
    assert all(m.low <= m.value <= m.high for m in evaluation.metrics)  # type: ignore[operator]
    assert "300 labelled rows" in str(evaluation)


def test_series_get_range_metrics_and_never_point_adjusted_f1(wave: pd.DataFrame) -> None:
    evaluation = wb.detect(wb.load(wave, label="is_anomaly")).evaluate()
    names = {metric.name for metric in evaluation.metrics}
    assert {"vus_pr", "affiliation_precision", "affiliation_recall"} <= names
    assert not any("adjust" in name for name in names)
    assert evaluation["affiliation_recall"] > 0.99


@pytest.mark.parametrize("kind", ["tabular", "series"])
def test_without_labels_no_accuracy_is_claimed(
    kind: str, machines: pd.DataFrame, wave: pd.DataFrame
) -> None:
    frame = (
        machines.drop(columns="broken") if kind == "tabular" else wave.drop(columns="is_anomaly")
    )
    evaluation = wb.detect(frame).evaluate()
    assert not evaluation.labelled
    assert "no accuracy can be claimed" in evaluation.statement
    names = [metric.name for metric in evaluation.metrics]
    assert any(name.startswith("agreement with") for name in names)
    assert "stability" in names
    assert all(-1 <= metric.value <= 1 for metric in evaluation.metrics)
    assert "no accuracy" in evaluation._repr_html_()


def test_a_label_of_one_kind_is_told(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines.assign(broken=0), label="broken"), "ecod")
    with pytest.raises(DataError, match="are normal"):
        found.evaluate()


def test_an_unknown_metric_lists_the_known(machines: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="Computed: roc_auc"):
        wb.detect(wb.load(machines, label="broken"), "ecod").evaluate()["accuracy"]


def test_comparing_puts_detectors_side_by_side(machines: pd.DataFrame) -> None:
    comparison = wb.compare(wb.load(machines, label="broken"), ["ecod", "knn", "iforest"])
    assert list(comparison.table.index) == ["ecod", "knn", "iforest"]
    assert {"anomalies", "seconds", "roc_auc", "average_precision"} <= set(comparison.table.columns)
    assert np.allclose(np.diag(comparison.correlation), 1.0)
    assert comparison.failures == {}
    assert "ecod" in comparison._repr_html_()


def test_a_detector_that_cannot_work_is_listed_with_its_reason(machines: pd.DataFrame) -> None:
    comparison = wb.compare(wb.load(machines, label="broken"), ["ecod", "matrix_profile"])
    assert list(comparison.detections) == ["ecod"]
    assert "is for series" in comparison.failures["matrix_profile"]
    assert comparison.to_dict()["failures"].keys() == {"matrix_profile"}


def test_comparing_nothing_twice_or_a_stranger_is_refused(machines: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="once"):
        wb.compare(machines, [])
    with pytest.raises(ParameterError, match="once"):
        wb.compare(machines, ["ecod", "ecod"])
    with pytest.raises(UnknownName, match="Did you mean 'ecod'"):
        wb.compare(machines, ["ecodd"])
    with pytest.raises(ParameterError, match="No detector can work"):
        wb.compare(wb.load(machines, label="broken"), ["matrix_profile"])


def test_a_single_name_may_be_given_plainly(machines: pd.DataFrame) -> None:
    assert list(wb.compare(machines, "ecod").table.index) == ["ecod"]
