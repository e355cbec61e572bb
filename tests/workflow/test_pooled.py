"""Many short series: one model over all their windows, each by its own level and spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import ParameterError


@pytest.fixture(scope="module")
def shops() -> pd.DataFrame:
    """30 shops of 60 days with a weekly rhythm at very different levels; shop 7 breaks it."""
    random = np.random.default_rng(0)
    parts = []
    for number in range(30):
        days = np.arange(60)
        sales = 1.0 + 0.5 * np.sin(days * 2 * np.pi / 7) + random.normal(0, 0.05, 60)
        if number == 7:
            sales[40:47] = sales[40:47][::-1]
        parts.append(
            pd.DataFrame(
                {
                    "day": pd.date_range("2026-01-01", periods=60),
                    "shop": f"s{number:02d}",
                    "sales": sales * 10.0 ** (number % 4),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def loaded(frame: pd.DataFrame) -> object:
    return wb.load(frame, time="day", entity="shop")


def test_many_short_series_are_pooled_and_it_is_said(shops: pd.DataFrame) -> None:
    found = wb.detect(loaded(shops), "pca", window=7)
    assert found.model.params["pooled"] is True
    assert any("one model is pooled" in notice for notice in found.notices)
    worst = shops.iloc[int(found.scores.to_numpy().argmax())]
    assert worst["shop"] == "s07"
    assert pd.Timestamp("2026-02-05") <= worst["day"] <= pd.Timestamp("2026-02-22")


@pytest.mark.parametrize("name", ["sub_knn", "sub_lof", "kmeans_ad"])
def test_detectors_on_stretches_are_pooled_too(name: str, shops: pd.DataFrame) -> None:
    found = wb.detect(loaded(shops), name, window=7)
    assert shops.loc[int(found.scores.to_numpy().argmax()), "shop"] == "s07"


def test_pooling_can_be_refused_and_asked_for(shops: pd.DataFrame) -> None:
    each = wb.detect(loaded(shops), "pca", window=7, pooled=False)
    assert "pooled" not in each.model.params
    few = shops[shops["shop"] < "s03"]
    assert "pooled" not in wb.detect(loaded(few), "pca", window=7).model.params
    assert wb.detect(loaded(few), "pca", window=7, pooled=True).model.params["pooled"] is True


def test_a_pooled_model_is_saved_once_and_scores_the_same(
    shops: pd.DataFrame, tmp_path: Path
) -> None:
    found = wb.detect(loaded(shops), "knn", window=7)
    wb.save(found, tmp_path / "shops.wb")
    again = wb.open(tmp_path / "shops.wb").score(shops)
    np.testing.assert_allclose(again.scores, found.scores, rtol=1e-12)
    shared = {id(unit.detector.inner) for unit in wb.open(tmp_path / "shops.wb").units.values()}
    assert len(shared) == 1


def test_a_new_entity_is_scored_by_its_own_level(shops: pd.DataFrame) -> None:
    model = wb.detect(loaded(shops), "pca", window=7).model
    new = shops[shops["shop"] == "s04"].assign(shop="new", sales=lambda rows: rows["sales"] * 300)
    scored = model.score(new)
    assert any("'new' was not among the entities" in notice for notice in scored.notices)
    known = model.score(shops[shops["shop"] == "s04"])
    np.testing.assert_allclose(scored.scores, known.scores, rtol=1e-6)


def test_a_row_of_a_pooled_model_is_explained(shops: pd.DataFrame) -> None:
    found = wb.detect(loaded(shops), "pca", window=7)
    worst = int(found.scores.to_numpy().argmax())
    explained = found.explain(worst)
    parts = sum(item.contribution for item in explained.contributions)
    assert explained.base + parts == pytest.approx(explained.score)


def test_what_cannot_be_pooled_says_so(shops: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="does not work on windows"):
        wb.detect(loaded(shops), "seasonal_residual", pooled=True)
    with pytest.raises(ParameterError, match="entity column"):
        wb.detect("sample:breast-cancer", "pca", pooled=True)
