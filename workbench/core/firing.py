"""What a rule of a monitor found worth telling: one firing, told once however often it is found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["KINDS", "Firing", "firing_id"]

#: What a firing can be about, with the words for it.
KINDS = {
    "anomaly": "something is odd in the data",
    "missing": "no data came for longer than they should",
    "gap": "records are missing between others",
    "stuck": "a sensor says the same all the time",
    "late": "many records come later than was declared",
    "clock": "records are stamped with a time that cannot be",
    "drift": "the data have moved away from what the detector learned",
    "change": "the level of the data, or of their scores, has changed",
    "failure": "the monitor itself cannot go on",
}


@dataclass(frozen=True)
class Firing:
    """What a rule of a monitor found worth telling.

    Attributes
    ----------
    id : str
        Made of what it is about (:func:`firing_id`): the same when a monitor that was killed finds
        it again, so that nobody is told twice.
    monitor : str
        Id of the monitor.
    rule : str
        Name of the rule in that monitor.
    kind : str
        One of :data:`KINDS`.
    cause : str
        What belongs together: firings of one cause go into one incident.
    start, end : datetime.datetime
        From the first to the last record that it is about; UTC.
    severity : float
        0-100.
    text : str
        One sentence: what is odd, against what was expected.
    score, threshold, p_value : float or None
    entity : str
        Which pump, host or sensor; "" where there is one only.
    actual : mapping of str to float
        Values of the features that matter.
    expected : mapping of str to (float, float)
        Between which values each was expected.
    parts : mapping of str to float
        What features give to the score, the largest first.
    """

    id: str
    monitor: str
    rule: str
    kind: str
    cause: str
    start: datetime
    end: datetime
    severity: float
    text: str
    score: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    entity: str = ""
    actual: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)


def firing_id(monitor: str, rule: str, *about: object) -> str:
    """Return the id of a firing: 32 hex digits that depend on what it is about alone.

    Examples
    --------
    >>> firing_id("m", "high", 17) == firing_id("m", "high", 17)
    True
    """
    told = "\n".join([monitor, rule, *(str(one) for one in about)])
    return hashlib.sha256(told.encode("utf-8")).hexdigest()[:32]
