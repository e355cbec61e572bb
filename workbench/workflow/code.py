"""The lines behind "copy as Python": they repeat a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.workflow.comparison import Comparison
    from workbench.workflow.detection import Detection
    from workbench.workflow.tuned import Tuning

__all__ = [
    "comparison_code",
    "detect_arguments",
    "detection_code",
    "is_told",
    "tells_all",
    "tuning_code",
]


def detection_code(found: Detection) -> str:
    """Return runnable lines; every choice that was made is spelled out."""
    shown = [f"{name}={_shown(value)}" for name, value in detect_arguments(found).items()]
    rule = found.threshold
    rule_params = "".join(f", {name}={value!r}" for name, value in rule.params.items())
    threshold = repr(rule.value) if rule.rule == "manual" else f"{rule.rule!r}{rule_params}"
    moved = "" if rule.rule == "fdr" else f"found = found.with_threshold({threshold})\n"
    return (
        "import workbench as wb\n\n"
        f"{_load(found.dataset)}\n"
        f"found = wb.detect(data, {found.detector!r}, {', '.join(shown)})\n"
        f"{moved}"
        "found.anomalies\n"
    )


def comparison_code(result: Comparison) -> str:
    """Return runnable lines that repeat a comparison; thresholds moved afterwards are set."""
    told = {name: value for name, value in result.options.items() if is_told(value)}
    given = "".join(f", {name}={_shown(value)}" for name, value in told.items())
    lines = [
        "import workbench as wb\n",
        _load(result.dataset),
        f"comparison = wb.compare(data, {list(result.detections)!r}{given})",
    ]
    for name in result.moved:
        at = float(result.detections[name].threshold.value)
        lines.append(f"comparison = comparison.with_threshold({name!r}, {at!r})")
    return "\n".join([*lines, "comparison.table\n"])


def tuning_code(result: Tuning) -> str:
    """Return runnable lines that search again; the last ones only repeat the best."""
    options = {name: item for name, item in (result.options or {}).items() if item is not None}
    given = ", ".join(f"{name}={item!r}" for name, item in options.items())
    best = {**result.params, "random_state": options.get("random_state", 0)}
    shown = ", ".join(f"{name}={item!r}" for name, item in best.items())
    return (
        "import workbench as wb\n\n"
        f"{_load(result.detection.dataset)}\n"
        f"tuned = wb.tune(data, {given})\n"
        f"found = wb.detect(data, {result.detector!r}, {shown})  # the best, without the search\n"
    )


def _load(data: Any) -> str:
    """Return the lines that load data; those that a team's server keeps are fetched first."""
    roles = [
        f"{role}={getattr(data, role)!r}"
        for role in ("time", "label", "entity")
        if getattr(data, role) is not None
    ]
    roles += [f"{word}={value!r}" for word, value in data.reading.items() if _is_plain(value)]
    roles += ["kind='text'"] if data.kind == "text" else []
    source = repr(data.name) if data.kept is None else "file"
    given = ", ".join([source, *roles, f"features={list(data.features)!r}"])
    return f"{_fetch(*data.kept) if data.kept else ''}data = wb.load({given})"


def _fetch(dataset: str, version: int) -> str:
    from workbench.core.settings import settings

    address = settings().address or "http://127.0.0.1:8100"
    return (
        f"with wb.connect({address!r}, 'wbk_…') as team:  # the address and a key of yours\n"
        f"    file = team.dataset({dataset!r}).download('.', {version})\n"
    )


def detect_arguments(found: Detection) -> dict[str, Any]:
    """Return what ``wb.detect`` has to be told, besides data and detector, for the same scores.

    Parameters of the detector that have no literal, and reference rows picked one by one, cannot
    be told; :func:`tells_all` says whether there are none.
    """
    params = {name: value for name, value in found.params.items() if value is not None}
    params = {name: value for name, value in params.items() if _is_plain(value)}
    seed = params.pop("random_state", found.provenance.get("random_state", 0))
    if found.provenance.get("reference") not in (None, "rows"):
        params["reference"] = _reference(str(found.provenance["reference"]))
    params["random_state"] = seed
    calibrated = found.provenance.get("calibration")
    if calibrated is not None:
        params["fdr"] = found.threshold.params.get("rate", 0.1)
        params["calibration"] = calibrated["method"]
        params |= {"shift": True} if calibrated["shift"] else {}
    return params


def tells_all(found: Detection) -> bool:
    """Tell whether :func:`detect_arguments` holds all that the scores depend on."""
    plain = all(_is_plain(value) for value in found.params.values())
    return plain and found.provenance.get("reference") != "rows"


def _shown(value: Any) -> str:
    return f"slice({value.start!r}, {value.stop!r})" if isinstance(value, slice) else repr(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_is_plain(item) for item in value.values())
    return value is None or isinstance(value, bool | int | float | str)


def _reference(reference: str) -> slice:
    from workbench.workflow.reference import parse_reference

    part = parse_reference(reference)
    return slice(part.start, part.stop)


def is_told(value: Any) -> bool:
    """Tell whether a value given to ``wb.compare`` can stand in lines of Python."""
    parts = (value.start, value.stop) if isinstance(value, slice) else (value,)
    return all(_is_plain(part) for part in parts)
