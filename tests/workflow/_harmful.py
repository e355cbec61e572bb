"""Model files that want to harm: code where none belongs, and numbers that lead astray."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import workbench as wb

__all__ = ["MARK", "harmful_models", "plain", "rewritten", "wounded"]

#: Where a payload that runs would leave its mark.
MARK = "pwned"
Members = dict[str, bytes]


class Bomb:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, (f"__import__('os').mkdir('{MARK}')",)


def rewritten(path: Path, name: str, **changed: bytes) -> Path:
    """Return a copy with other members; checksums fit unless the manifest itself is given."""
    with zipfile.ZipFile(path) as file:
        members = {one: file.read(one) for one in file.namelist()}
    members |= {one.replace("_", "."): raw for one, raw in changed.items()}
    if "manifest_json" not in changed:
        manifest = json.loads(members["manifest.json"])
        for one in manifest["sha256"]:
            manifest["sha256"][one] = hashlib.sha256(members[one]).hexdigest()
        manifest["sample"]["sha256"] = hashlib.sha256(members["sample.npy"]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    return _zipped(path.with_name(f"{name}.wb"), members)


def _zipped(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for one, raw in members.items():
            file.writestr(one, raw)
    return path


def _payload(path: Path, change: Callable[[Members], None]) -> bytes:
    """Return the detectors of a model with something changed in what skops wrote."""
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(file.open("detectors.skops")) as inner:
        members = {one: inner.read(one) for one in inner.namelist()}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as inner:
        for one, raw in members.items():
            inner.writestr(one, raw)
    return buffer.getvalue()


def _arrays(change: Callable[[np.ndarray], np.ndarray | None]) -> Callable[[Members], None]:
    """Return what puts every array through a function that may change it, or leave it (None)."""

    def changed(members: Members) -> None:
        for one, raw in members.items():
            if one.endswith(".npy"):
                other = change(np.load(io.BytesIO(raw)).copy())
                if other is not None:
                    buffer = io.BytesIO()
                    np.save(buffer, other)
                    members[one] = buffer.getvalue()

    return changed


def _field(name: str, value: Any) -> Callable[[np.ndarray], np.ndarray | None]:
    def changed(array: np.ndarray) -> np.ndarray | None:
        if name not in (array.dtype.names or ()):
            return None
        array[name] = value
        return array

    return changed


def _whole_numbers(value: int) -> Callable[[np.ndarray], np.ndarray | None]:
    def changed(array: np.ndarray) -> np.ndarray | None:
        if array.dtype.kind not in "iu" or array.size < 5:
            return None
        known = np.iinfo(array.dtype)
        return np.full_like(array, max(known.min, min(known.max, value)))

    return changed


def _numbers(value: float) -> Callable[[np.ndarray], np.ndarray | None]:
    return lambda array: np.full_like(array, value) if array.dtype.kind == "f" else None


def _shorter(array: np.ndarray) -> np.ndarray | None:
    return array[: max(1, len(array) // 3)] if array.size > 4 else None


def _other_type(array: np.ndarray) -> np.ndarray | None:
    with np.errstate(invalid="ignore"):
        return array.astype(np.int8) if array.dtype.kind in "iuf" else None


def _no_shape(array: np.ndarray) -> np.ndarray | None:
    return array.reshape(-1)[:1].reshape(()) if array.size else None


#: What is done to arrays; each to the models whose arrays it concerns.
WOUNDS: dict[str, Callable[[np.ndarray], np.ndarray | None]] = {
    "children far away": _field("left_child", 2**40),
    "children below zero": _field("right_child", -(2**40)),
    "children in a circle": _field("left_child", 0),
    "features far away": _field("feature", 2**30),
    "leaves far away": _field("idx_end", 2**40),
    "leaves below zero": _field("idx_start", -(2**40)),
    "no leaves": _field("is_leaf", 0),
    "whole numbers far away": _whole_numbers(2**62),
    "whole numbers below zero": _whole_numbers(-7),
    "nothing but NaN": _numbers(float("nan")),
    "nothing but infinity": _numbers(float("inf")),
    "arrays cut short": _shorter,
    "arrays of another type": _other_type,
    "arrays without a shape": _no_shape,
}


def wounded(folder: Path, wound: str) -> Path:
    """Return a forest of scikit-learn's trees over a, b, c with a wound."""
    path = wb.save(wb.detect(plain(), "pyod:iforest", random_state=1), folder / "trees.wb")
    return rewritten(path, "wounded", detectors_skops=_payload(path, _arrays(WOUNDS[wound])))


