"""The lines behind "copy as Python": they repeat a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection

__all__ = ["detection_code"]


def detection_code(found: Detection) -> str:
    """Return runnable lines; every choice that was made is spelled out."""
    data = found.dataset
    roles = [
        f"{role}={getattr(data, role)!r}"
        for role in ("time", "label", "entity")
        if getattr(data, role) is not None
    ]
    arguments = ", ".join([repr(data.name), *roles, f"features={list(data.features)!r}"])
    params = {name: value for name, value in found.params.items() if value is not None}
    params = {name: value for name, value in params.items() if _is_plain(value)}
    seed = params.pop("random_state", found.provenance.get("random_state", 0))
    shown = [f"{name}={value!r}" for name, value in params.items()]
    if found.provenance.get("reference") not in (None, "rows"):
        first, _, last = _split(str(found.provenance["reference"]))
        shown.append(f"reference=slice({first!r}, {last!r})")
    shown.append(f"random_state={seed!r}")
    rule = found.threshold
    calibrated = found.provenance.get("calibration")
    if calibrated is not None:
        shown.append(f"fdr={rule.params.get('rate', 0.1)!r}, calibration={calibrated['method']!r}")
        if calibrated["shift"]:
            shown.append("shift=True")
    rule_params = "".join(f", {name}={value!r}" for name, value in rule.params.items())
    threshold = repr(rule.value) if rule.rule == "manual" else f"{rule.rule!r}{rule_params}"
    moved = "" if rule.rule == "fdr" else f"found = found.with_threshold({threshold})\n"
    return (
        "import workbench as wb\n\n"
        f"data = wb.load({arguments})\n"
        f"found = wb.detect(data, {found.detector!r}, {', '.join(shown)})\n"
        f"{moved}"
        "found.anomalies\n"
    )


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_is_plain(item) for item in value.values())
    return value is None or isinstance(value, bool | int | float | str)


def _split(reference: str) -> tuple[Any, str, Any]:
    from workbench.workflow.reference import parse_reference

    part = parse_reference(reference)
    return part.start, ":", part.stop
