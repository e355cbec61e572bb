"""Audit: who did what, when, from where; searched, verified, exported. Needs ``audit:read``."""

from __future__ import annotations

import json
from typing import Any

from workbench.team.auditing import audit_page as entries
from workbench.team.auditing import verify_audit
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._manage import ManagePage, button, facts, field, query_of_page
from workbench.view.wording import count, when

__all__ = ["Audit", "audit_page"]

LINES = 25
#: Beginnings of actions that one can filter by.
NOUNS = (
    "user", "session", "token", "group", "role", "grant", "dataset", "detection", "label", "model",
    "report", "dashboard", "job", "link",
)  # fmt: skip


class Audit(ManagePage):
    """The audit."""

    url, title, need = "audit", "Audit", "audit:read"
    about = "Who did what, when and from where. Entries hold each other fast: none can be altered."

    def parts(self) -> list[Any]:
        """Return the list, the open entry, and what can be done with all of them."""
        self.names = self.engine.names()
        people = [["", "everybody"], *([f"user:{id_}", name] for id_, name in self.names.items())]
        self.entries = RecordsState(
            self._fetch, nouns=["entry", "entries"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Number", "Time", "Who", "Did what", "To what", "From")],
            filters=[
                {"key": "actor", "name": "Who", "value": "", "options": people[:200]},
                {"key": "action", "name": "What", "value": "",
                 "options": [["", "everything"], *([f"{noun}.*", noun] for noun in NOUNS)]},
            ],
        )  # fmt: skip
        self.entries.on_open = self.open
        self.object = field("Object, as 'model:ID'", max_width=420)
        self.object.param.watch(lambda *_: self.entries.first(), "value")
        self.detail = self.words()
        self.detail_card = self.card(self.detail, heading="Entry")
        self.detail_card.visible = False
        ways = self.words(
            '<p><a href="api/v1/audit/export" download>Export all entries</a>, a line of JSON each.'
            "</p>"
        )
        return [
            self.list(self.entries, "", self.object),
            self.detail_card,
            self.card(
                self.line(button("Verify all entries", self._verify)), ways, heading="Whole?"
            ),
        ]

    def _fetch(self, asked: Asked) -> Part:
        self.check()
        thing = getattr(self, "object", None)
        where = {**asked.filters, "object": "" if thing is None else thing.value.strip()}
        page = entries(where=where, limit=LINES, after=asked.after)
        lines = []
        for one in page.items:
            who, action = self._who(one["actor"]), one["action"]
            cells = [count(one["number"]), when(one["time"]), who, action, one["object"]]
            lines.append(Line(str(one["number"]), [*cells, one["address"]]))
        return Part(lines, page.next, page.total)

    def _who(self, actor: str) -> str:
        kind, _, id_ = actor.partition(":")
        return self.names.get(id_, actor) if kind == "user" else actor

    def open(self, number: str) -> None:
        """Show an entry with what was before and after."""
        from workbench.team.auditing import audit_lines

        found = self.do(lambda: next(iter(audit_lines(first=int(number), most=1)), None))
        self.detail_card.visible = found is not None
        if found is not None:
            told = {
                name.capitalize(): json.dumps(value, ensure_ascii=False)
                if isinstance(value, dict)
                else value
                for name, value in found.items()
            }
            self.detail.object = facts(told)

    def _verify(self) -> None:
        found = self.do(verify_audit)
        if found is not None and found.whole:
            self.say(f"All {count(found.count)} entries are as they were written.", code=found.head)
        elif found is not None:
            self.say(
                f"Broken: {found.reason}. {count(found.count)} before it are good.", wrong=True
            )


def audit_page(engine: Any) -> Any:
    """Return the page of the audit for the session that is being served."""
    return Audit(engine, query_of_page()).page