def plain() -> pd.DataFrame:
    """Return 200 rows of the columns a, b, c."""
    return pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))


def harmful_models(folder: Path) -> dict[str, Path]:
    """Return at least fifty files that pretend to be models of three columns a, b, c."""
    saved = {}
    for detector in ("pyod:iforest", "pyod:knn", "iforest", "knn"):
        seed = {"random_state": 1} if "iforest" in detector else {}
        file = folder / f"{detector.replace(':', '-')}.wb"
        saved[detector] = wb.save(wb.detect(plain(), detector, **seed), file)
    made: dict[str, Path] = {}
    for detector, path in saved.items():
        whole = _payload(path, lambda members: None)
        for wound, change in WOUNDS.items():
            payload = _payload(path, _arrays(change))
            if payload != whole:
                about = f"{detector}: {wound}"
                made[about] = rewritten(path, f"m{len(made)}", detectors_skops=payload)
    for about, members in _strange(saved["iforest"]).items():
        made[about] = rewritten(saved["iforest"], f"m{len(made)}", **members)
    return made


def _strange(path: Path) -> dict[str, Members]:
    """Return members that are no detectors, scores or manifests."""
    objects = io.BytesIO()
    np.save(objects, np.array([Bomb()], dtype=object), allow_pickle=True)
    huge = (
        np.lib.format.magic(1, 0)
        + (118).to_bytes(2, "little")
        + (
            b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }".ljust(117)
            + b"\n"
        )
    )
    payloads = {
        "a pickle": pickle.dumps(Bomb()),
        "a torch file": _torch(),
        "nothing": b"",
        "an empty archive": _payload(path, lambda members: members.clear()),
        "a deep schema": _payload(path, lambda m: m.update({"schema.json": b"[" * 200_000})),
        "an array of objects": _payload(path, _every_array(objects.getvalue())),
        "an array of petabytes": _payload(path, _every_array(huge)),
    }
    for kind, module in (("Popen", "subprocess"), ("memmap", "numpy"), ("eval", "builtins"),
                         ("system", "os"), ("Path", "pathlib"), ("Bomb", __name__),
                         ("Nothing", "workbench.detectors.iforest"),
                         ("Iforest", "workbench.nowhere")):  # fmt: skip
        payloads[f"{module}.{kind} for a class"] = _payload(path, _swapped(kind, module))
    payloads["another detector's class"] = _payload(
        path, _swapped("Ecod", "workbench.detectors.ecod")
    )
    found: dict[str, Members] = {
        about: {"detectors_skops": payload} for about, payload in payloads.items()
    }
    for about, scores in (("objects", objects.getvalue()), ("petabytes", huge), ("words", b"x")):
        found[f"scores of {about}"] = {"scores_npy": scores}
        found[f"a sample of {about}"] = {"sample_npy": scores}
    return found | _manifests(path)


def _every_array(content: bytes) -> Callable[[Members], None]:
    return lambda members: members.update({one: content for one in members if one.endswith(".npy")})


def _swapped(kind: str, module: str) -> Callable[[Members], None]:
    """Return what puts another class in the place of the detector's."""

    def changed(members: Members) -> None:
        schema = json.loads(members["schema.json"])
        schema["content"][""] |= {"__class__": kind, "__module__": module}
        members["schema.json"] = json.dumps(schema).encode()

    return changed


def _manifests(path: Path) -> dict[str, Members]:
    """Return manifests that say what cannot be; the checksums in them fit."""
    with zipfile.ZipFile(path) as file:
        plain = json.loads(file.read("manifest.json"))
    wrong: dict[str, Any] = {
        "threshold": {"value": "<script>", "rule": [], "params": 7, "reason": {}},
        "scale": None,
        "units": {"": {"centre": "x", "spread": None}},
        "preparation": {"plans": [{"name": "../../etc/passwd"}]},
        "detector": {"name": 1},
        "roles": {"time": ["a"], "label": 3, "entity": {}},
        "axis": {"origin": "now", "step": "then"},
        "expectations": {"a": {}},
        "params": "none",
        "kind": "../..",
    }
    return {
        f"a manifest whose {key} makes no sense": {
            "manifest_json": json.dumps(plain | {key: value}).encode()
        }
        for key, value in wrong.items()
    }


def _torch() -> bytes:
    """Return what torch.save writes: a zip with a pickle inside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps(Bomb()))
        file.writestr("archive/version", "3\n")
    return buffer.getvalue()
