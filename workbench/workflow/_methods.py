"""How contributions came about, in words that are true for the fitted detector."""

from __future__ import annotations

import numpy as np

from workbench.detectors import Detector
from workbench.detectors._calibrated import Calibrated
from workbench.detectors._pooled import Pooled
from workbench.detectors._windowed import Windowed
from workbench.explainers.sentence import show_value
from workbench.explainers.shapley import ShapleyParts
from workbench.tuning._ensemble import Ensemble

__all__ = ["method_words", "sampled_words"]

NO_CAUSES = "Parts describe this model; they are not causes."


def method_words(detector: Detector, name: str) -> tuple[str, str]:
    """Return method and caveat for a fitted detector that has contributions of its own.

    Parameters
    ----------
    detector : Detector
    name : str
        What people call it.
    """
    if isinstance(detector, Pooled):
        return method_words(detector.inner, name)
    if isinstance(detector, Calibrated):
        method, caveat = method_words(detector.models_[0], name)
        count = len(detector.models_)
        return (f"{method} Mean over {count} models." if count > 1 else method), caveat
    if isinstance(detector, Ensemble):
        names = ", ".join(dict.fromkeys(_name(member) for member in detector.fitted_))
        return (
            f"Parts of the members ({names}), each stretched to its score on the common scale and "
            "added up by its weight.",
            NO_CAUSES,
        )
    if isinstance(detector, Windowed):
        return _windowed_words(detector)
    if detector.tags.exact:
        return f"Exact: the score of '{name}' is the sum of these parts.", ""
    return detector.explained, NO_CAUSES


def _windowed_words(detector: Windowed) -> tuple[str, str]:
    inner = detector.inner_.name()
    caveat = "A window's part may come from a neighbouring row."
    if detector.typical_ is None:
        return f"Parts of the windows around the row, averaged as '{inner}' scores them.", caveat
    return (
        f"What the windows around the row lose in the score of '{inner}' as one feature after the "
        "other becomes like that of the most similar usual window.",
        caveat,
    )


def _name(member: Detector) -> str:
    return _name(member.inner) if isinstance(member, Windowed) else member.name()


def sampled_words(told: ShapleyParts, values: np.ndarray, error: float) -> tuple[str, str]:
    """Return method and caveat for Shapley values of a detector without parts of its own.

    Parameters
    ----------
    told : ShapleyParts
    values : numpy.ndarray
        The parts on the scale of the scores.
    error : float
        Their largest standard error on that scale.
    """
    against = "of the fitted model against the most similar normal row"
    together = "Features that always move together share their part arbitrarily."
    if not told.errors.any():
        return (
            f"Shapley values {against}: all {told.rows} combinations of the features that differ "
            "were scored.",
            together,
        )
    share = 100.0 * error / (float(np.abs(values).sum()) or 1.0)
    sure = f"Standard error of a part: at most {show_value(error)} ({share:.1f} % of all parts)"
    if not told.settled:
        sure += ", for the sampling was cut short"
    return (
        f"Sampled Shapley values {against}, over {told.rows:,} scored rows.",
        f"{sure}. {together}",
    )
