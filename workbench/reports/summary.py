"""What a report found, for machines: the document beside it, and what ``wb.report`` returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.reports.pieces import FACTS
from workbench.reports.runner import Run

__all__ = ["Report", "facts_of"]


@dataclass(frozen=True, eq=False)
class Report:
    """A report that was made.

    Attributes
    ----------
    path : Path
        The page, PDF or notebook.
    summary_path : Path
        The document beside it.
    template : str
    parameters : dict
        What the template was told, defaults included.
    facts : dict
        What it found, as plain values: "headline" is one sentence.
    run : Run
        Steps with their seconds, and where it stopped, if it did.
    """

    path: Path
    summary_path: Path
    template: str
    parameters: dict[str, Any]
    facts: dict[str, Any]
    run: Run

    @property
    def complete(self) -> bool:
        """Whether every step was made."""
        return self.run.failure is None

    def to_dict(self) -> dict[str, Any]:
        """Return the document that lies beside the report (see the published schema)."""
        failure = self.run.failure
        facts = dict(self.facts)
        return {
            "format": "workbench.report/1",
            "report": self.path.name,
            "template": self.template,
            "title": facts.pop("title", ""),
            "headline": facts.pop("headline", ""),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "complete": self.complete,
            "failure": None if failure is None else asdict(failure),
            "parameters": self.parameters,
            "facts": facts,
            "seconds": self.run.seconds,
            "steps": [asdict(step) for step in self.run.steps],
        }

    def __repr__(self) -> str:
        state = "" if self.complete else ", not complete"
        return f"Report({self.path.name!r} by {self.template}{state})"


def facts_of(notebook: Any) -> dict[str, Any]:
    """Return the facts that the cells of an executed notebook left, the later ones winning."""
    facts: dict[str, Any] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            facts |= output.get("data", {}).get(FACTS, {})
    return facts
