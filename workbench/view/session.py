"""What one person is looking at: data, detector, threshold, selection, range and stage.

No server and no browser: pages watch these parameters, tests read them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import param

from workbench.core.errors import WorkbenchError
from workbench.view.data_session import ROLES, STAGES, DataSession, real, whole
from workbench.view.job import Job

__all__ = ["ROLES", "RULES", "STAGES", "Session"]

#: Labelled rows up to which figures are worked out unasked; 600 bootstrap rounds over more
#: keep a core busy for minutes.
MOST_ROWS_JUDGED = 200_000

#: Threshold rules by name: words, the rule's parameter, and its usual value.
RULES: dict[str, tuple[str, str, float]] = {
    "automatic": ("Automatic", "", 0.0),
    "contamination": ("Share of the rows", "contamination", 0.02),
    "budget": ("Rows a day", "n", 10.0),
    "mad": ("Distance from the middle", "factor", 3.5),
    "quantile": ("Quantile of the scores", "q", 0.99),
}


class Session(DataSession):
    """The state behind the Explore page; every parameter that matters is in the URL.

    Examples
    --------
    >>> session = Session.from_query({"data": "sample:pump", "row": "12"})
    >>> session.query()["row"], session.query()["detector"]
    ('12', 'auto')
    """

    NOTHING: ClassVar[dict[str, Any]] = {"found": None, "explanation": None}
    #: Whether figures are worked out unasked where labels are.
    judges: ClassVar[bool] = True

    detector = param.String(default="auto", doc="Name in the catalog, or auto.")
    rule: Any = param.Selector(
        default="automatic", objects=list(RULES), doc="How the threshold is set."
    )
    amount = param.Number(default=0.02, doc="The rule's number.")
    threshold = param.Number(default=None, allow_None=True, doc="Set by hand; it beats the rule.")
    row = param.Integer(default=None, allow_None=True, doc="Selected row of the data.")
    brush = param.List(default=[], doc="Brushed range [low, high] on the axis.")
    picked = param.Parameter(default=None, doc="Rows boxed in the plane, or None.")
    window = param.List(default=[], doc="Visible range [low, high] on the axis.")
    across = param.String(default="", doc='Horizontal axis of the chart; "" is time or PCA.')
    upright = param.String(default="", doc="Column on the vertical axis of the chart.")
    found = param.Parameter(default=None, doc="The detection with the threshold in force.")
    explanation = param.Parameter(default=None, doc="Why the selected row stands out.")
    evaluation = param.Parameter(default=None, doc="How good the ranking is, once known.")
    judging = param.Boolean(default=False, doc="Whether the evaluation is being worked out.")
    doubt = param.String(default="", doc="Why there is no evaluation, in words.")

    def __init__(self, engine: Any = None, **params: Any) -> None:
        super().__init__(engine, **params)
        self.verdict: Job | None = None
        self._raw: Any = None

    # ---- the URL ------------------------------------------------------------------------------

    @classmethod
    def from_query(cls, query: dict[str, Any], engine: Any = None) -> Self:
        """Return the session that a URL describes; what it gets wrong is left at the default."""
        words = {key: str(text) for key, text in query.items()}
        session = cls(engine)
        updates: dict[str, Any] = {
            **cls._data_of(words),
            "detector": words.get("detector", "auto"),
            "across": words.get("x", ""),
            "upright": words.get("y", ""),
            "row": whole(words.get("row")),
            "threshold": real(words.get("threshold")),
            "brush": _pair(words.get("range")),
            "window": _pair(words.get("view")),
        }
        if words.get("rule") in RULES:
            updates["rule"] = words["rule"]
            updates["amount"] = real(words.get("amount")) or RULES[words["rule"]][2]
        session.param.update(**updates)
        return session

    def query(self) -> dict[str, str]:
        """Return what the URL says, defaults included; "" where there is nothing."""
        return {
            **self._data_query(),
            "detector": self.detector,
            "rule": self.rule,
            "amount": f"{self.amount:g}",
            "threshold": "" if self.threshold is None else f"{self.threshold:.6g}",
            "row": "" if self.row is None else str(self.row),
            "range": ",".join(f"{end:.15g}" for end in self.brush),
            "view": ",".join(f"{end:.15g}" for end in self.window),
            "x": self.across,
            "y": self.upright,
            "scored": "yes" if self.found is not None else "no",
        }

    # ---- work ---------------------------------------------------------------------------------

    def run(self) -> None:
        """Detect in the loaded data with the chosen detector and rule."""
        if self.dataset is None:
            self.param.update(stage="failed", message="Choose a sample or upload a file first.")
            return
        data, detector, source = self.dataset, self.detector, self._place_or(self.source)
        roles = self.roles
        self.param.update(stage="running", found=None, explanation=None, message="")

        def detect(progress: Any) -> Any:
            progress.step(0.01, "starting")
            return self.engine.detect(source, data, detector, progress, roles)

        def after(job: Job) -> None:
            if not self._ended_badly(job):
                self._scored(job.result)

        self._start(detect, after, "running")

    def poll(self) -> bool:
        """Collect work that has ended; return whether any still goes on."""
        super().poll()
        verdict = self.verdict
        if verdict is not None and not verdict.alive:
            self.verdict = None
            verdict.collect()
        return self.job is not None or self.verdict is not None

    def _kept(self, place: str) -> Any:
        return self.engine.kept(place, self.detector, self.roles)

    def forget(self) -> None:
        """Drop selection, range, threshold and axes."""
        self._raw = None
        self.param.update(
            row=None, brush=[], picked=None, window=[], threshold=None, across="", upright=""
        )

    def _scored(self, found: Any) -> None:
        self._raw = found
        found, message = self._with_rule(found)
        row = self.row
        if row is None or not 0 <= row < len(found):
            row = found.records[0].peak if found.records else None
        why, trouble = self._explained(found, row)
        self.param.update(
            found=found, row=row, explanation=why, message=message or trouble, stage="scored"
        )

    # ---- how good it is -----------------------------------------------------------------------

    def judge(self) -> None:
        """Work out how good the ranking is, beside the page; a newer threshold starts anew."""
        if self.found is not None:
            self.param.update(judging=True, doubt="")
            if self.verdict is None:
                self._judge()

    def _judge(self) -> None:
        found, source, detector, roles = self.found, self.source, self.detector, self.roles

        def evaluate(_progress: Any) -> Any:
            return self.engine.evaluate(self._place_or(source), detector, found, roles)

        def after(job: Job) -> None:
            if found is self.found:
                self.param.update(evaluation=job.result, doubt=job.error, judging=False)
            elif self.judging:
                self._judge()

        self.verdict = Job(evaluate, after)

    @param.depends("found", watch=True)
    def _judge_if_labelled(self) -> None:
        self.param.update(evaluation=None, doubt="", judging=False)
        found = self.found
        few = found is not None and len(found) <= MOST_ROWS_JUDGED
        if self.judges and few and found.dataset.label:
            self.judge()

    # ---- what a person does -------------------------------------------------------------------

    def set_threshold(self, value: float | None) -> None:
        """Use a threshold set by hand, or with None the rule's own; nothing is fitted again."""
        self.threshold = None if value is None else float(value)
        self._rule_again()

    def set_rule(self, rule: str, amount: float | None = None) -> None:
        """Use another threshold rule; nothing is fitted again."""
        self.param.update(
            rule=rule, amount=RULES[rule][2] if amount is None else float(amount), threshold=None
        )
        self._rule_again()

    def select(self, row: int | None) -> None:
        """Open a row of the data and explain it."""
        if row is not None and self.found is not None and not 0 <= row < len(self.found):
            return
        if row != self.row:
            why, trouble = self._explained(self.found, row)
            self.param.update(row=row, explanation=why, message=trouble)

    def set_brush(self, brush: list[float]) -> None:
        """Brush the range [low, high] of the axis; an empty list clears every brush."""
        self.param.update(brush=brush, picked=None)

    def pick_rows(self, rows: np.ndarray) -> None:
        """Brush these rows and open the most severe of them."""
        if rows.size and self.found is not None:
            self.param.update(picked=rows, brush=[])
            scores = self.found.scores.to_numpy()[rows]
            self.select(int(rows[int(np.argmax(scores))]))

    def chosen(self) -> dict[str, Any]:
        """Return what is selected, as ``found.to_notebook`` takes it."""
        rows = self.rows_inside()
        return {"row": self.row, "rows": () if rows is None else rows.tolist()}

    def rows_inside(self) -> np.ndarray | None:
        """Return the brushed rows as positions, or None when nothing is brushed."""
        if self.picked is not None:
            return np.asarray(self.picked)
        if len(self.brush) != 2:
            return None
        low, high = self.brush
        return np.flatnonzero((self.axis >= low) & (self.axis <= high))

    def _rule_again(self) -> None:
        if self._raw is None:
            return
        found, message = self._with_rule(self._raw)
        why, trouble = self._explained(found, self.row)
        self.param.update(found=found, explanation=why, message=message or trouble)

    def _with_rule(self, found: Any) -> tuple[Any, str]:
        """Return the detection with the person's threshold, and what stood in its way."""
        try:
            if self.threshold is not None:
                return found.with_threshold(self.threshold), ""
            if self.rule != "automatic":
                return found.with_threshold(self.rule, **{RULES[self.rule][1]: self.amount}), ""
        except WorkbenchError as error:
            return found, str(error)
        return found, ""

    def _explained(self, found: Any, row: int | None) -> tuple[Any, str]:
        """Return why the row stands out, and what stood in the way of knowing it."""
        if found is None or row is None:
            return None, ""
        try:
            return found.explain(row), ""
        except WorkbenchError as error:
            return None, str(error)

    def _place_or(self, source: str) -> str:
        try:
            return str(self.engine.place(source))
        except WorkbenchError:
            return source


def _pair(words: str | None) -> list[float]:
    ends = [real(part) for part in (words or "").split(",")]
    found = sorted(end for end in ends if end is not None)
    return found if len(ends) == 2 and len(found) == 2 else []
