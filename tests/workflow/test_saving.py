import io
import json
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io

import workbench as wb
from workbench.core.errors import ColumnError, DataError, ModelError, ParameterError
from workbench.workflow.saving import trusted_types


@pytest.fixture
def saved(machines: pd.DataFrame, tmp_path: Path) -> Path:
    found = wb.detect(wb.load(machines, label="broken"), "iforest", contamination=0.02)
    return wb.save(found, tmp_path / "machines.wb")


def rewrite(path: Path, **changed: bytes) -> Path:
    """Replace members of a model file; a payload gets a fitting checksum."""
    import hashlib

    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members |= {name.replace("_", "."): raw for name, raw in changed.items()}
    manifest = json.loads(members["manifest.json"]) if "manifest_json" not in changed else None
    if manifest is not None:
        for name in manifest["sha256"]:
            manifest["sha256"][name] = hashlib.sha256(members[name]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    other = path.with_name("changed.wb")
    with zipfile.ZipFile(other, "w") as file:
        for name, raw in members.items():
            file.writestr(name, raw)
    return other


def test_an_opened_model_scores_as_before(saved: Path, machines: pd.DataFrame) -> None:
    before = wb.detect(wb.load(machines, label="broken"), "iforest", contamination=0.02)
    after = wb.open(saved).score(machines)
    np.testing.assert_array_equal(after.scores, before.scores)
    assert after.threshold == before.threshold
    np.testing.assert_array_equal(after.severity, before.severity)
    np.testing.assert_allclose(after.p_values, before.p_values)
    assert after.explain(123).sentence == before.explain(123).sentence


def test_the_manifest_tells_what_a_model_is(saved: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        manifest = json.loads(file.read("manifest.json"))
    assert manifest["format"] == "workbench.model/1"
    assert manifest["detector"] == "iforest"
    assert manifest["provenance"]["versions"]["scikit-learn"]
    assert manifest["schema"]["speed"] == "float64"
    assert {item["name"] for item in manifest["metrics"]["metrics"]} >= {"roc_auc", "f1"}
    assert len(manifest["fingerprint"]) == 16


def test_columns_are_matched_by_name_and_strangers_ignored_with_a_notice(
    saved: Path, machines: pd.DataFrame
) -> None:
    model = wb.open(saved)
    turned = machines[machines.columns[::-1]].assign(colour="red")
    found = model.score(turned)
    np.testing.assert_array_equal(found.scores, model.score(machines).scores)
    assert any("colour" in notice for notice in found.notices)


def test_a_missing_column_is_refused_by_name(saved: Path, machines: pd.DataFrame) -> None:
    with pytest.raises(ColumnError, match="Column 'load' is not in the data"):
        wb.open(saved).score(machines.drop(columns="load"))


def test_label_and_id_are_not_needed_to_score(saved: Path, machines: pd.DataFrame) -> None:
    found = wb.open(saved).score(machines.drop(columns=["broken", "machine_id"]))
    assert found.rank.iloc[123] == 1


def test_an_unseen_category_counts_as_unusual(saved: Path, machines: pd.DataFrame) -> None:
    model = wb.open(saved)
    strange = machines.head(20).assign(state="exploded")
    found = model.score(strange)
    usual = model.score(machines.head(20).assign(state="run"))
    assert (found.scores.to_numpy() > usual.scores.to_numpy()).all()
    assert any("never seen" in notice and "exploded" in notice for notice in found.notices)


def test_a_value_missing_where_none_ever_was_counts_as_unusual(
    saved: Path, machines: pd.DataFrame
) -> None:
    hole = machines.copy()
    hole.loc[7, "speed"] = np.nan
    found = wb.open(saved).score(hole)
    assert found.rank.iloc[7] <= 10
    assert any("never did in training" in notice for notice in found.notices)


def test_one_row_scores_as_in_the_batch(saved: Path, machines: pd.DataFrame) -> None:
    model = wb.open(saved)
    alone = model.score(machines.iloc[[123]]).scores.iloc[0]
    assert alone == pytest.approx(model.score(machines).scores.iloc[123], abs=1e-12)


def test_no_rows_give_no_scores(saved: Path, machines: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="rows"):
        wb.open(saved).score(machines.iloc[:0])


def test_another_ending_is_refused(machines: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"ends with \.wb"):
        wb.save(wb.detect(machines, "ecod"), tmp_path / "model.pkl")


def test_only_results_and_models_can_be_saved(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="found dict"):
        wb.save({}, tmp_path / "x.wb")  # type: ignore[arg-type]


def test_a_missing_folder_leaves_nothing_behind(machines: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        wb.save(wb.detect(machines, "ecod"), tmp_path / "nowhere" / "x.wb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 half a zip"])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.wb"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"'x\.wb' is not a model file"):
        wb.open(file)


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file 'gone\.wb'"):
        wb.open(tmp_path / "gone.wb")


def test_every_cut_and_every_flipped_byte_is_noticed(saved: Path, tmp_path: Path) -> None:
    """Forty seeded damages: none opens as something else, none raises a stranger's error."""
    raw = saved.read_bytes()
    random = np.random.default_rng(0)
    for number in range(40):
        broken = bytearray(raw)
        if number % 4 == 0:
            broken = broken[: int(random.integers(1, len(raw)))]
        else:
            broken[int(random.integers(len(raw)))] ^= 1 << int(random.integers(8))
        file = tmp_path / "broken.wb"
        file.write_bytes(bytes(broken))
        try:
            model = wb.open(file)
        except ModelError:
            continue
        assert model.detector == "iforest"  # a byte of the zip's own bookkeeping


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os').mkdir('pwned')",)


def test_a_pickle_in_the_payload_is_never_run(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for payload in (pickle.dumps(Bomb()), pickle.dumps({"": Bomb()})):
        with pytest.raises(ModelError):
            wb.open(rewrite(saved, detectors_skops=payload))
    assert not (tmp_path / "pwned").exists()


def test_an_array_of_objects_is_never_unpickled(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(ModelError):
        wb.open(rewrite(saved, scores_npy=buffer.getvalue()))
    assert not (tmp_path / "pwned").exists()


def test_some_of_the_rows_that_were_learned_from_come_along(
    saved: Path, machines: pd.DataFrame, tmp_path: Path
) -> None:
    model = wb.open(saved)
    assert set(model.sample) == {"speed", "load", "alarm"}
    np.testing.assert_array_equal(model.sample["load"], machines["load"].to_numpy())
    again = wb.open(wb.save(model, tmp_path / "again.wb"))
    for name, column in model.sample.items():
        np.testing.assert_array_equal(again.sample[name], column)
    bare = wb.save(model, tmp_path / "bare.wb", sample=False)
    assert wb.open(bare).sample == {}
    with zipfile.ZipFile(bare) as file:
        assert "sample.npy" not in file.namelist()


@pytest.mark.parametrize("wrong", ["words", "shape", "objects"])
def test_a_sample_that_is_none_is_refused(saved: Path, wrong: str) -> None:
    import hashlib

    buffer = io.BytesIO()
    objects = np.array([[Bomb()] * 3], dtype=object)
    made = {"shape": np.zeros((9, 2)), "objects": objects}.get(wrong, np.zeros(3))
    np.save(buffer, made, allow_pickle=True)
    raw = b"no array" if wrong == "words" else buffer.getvalue()
    with pytest.raises(ModelError, match=r"sample\.npy does not match its checksum"):
        wb.open(rewrite(saved, sample_npy=raw))
    with zipfile.ZipFile(saved) as file:
        manifest = json.loads(file.read("manifest.json"))
    manifest["sample"]["sha256"] = hashlib.sha256(raw).hexdigest()
    fitting = {"sample_npy": raw, "manifest_json": json.dumps(manifest).encode()}
    with pytest.raises(ModelError, match="damaged"):
        wb.open(rewrite(saved, **fitting))


def test_a_type_that_is_not_on_the_list_is_refused(saved: Path) -> None:
    from workbench.core.progress import Progress

    payload = skops.io.dumps({"": Progress()})
    with pytest.raises(ModelError, match=r"not trusted.*Progress"):
        wb.open(rewrite(saved, detectors_skops=payload))


def test_a_payload_without_detectors_is_refused(saved: Path) -> None:
    with pytest.raises(ModelError, match="damaged"):
        wb.open(rewrite(saved, detectors_skops=skops.io.dumps([1, 2])))


def test_a_threshold_that_nothing_passes_is_kept(machines: pd.DataFrame, tmp_path: Path) -> None:
    model = wb.detect(machines, "ecod").model
    never = replace(model, threshold=replace(model.threshold, value=np.inf))
    again = wb.open(wb.save(never, tmp_path / "never.wb"))
    assert again.threshold.value == np.inf
    assert not again.score(machines).is_anomaly.any()


def test_a_manifest_that_says_what_cannot_be_is_refused_by_name(saved: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        manifest = json.loads(file.read("manifest.json"))
    manifest["threshold"]["value"] = "<b>high</b>"
    with pytest.raises(ModelError, match=r"'threshold\.value' in its manifest is wrong"):
        wb.open(rewrite(saved, manifest_json=json.dumps(manifest).encode()))


def test_a_newer_format_says_update(saved: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        manifest = json.loads(file.read("manifest.json"))
    manifest["format"] = "workbench.model/9"
    with pytest.raises(ModelError, match="Update anomaly-workbench"):
        wb.open(rewrite(saved, manifest_json=json.dumps(manifest).encode()))


def test_every_trusted_type_exists() -> None:
    """A name on the list that no longer exists would hide a change in a library."""
    from importlib import import_module

    for name in trusted_types():
        module, _, kind = name.rpartition(".")
        assert hasattr(import_module(module), kind), name


def test_nothing_pickles_a_model() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import workbench.workflow.saving, sys; print('joblib' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "False"
