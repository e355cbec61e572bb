"""Texts from end to end: loaded, scored, explained by their terms, kept, and scored again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.sources._service_log import service_log
from workbench.workflow.detection import Detection

SUBJECTS = ["the harbour", "a small boat", "the old captain", "every gull", "the tide"]
DEEDS = ["waits for", "sails with", "fears", "follows", "remembers"]
ENDS = ["the wind", "a storm", "the long night", "warm weather", "its fish"]


def tales(rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(3)
    texts = [
        " ".join(random.choice(part) for _ in range(2) for part in (SUBJECTS, DEEDS, ENDS))
        for _ in range(rows)
    ]
    texts[17] = "parliament adjourned its session over the disputed budget"
    return pd.DataFrame({"said": texts, "length": np.arange(rows) % 7, "name": "x"})


@pytest.fixture(scope="module")
def found() -> Detection:
    return wb.detect(wb.load(tales(), features=["said"]))


def test_naming_a_text_as_the_only_feature_makes_the_data_texts(found: Detection) -> None:
    assert found.dataset.kind == "text"
    assert int(found.scores.argmax()) == 17


def test_a_list_of_texts_is_data() -> None:
    data = wb.load(tales()["said"].tolist())
    assert (data.kind, data.features) == ("text", ("text",))


def test_free_text_beside_numbers_is_left_out_and_it_says_how_to_use_it() -> None:
    data = wb.load(tales())
    assert "features=[…]" in data.excluded["said"]
    both = wb.load(tales(), features=["said", "length"])
    assert both.kind == "tabular"
    assert wb.detect(both, "knn").explain(17).contributions[0].feature == "said"


def test_where_the_words_are_what_is_odd_the_counterfactual_says_that_it_left_them() -> None:
    both = wb.detect(wb.load(tales(), features=["said", "length"]), "knn")
    change = both.explain(17).counterfactual
    assert change is not None
    assert not change.found
    assert change.words.endswith("The words of 'said' count most here, and were left as they are.")


def test_the_reason_names_the_terms(found: Detection) -> None:
    told = found.explain(17)
    part = told.contributions[0]
    assert {term for term, _ in part.terms} <= set(tales()["said"][17].split())
    assert part.terms[0][1] >= part.terms[-1][1] > 0.0
    assert "(new)" in told.sentence
    assert told.counterfactual is None
    assert told.to_dict()["contributions"][0]["terms"][0].keys() == {"term", "part"}
    assert "terms" in told.to_frame()


def test_numbers_have_no_terms() -> None:
    told = wb.detect("sample:breast-cancer", "ecod").explain(0)
    assert "terms" not in told.to_frame()


def test_the_lines_that_repeat_it_say_that_the_data_are_texts(
    found: Detection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tales().to_csv("said.csv", index=False)
    first = wb.detect(wb.load("said.csv", kind="text"))
    told: dict[str, Detection] = {}
    exec(first.code, {}, told)
    np.testing.assert_array_equal(told["found"].scores, first.scores)


def test_the_lines_that_repeat_a_log_cut_it_into_the_same_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [f"{one.time.isoformat()} {one.text}" for one in service_log(60)]
    Path("shop.log").write_text("\n".join(lines))
    first = wb.detect(wb.load("shop.log", session=r"request (\w+)"), "hbos")
    told: dict[str, Detection] = {}
    exec(first.code, {}, told)
    np.testing.assert_array_equal(told["found"].scores, first.scores)


def test_a_saved_model_reads_texts_as_before(found: Detection, tmp_path: Path) -> None:
    path = wb.save(found, tmp_path / "said.wb")
    again = wb.open(path).score(tales())
    np.testing.assert_array_equal(again.scores, found.scores)


def test_every_tabular_detector_works_on_texts_and_the_choice_says_why(found: Detection) -> None:
    assert "numbers only" not in found.provenance["reason"]
    for name in ("iforest", "pyod:hbos", "knn"):
        assert int(wb.detect(found.dataset, name).scores.argmax()) == 17


def test_requests_of_a_log_that_went_wrong_rank_first() -> None:
    found = wb.detect("sample:service-log")
    assert found.evaluate()["roc_auc"] > 0.98
