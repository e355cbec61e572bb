"""What one person is looking at: data, detector, threshold, selection, range and stage.

No server and no browser: pages watch these parameters, tests read them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import param

from workbench.core.errors import WorkbenchError
from workbench.view import uploads
from workbench.view.engine import Engine
from workbench.view.job import Job
from workbench.view.wording import axis_of

__all__ = ["ROLES", "RULES", "STAGES", "Session"]

#: What a page can be in; each has its own words and next step.
STAGES = ("empty", "loading", "ready", "running", "scored", "failed", "cancelled")

#: Columns that a person may name, as ``wb.load`` calls them.
ROLES = ("time", "label", "entity")

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


class Session(param.Parameterized):
    """The state behind the Explore page; every parameter that matters is in the URL.

    Examples
    --------
    >>> session = Session.from_query({"data": "sample:pump", "row": "12"})
    >>> session.query()["row"], session.query()["detector"]
    ('12', 'auto')
    """

    source = param.String(default="", doc='"sample:NAME" or "upload:TOKEN/NAME".')
    time = param.String(default="", doc='Column with the times; "" is found automatically.')
    label = param.String(default="", doc='Column that says what is odd; "" is the data\'s own.')
    entity = param.String(default="", doc='Column that tells series apart; "" is the data\'s own.')
    columns = param.List(default=[], doc="Columns of the data, kept when a choice of them fails.")
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
    theme: Any = param.Selector(
        default="light", objects=["light", "dark"], doc="Colours of the page."
    )
    stage: Any = param.Selector(default="empty", objects=list(STAGES), doc="Where the work stands.")
    message = param.String(default="", doc="What went wrong, in words.")
    dataset = param.Parameter(default=None, doc="The loaded dataset.")
    profile = param.Parameter(default=None, doc="What is in the dataset.")
    found = param.Parameter(default=None, doc="The detection with the threshold in force.")
    explanation = param.Parameter(default=None, doc="Why the selected row stands out.")
    evaluation = param.Parameter(default=None, doc="How good the ranking is, once known.")
    judging = param.Boolean(default=False, doc="Whether the evaluation is being worked out.")
    doubt = param.String(default="", doc="Why there is no evaluation, in words.")

    def __init__(self, engine: Any = None, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # param is typed in part
        self.engine = Engine() if engine is None else engine
        self.job: Job | None = None
        self.verdict: Job | None = None
        self.axis = np.empty(0)
        self._raw: Any = None

    # ---- the URL ------------------------------------------------------------------------------

    @classmethod
    def from_query(cls, query: dict[str, Any], engine: Any = None) -> Session:
        """Return the session that a URL describes; what it gets wrong is left at the default."""
        words = {key: str(text) for key, text in query.items()}
        session = cls(engine)
        updates: dict[str, Any] = {
            "source": words.get("data", ""),
            **{role: words.get(role, "") for role in ROLES},
            "detector": words.get("detector", "auto"),
            "across": words.get("x", ""),
            "upright": words.get("y", ""),
            "row": _whole(words.get("row")),
            "threshold": _real(words.get("threshold")),
            "brush": _pair(words.get("range")),
            "window": _pair(words.get("view")),
        }
        if words.get("rule") in RULES:
            updates["rule"] = words["rule"]
            updates["amount"] = _real(words.get("amount")) or RULES[words["rule"]][2]
        if words.get("theme") in ("light", "dark"):
            updates["theme"] = words["theme"]
        session.param.update(**updates)
        return session

    def query(self) -> dict[str, str]:
        """Return what the URL says, defaults included; "" where there is nothing."""
        return {
            "data": self.source,
            "time": self.time,
            "label": self.label,
            "entity": self.entity,
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
            "theme": self.theme,
        }

    # ---- work ---------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is being loaded or scored."""
        return self.job is not None

    @property
    def roles(self) -> dict[str, str]:
        """Columns that the person has named, by role."""
        return {role: getattr(self, role) for role in ROLES if getattr(self, role)}

    def pick(self, source: str, *, then_run: bool = False, keep: bool = False) -> None:
        """Load a sample or an upload; what belonged to the data before is dropped.

        Parameters
        ----------
        source : str
            "sample:NAME" or "upload:TOKEN/NAME".
        then_run : bool
            Go on to detection when loading has succeeded.
        keep : bool
            Keep columns, selection, range and threshold, as when a URL is restored.
        """
        self.cancel()
        if not keep:
            self._forget()
            self.param.update(time="", label="", entity="", columns=[])
        self.param.update(
            stage="loading", source=source, dataset=None, profile=None, found=None,
            explanation=None, message="",
        )  # fmt: skip
        self._raw, roles = None, self.roles

        def load(progress: Any) -> Any:
            progress.step(0.02, "reading the data")
            data = self.engine.load(_address(source), progress, roles)
            progress.step(0.9, "looking at the columns")
            return data, data.profile()

        def after(job: Job) -> None:
            if self._ended_badly(job):
                return
            data, profile = job.result
            self._loaded(data, profile)
            if then_run:
                self.run()
            else:
                self.stage = "ready"

        self._start(load, after, "loading")

    def run(self) -> None:
        """Detect in the loaded data with the chosen detector and rule."""
        if self.dataset is None:
            self.param.update(stage="failed", message="Choose a sample or upload a file first.")
            return
        data, detector, source = self.dataset, self.detector, _address_or(self.source)
        roles = self.roles
        self.param.update(stage="running", found=None, explanation=None, message="")

        def detect(progress: Any) -> Any:
            progress.step(0.01, "starting")
            return self.engine.detect(source, data, detector, progress, roles)

        def after(job: Job) -> None:
            if not self._ended_badly(job):
                self._scored(job.result)

        self._start(detect, after, "running")

    def restore(self, scored: bool = True) -> None:
        """Bring back what the URL named; a shared result is there at once."""
        if not self.source:
            self.stage = "empty"
            return
        try:
            address = _address(self.source)
            kept = self.engine.kept(address, self.detector, self.roles) if scored else None
        except WorkbenchError as error:
            self.param.update(stage="failed", message=str(error))
            return
        if kept is None:
            self.pick(self.source, then_run=scored, keep=True)
            return
        self._loaded(kept.dataset, kept.dataset.profile())
        self._scored(kept)

    def cancel(self) -> None:
        """Give up the work that is going on; its thread stops at its next step, unheard."""
        if self.job is not None:
            self.job.cancel()
            self.param.update(stage="cancelled")
            self.job = None

    def poll(self) -> bool:
        """Collect work that has ended; return whether any still goes on."""
        job = self.job
        if job is not None and not job.alive:
            self.job = None
            job.collect()
        verdict = self.verdict
        if verdict is not None and not verdict.alive:
            self.verdict = None
            verdict.collect()
        return self.job is not None or self.verdict is not None

    def _start(self, work: Any, after: Any, stage: str) -> None:
        def current(job: Job) -> None:
            after(job)

        self.job = Job(work, current)
        self.stage = stage

    def _ended_badly(self, job: Job) -> bool:
        if job.cancelled:
            self.stage = "cancelled"
        elif job.error:
            self.param.update(message=job.error, stage="failed")
        return bool(job.cancelled or job.error)

    def _forget(self) -> None:
        """Drop what belonged to the data or to the columns before."""
        self.param.update(
            row=None, brush=[], picked=None, window=[], threshold=None, across="", upright=""
        )

    def _loaded(self, data: Any, profile: Any) -> None:
        columns = [name for name in data.frame.columns if isinstance(name, str)]
        self.param.update(dataset=data, profile=profile, columns=columns)
        times = data.frame[data.time] if data.time is not None else None
        self.axis = axis_of(times, len(data))

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
            return self.engine.evaluate(_address_or(source), detector, found, roles)

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
        if found is not None and found.dataset.label and len(found) <= MOST_ROWS_JUDGED:
            self.judge()

    # ---- what a person does -------------------------------------------------------------------

    def set_role(self, role: str, column: str) -> None:
        """Say which column is the time, the label or the entity; the data are read again.

        Parameters
        ----------
        role : {"time", "label", "entity"}
            What the column is.
        column : str
            Its name; "" leaves it to be found.
        """
        self._forget()
        self.param.update(**{role: column})
        if self.source:
            self.pick(self.source, keep=True)

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


def _address(source: str) -> str:
    return str(uploads.stored(source)) if source.startswith("upload:") else _sample(source)


def _sample(source: str) -> str:
    if source.startswith(("sample:", "result:")):
        return source
    from workbench.core.errors import UnknownName

    # A URL must not make the server read files: samples, uploads and results go by name.
    raise UnknownName("The address names no sample and no upload. Choose one on the left.")


def _address_or(source: str) -> str:
    try:
        return _address(source)
    except WorkbenchError:
        return source


def _real(words: str | None) -> float | None:
    try:
        number = float(words or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(words: str | None) -> int | None:
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 12 else None


def _pair(words: str | None) -> list[float]:
    ends = [_real(part) for part in (words or "").split(",")]
    found = sorted(end for end in ends if end is not None)
    return found if len(ends) == 2 and len(found) == 2 else []
