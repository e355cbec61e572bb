"""``wb.save`` and ``wb.open``: a fitted model in one file, without pickle."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import ModelError, ParameterError
from workbench.detectors import Detector
from workbench.detectors._weights import Weights, on_shelf
from workbench.preparation.sample import MOST_ROWS
from workbench.workflow._manifest import FORMAT, Manifest, read_manifest
from workbench.workflow.exporting import to_json, write_whole

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Model

__all__ = [
    "load_detectors",
    "open_model",
    "open_with",
    "payload_of",
    "save",
    "trusted_types",
]

_MEMBERS = ("manifest.json", "detectors.skops", "scores.npy")
#: What networks learned; files of other detectors have none.
_WEIGHTS = "weights.safetensors"
#: Rows that were learned from; files of before, and those saved without, have none.
_SAMPLE = "sample.npy"
_READ = (*_MEMBERS, _WEIGHTS, _SAMPLE)
#: Largest unpacked member that is read.
_MOST_BYTES = 2 * 1024**3

#: Types beyond skops' own defaults and our detectors that a payload may hold, each by name.
_TRUSTED = (
    "pyod.models.abod.ABOD",
    "pyod.models.cblof.CBLOF",
    "pyod.models.gmm.GMM",
    "pyod.models.hbos.HBOS",
    "pyod.models.hdbscan.HDBSCAN",
    "pyod.models.iforest.IForest",
    "pyod.models.inne.INNE",
    "pyod.models.kde.KDE",
    "pyod.models.knn.KNN",
    "pyod.models.kpca.KPCA",
    "pyod.models.kpca.PyODKernelPCA",
    "pyod.models.loda.LODA",
    "pyod.models.lof.LOF",
    "pyod.models.mad.MAD",
    "pyod.models.mcd.MCD",
    "pyod.models.ocsvm.OCSVM",
    "pyod.models.pca.PCA",
    "pyod.models.sampling.Sampling",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn.linear_model._sgd_fast.Hinge",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
    "workbench.detectors._neighbours.Neighbours",
    "workbench.detectors._sketched_tails.SketchedTails",
    "workbench.detectors._tails.Tails",
    "workbench.detectors._calibrated.Calibrated",
    "workbench.detectors._pooled.Pooled",
    "workbench.detectors._sharpness.Sharpness",
    "workbench.detectors._windowed.Windowed",
    "workbench.tuning._calibration.Calibration",
    "workbench.tuning._ensemble.Standing",
)


def trusted_types() -> list[str]:
    """Return every type that a saved model may hold: a fixed list and the installed detectors."""
    from workbench.detectors import DETECTORS

    own = [DETECTORS.get(name) for name in DETECTORS.names()]
    return sorted({*_TRUSTED, *(f"{kind.__module__}.{kind.__qualname__}" for kind in own)})


def save(what: Detection | Model, path: str | Path, *, sample: bool = True) -> Path:
    """Save a fitted model as one file that scores identically when it is opened again.

    The file is a zip with a manifest (versions, schema, preparation, threshold, metrics,
    fingerprint of the data, checksums), the detectors as skops, what networks learned as
    safetensors, the training scores, and some of the rows that were learned from.

    Parameters
    ----------
    what : Detection or Model
        What to save.
    path : path
        Ends with ``.wb``.
    sample : bool
        Whether it holds some of the numbers that were learned from (at most 2,000 rows), which
        a monitor holds what comes against: leave them out of a file for those who must not see
        them.

    Raises
    ------
    ParameterError
        The ending is another.
    DataError
        The file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".wb":
        raise ParameterError(f"A model file ends with .wb, found '{path.name}'.")
    model, about = _with_facts(what)
    buffer = io.BytesIO()
    np.save(buffer, model.training_scores, allow_pickle=False)
    members = {**model.payload(), "scores.npy": buffer.getvalue()}
    manifest = _manifest(model, about)
    manifest["sha256"] = {name: _digest(raw) for name, raw in members.items()}
    if sample and model.sample:
        members[_SAMPLE] = _packed(model.sample)
        manifest["sample"] = {"columns": list(model.sample), "sha256": _digest(members[_SAMPLE])}

    def write(scratch: Path) -> None:
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("manifest.json", to_json(manifest))
            for name, raw in members.items():
                file.writestr(name, raw)

    write_whole(path, write)
    return path


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _packed(sample: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.column_stack(list(sample.values())), allow_pickle=False)
    return buffer.getvalue()


def open_model(path: str | Path) -> Model:
    """Open a saved model; ``wb.open(path).score(new_data)`` scores as before saving.

    Raises
    ------
    ModelError
        The file is missing, damaged, from a newer version, or holds types that are not on the
        list of :func:`trusted_types`.
    """
    path = Path(path)
    return open_with(path, load_detectors(path))


def open_with(path: Path, detectors: Mapping[str, Detector]) -> Model:
    """Open a saved model around detectors that were opened before, or that stand for them."""
    members, manifest = _checked(path)
    try:
        return _rebuild(manifest, members, detectors)
    except (KeyError, TypeError, ValueError, AttributeError, MemoryError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"'{path.name}' is damaged: {error!r}. Save the model again.") from error


def load_detectors(path: Path) -> dict[str, Detector]:
    """Open the fitted detectors of a saved model, by the entity that each is for."""
    return _load_detectors(payload_of(path), path.name)


def payload_of(path: Path) -> dict[str, bytes]:
    """Return the detectors of a saved model as they lie in the file, unopened."""
    members = _checked(path)[0]
    return {name: members[name] for name in ("detectors.skops", _WEIGHTS) if name in members}


