"""Lets a person say what a row really is, as fast as they can read; storing it is others' work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import param

from workbench.view.components import _examples
from workbench.view.components._state import BadWish, ComponentState, Wish
from workbench.view.wording import text, when

__all__ = ["LABELS", "LabelBarState"]

#: What a person can say, and how it is told: a confirmed anomaly, a dismissed one, unsure.
LABELS = {"anomaly": "confirmed", "normal": "dismissed", "unsure": "unsure"}

MOST_TAGS = 30
LONGEST_TAG, LONGEST_NOTE = 40, 2000

Record = dict[str, Any]


class LabelBarState(ComponentState):
    """The row in question, what was said of it, and how far one has come.

    Nothing is stored here: each new or changed label is handed to :attr:`on_label`, and
    ``labels`` (a list of records with row, label, tag, note, author, time) changes.

    Examples
    --------
    >>> state = LabelBarState()
    >>> state.show([12, 40], author="Ana")
    >>> state.asked = {"what": "label", "label": "anomaly", "seq": 1}
    >>> state.labels[0]["row"], state.labels[0]["label"], state.counts["anomaly"]
    (12, 'anomaly', 1)
    """

    WIRE = ("row", "title", "place", "current", "counts", "tags", "advance", "everywhere")

    row = param.Integer(default=None, allow_None=True, doc="Row of the data in question.")
    title = param.String(default="", doc="What the row is called, such as its time.")
    place = param.List(default=[], doc="Its position from 1 and how many there are, or empty.")
    current = param.Dict(default={}, doc="Label, tag, note, author and time of the row.")
    counts = param.Dict(default={}, doc="Rows to label, and how many have each label.")
    tags = param.List(default=[], doc="Tags to choose from.")
    advance = param.Boolean(default=False, doc="Go to the next unlabelled row after a label.")
    everywhere = param.Boolean(default=False, doc="Hotkeys work on the whole page.")
    labels = param.List(default=[], doc="Latest record of each labelled row; stays in Python.")
    author = param.String(default="", doc="Who labels.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        #: Called with each new record; what it returns is not looked at.
        self.on_label: Callable[[Record], Any] | None = None
        #: Called with a row for what it is called.
        self.named: Callable[[int], str] = lambda row: f"row {row:,d}"
        #: Now as text; a test puts another clock here.
        self.clock: Callable[[], str] = _now
        self._order: list[int] = []
        self._known: dict[int, Record] = {}
        self._take_labels()

    @classmethod
    def example(cls, case: str) -> LabelBarState:
        """Return a state for the gallery."""
        state = cls()
        if _examples.phase(state, case, "Nothing to label: no row scores above the threshold."):
            return state
        found = _examples.detection("many")
        rows = [item.peak for item in found.records]
        said = zip(rows, ("anomaly", "anomaly", "normal", "unsure"), strict=False)
        labels = [
            {"row": row, "label": label, "tag": "leak", "note": "Valve 3 was open.",
             "author": "Ana", "time": "2026-03-12 09:15"}
            for row, label in said
        ]  # fmt: skip
        few = case == "few"
        state.show(rows[:3] if few else rows, [] if few else labels, author="Ben",
                   tags=("leak", "sensor", "maintenance"))  # fmt: skip
        return state

    def show(
        self,
        rows: Iterable[int],
        labels: Iterable[Record] = (),
        *,
        author: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        """Take the rows to walk through, most urgent first, and what is known of them.

        Parameters
        ----------
        rows : iterable of int
            Rows of the data.
        labels : iterable of dict
            Records with row and label, and tag, note, author, time where known; the last of a
            row counts.
        author : str
            Who labels.
        tags : iterable of str
            Tags to propose; those in the labels are proposed too.
        """
        self._order = [int(row) for row in dict.fromkeys(rows)]
        self.author = author
        self._proposed = [text(tag, LONGEST_TAG) for tag in tags]
        self.labels = [dict(record) for record in labels]
        self._take_labels()
        self.phase = {}
        self.open(self._order[0] if self._order else None)

    def open(self, row: int | None) -> None:
        """Ask about this row; it need not be among those to walk through."""
        name = "" if row is None else text(self.named(row), 120)
        place = [self._order.index(row) + 1, len(self._order)] if row in self._order else []
        self.param.update(row=row, title=name, place=place, current=self._said(row))
        self._count()

    def neighbour(self, step: int, *, unlabelled: bool = False) -> int | None:
        """Return the next or previous row, or the next without a label; None if there is none."""
        order = self._order
        if not order:
            return None
        at = order.index(self.row) if self.row in order else (-1 if step > 0 else 0)
        turned = [order[(at + step * i) % len(order)] for i in range(1, len(order) + 1)]
        if unlabelled:
            return next((row for row in turned if row not in self._known), None)
        return turned[0]

    def put(self, *, label: str | None = None, tag: str | None = None, note: str | None = None
            ) -> None:  # fmt: skip
        """Say something about the open row; an empty label takes back what was said.

        Parameters
        ----------
        label : {"anomaly", "normal", "unsure", ""}, optional
            What the row is.
        tag, note : str, optional
            Why, in a word or in a sentence; kept until there is a label.
        """
        if self.row is None:
            return
        before = {"label": "", "tag": "", "note": "", **self._known.get(self.row, self._drafts())}
        now = {
            "row": self.row,
            "label": before["label"] if label is None else label,
            "tag": before["tag"] if tag is None else text(tag.strip(), LONGEST_TAG),
            "note": before["note"] if note is None else note.strip()[:LONGEST_NOTE],
            "author": self.author,
            "time": self.clock(),
        }
        if all(now[part] == before[part] for part in ("label", "tag", "note")):
            return
        self._draft = now
        if now["label"] or before["label"]:
            others = [record for record in self.labels if record["row"] != self.row]
            self.labels = [*others, now] if now["label"] else others
            if self.on_label is not None:
                self.on_label(dict(now))
        else:
            self.current = self._said(self.row)

    # ---- wishes -------------------------------------------------------------------------------

    def _on_label(self, wish: Wish) -> None:
        label = wish.words("label", 20)
        if label not in LABELS and label:
            raise BadWish("label")
        if wish.has("toggle") and label == self.current.get("label"):
            label = ""
        self.put(label=label)
        following = self.neighbour(1, unlabelled=True)
        if label and self.advance and following is not None:
            self.open(following)

    def _on_tag(self, wish: Wish) -> None:
        self.put(tag=wish.words("text", LONGEST_TAG))

    def _on_note(self, wish: Wish) -> None:
        self.put(note=wish.words("text", LONGEST_NOTE))

    def _on_step(self, wish: Wish) -> None:
        row = self.neighbour(1 if wish.whole("by") > 0 else -1)
        if row is not None:
            self.open(row)

    def _on_advance(self, wish: Wish) -> None:
        self.advance = bool(wish.whole("on"))

    # ---- what is known ------------------------------------------------------------------------

    _draft: Record | None = None
    _proposed: list[str] = []  # noqa: RUF012 - replaced by show, never changed in place

    def _drafts(self) -> Record:
        draft = self._draft
        return draft if draft is not None and draft["row"] == self.row else {}

    @param.depends("labels", watch=True)
    def _take_labels(self) -> None:
        self._known = {int(record["row"]): record for record in self.labels}
        tags = [*self._proposed, *(text(r.get("tag") or "", LONGEST_TAG) for r in self.labels)]
        self.param.update(
            current=self._said(self.row),
            tags=[tag for tag in dict.fromkeys(tags) if tag][:MOST_TAGS],
        )
        self._count()

    def _said(self, row: int | None) -> Record:
        record = self._known.get(row, self._drafts()) if row is not None else {}
        said = {part: str(record.get(part) or "") for part in ("label", "tag", "note")}
        author = text(record.get("author") or "", 60)
        moment = record.get("time")
        return said | {"author": author, "time": when(moment) if moment else ""}

    def _count(self) -> None:
        here = [self._known[row]["label"] for row in self._order if row in self._known]
        counts = {name: here.count(name) for name in LABELS}
        self.counts = {"rows": len(self._order), **counts}
        told = ", ".join(f"{counts[name]:,d} {word}" for name, word in LABELS.items())
        at = (
            f"{self.title}: {LABELS.get(self.current['label'], 'no label')}. " if self.title else ""
        )
        self.summary = f"{at}{sum(counts.values()):,d} of {len(self._order):,d} labelled: {told}."


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")
