"""Results to report on, and each report made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.reports.summary import Report

from ._cases import case, period

Reported = Callable[[str, str], Report]


def degenerate() -> pd.DataFrame:
    """Three rows: a constant, an empty and a nearly empty column."""
    return pd.DataFrame({"same": [1.0] * 3, "empty": [None] * 3, "few": [1.0, 2.0, np.nan]})


@pytest.fixture(scope="session")
def reported(
    tmp_path_factory: pytest.TempPathFactory, machines: pd.DataFrame, wave: pd.DataFrame
) -> Reported:
    """Return the report of a template on "table", "series" or "degenerate"; made once each."""
    folder = tmp_path_factory.mktemp("reports")
    loads: dict[str, Any] = {
        "table": lambda: wb.load(machines, label="broken", name="machines.csv"),
        "series": lambda: wb.load(wave, time="timestamp", label="is_anomaly", name="wave.csv"),
        "degenerate": lambda: wb.load(degenerate(), name="three.csv"),
    }

    @cache
    def data(kind: str) -> Any:
        return loads[kind]()

    @cache
    def found(kind: str) -> Any:
        return wb.detect(data(kind), "seasonal_residual" if kind == "series" else "ecod")

    @cache
    def made(template: str, kind: str) -> Report:
        about = {
            "data_quality_report": lambda: data(kind),
            "model_comparison_report": lambda: wb.compare(
                data(kind), ["ecod", "iforest", "discord"]
            ),
            "post_mortem_report": lambda: case(kind),
            "watch_report": lambda: period(kind),
        }.get(template, lambda: found(kind))
        path = folder / f"{template}-{kind}.html"
        report = wb.report(about(), path, template=template)
        vars(report)["about"] = about
        return report

    return made


@pytest.fixture(scope="session")
def page_of(reported: Reported) -> Callable[[str, str], str]:
    def page(template: str, kind: str) -> str:
        return Path(reported(template, kind).path).read_text(encoding="utf-8")

    return page