def _checked(path: Path) -> tuple[dict[str, bytes], Manifest]:
    if not path.is_file():
        raise ModelError(f"There is no model file '{path.name}'.")
    members = _read_members(path)
    missing = [name for name in _MEMBERS if name not in members]
    if missing:
        raise ModelError(f"'{path.name}' is not a model file: it holds no {missing[0]}.")
    manifest = read_manifest(members["manifest.json"], path.name)
    if set(manifest.sha256) != {*_MEMBERS[1:], *({_WEIGHTS} & set(members))}:
        raise ModelError(f"'{path.name}' is damaged: its checksums are incomplete.")
    for name, digest in manifest.sha256.items():
        if _digest(members[name]) != digest:
            raise ModelError(f"'{path.name}' is damaged: {name} does not match its checksum.")
    if manifest.sample is not None and (
        _SAMPLE not in members or _digest(members[_SAMPLE]) != manifest.sample.sha256
    ):
        raise ModelError(f"'{path.name}' is damaged: {_SAMPLE} does not match its checksum.")
    return members, manifest


def _with_facts(what: Any) -> tuple[Model, dict[str, Any]]:
    from workbench.workflow.detection import Detection
    from workbench.workflow.large_detection import LargeDetection
    from workbench.workflow.model import Model

    if isinstance(what, LargeDetection):
        what = what.model
    if isinstance(what, Model):
        return what, {}
    if not isinstance(what, Detection):
        raise ParameterError(
            f"Only a detection or a model can be saved, found {type(what).__name__}."
        )
    facts: dict[str, Any] = {"fingerprint": what.dataset.fingerprint}
    if what.dataset.label is not None:
        facts["metrics"] = what.evaluate().to_dict()
    frame = what.dataset.frame
    facts["schema"] = {str(name): str(frame[name].dtype) for name in frame.columns}
    return what.model, facts


def _manifest(model: Model, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "workbench": metadata.version("anomaly-workbench"),
        "detector": model.detector,
        "params": model.params,
        "kind": model.kind,
        "roles": {"time": model.time, "label": model.label, "entity": model.entity},
        "axis": {"origin": model.origin, "step": model.step},
        "preparation": model.preparation.to_dict(),
        "units": {
            name: {"centre": unit.centre, "spread": unit.spread}
            for name, unit in model.units.items()
        },
        "threshold": asdict(model.threshold),
        "scale": asdict(model.scale),
        "expectations": {name: item.to_dict() for name, item in model.expectations.items()},
        "provenance": model.provenance,
        **facts,
    }


def _read_members(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as file:
            known = [item for item in file.infolist() if item.filename in _READ]
            if sum(item.file_size for item in known) > _MOST_BYTES:
                raise ModelError(f"'{path.name}' unpacks to more than {_MOST_BYTES >> 30} GiB.")
            return {item.filename: file.read(item) for item in known}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"'{path.name}' is not a model file: {error}.") from error
    except Exception as error:  # zlib.error has no public base class of its own
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"'{path.name}' is damaged: {error}.") from error


def _rebuild(
    manifest: Manifest, members: dict[str, bytes], detectors: Mapping[str, Detector]
) -> Model:
    from workbench.preparation.encoding import Preparation
    from workbench.workflow.model import Model, Unit

    scores = np.load(io.BytesIO(members["scores.npy"]), allow_pickle=False)
    units = {
        key: Unit(detectors[key], level.centre, level.spread)
        for key, level in manifest.units.items()
    }
    return Model(
        detector=manifest.detector,
        params=manifest.params,
        kind=manifest.kind,
        preparation=Preparation.from_dict(manifest.preparation.model_dump()),
        **manifest.roles.model_dump(),
        **manifest.axis.model_dump(),
        units=units,
        threshold=manifest.threshold,
        scale=manifest.scale,
        training_scores=scores,
        expectations=manifest.expectations,
        sample=_sample(manifest, members),
        provenance=manifest.provenance,
    )


def _sample(manifest: Manifest, members: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    """Return the kept training rows by feature; whatever was written, no more than we keep."""
    if manifest.sample is None:
        return {}
    names = manifest.sample.columns
    rows = np.load(io.BytesIO(members[_SAMPLE]), allow_pickle=False)
    good = rows.ndim == 2 and rows.dtype == np.float64 and rows.shape[1] == len(set(names))
    if not good or len(rows) > MOST_ROWS or len(set(names)) != len(names):
        raise ValueError("its sample is none")
    return {name: rows[:, place] for place, name in enumerate(names)}


def _load_detectors(payload: Mapping[str, bytes], name: str) -> dict[str, Detector]:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with on_shelf(_weights(payload)):
            loaded = skops.io.loads(payload["detectors.skops"], trusted=trusted_types())
    except UntrustedTypesFoundException as error:
        raise ModelError(
            f"'{name}' holds types that are not trusted and was not opened: {error}. If a plug-in "
            "made it, install that plug-in."
        ) from error
    except Exception as error:
        raise ModelError(f"'{name}' cannot be opened: {error}.") from error
    if not isinstance(loaded, dict) or not all(
        isinstance(one, Detector) for one in loaded.values()
    ):
        raise ModelError(f"'{name}' is damaged: it holds no detectors.")
    return loaded


def _weights(payload: Mapping[str, bytes]) -> Weights:
    if _WEIGHTS not in payload:
        return {}
    from safetensors.numpy import load

    return load(payload[_WEIGHTS])
