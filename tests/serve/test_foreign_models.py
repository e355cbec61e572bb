"""Bar 17: models from outside are refused or contained; the server never dies of one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import workbench as wb
from tests.workflow._harmful import MARK, harmful_models, plain

from ._server import Team

API = "/api/v1"
ROWS = {"rows": [{"a": 5.0, "b": 0.0, "c": 0.0}, {"a": 0.1, "b": 0.2, "c": None}]}


def imported(team: Team, path: Path) -> Any:
    files = {"file": (path.name, path.read_bytes())}
    return team.ask("admin", "POST", f"{API}/models/import", files=files)


def contained(team: Team, made: dict[str, Path]) -> None:
    """Import each and let it score; whatever happens, it happens to the sender alone."""
    statuses: Counter[str] = Counter()
    wrong = []
    for about, path in made.items():
        answer = imported(team, path)
        if answer.status_code == 201:
            model = answer.json()["model"]["id"]
            answer = team.ask("viewer", "POST", f"{API}/models/{model}/score", json=ROWS)
            assert answer.status_code == 404  # nobody was given it
            answer = team.ask("admin", "POST", f"{API}/models/{model}/score", json=ROWS)
            statuses[f"taken in, scores: {answer.status_code}"] += 1
        else:
            statuses[f"refused: {answer.status_code}"] += 1
        told = answer.text
        if answer.status_code >= 500 or "Traceback" in told or str(team.server.home) in told:
            wrong.append(f"{about}: {answer.status_code} {told[:300]}")
    print(f"{len(made)} models: {dict(statuses)}")
    assert not wrong, "\n".join(wrong)
    assert team.server.alive
    assert team.ask("", "GET", "/healthz").status_code == 200
    assert not list(team.server.home.rglob(MARK))
    assert not Path(MARK).exists()


def test_harmful_models_are_refused_or_contained(team: Team, tmp_path: Path) -> None:
    made = harmful_models(tmp_path)
    contained(team, {name: made[name] for name in list(made)[::30]})


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_fifty_harmful_models_are_refused_or_contained(team: Team, tmp_path: Path) -> None:
    made = harmful_models(tmp_path)
    assert len(made) >= 50
    contained(team, made)


def test_a_model_from_outside_scores_as_where_it_was_made(team: Team, tmp_path: Path) -> None:
    found = wb.detect(plain(), "pyod:iforest", random_state=1)
    with wb.connect(team.url, team.tokens["admin"]) as admin:
        model = admin.import_model(wb.save(found, tmp_path / "plain.wb"))
        np.testing.assert_allclose(model.score(plain()).score, found.scores)
        scored = model.score_dataset(admin.load(plain(), name="plain"))
        np.testing.assert_allclose(scored.scores.score, found.scores)
        assert len(scored.with_threshold("budget", n=3).anomalies) == 3
        why = scored.explain(int(found.scores.argmax()))
        assert {part["feature"] for part in why["contributions"]} == {"a", "b", "c"}
        kept = admin.save(scored, "kept again")
        np.testing.assert_allclose(kept.score(plain()).score, found.scores)
