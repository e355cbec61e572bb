"""Cards of the page Alerting about channels: a list, one that is open, and a form for a new one."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn

from workbench.core.channel import KeptChannel
from workbench.registry import channels as kept
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.job import Job
from workbench.view.pages._channel_settings import ChannelSettings
from workbench.view.pages._manage import ManagePage, button, facts, field, select
from workbench.view.wording import count, html, when

__all__ = ["ChannelCards"]

_CHANGE = "<h3>Change it</h3><p>What is kept stays as it is where its field is left empty.</p>"

LINES = 20
#: Milliseconds between two looks at a test message that is on its way.
LOOK = 250
_NARROW: dict[str, Any] = {"max_width": 300, "styles": {"flex": "1 1 210px"}}
_WIDE: dict[str, Any] = {"max_width": 620, "styles": {"flex": "2 1 260px"}}


class ChannelCards:
    """What is seen of channels, and what can be done with them.

    Parameters
    ----------
    page : ManagePage
        On which they stand; its ``writes`` says whether whoever looks may change anything.
    """

    def __init__(self, page: ManagePage) -> None:
        self.page, self.open_one = page, ""
        self._job: Job | None = None
        self._looks: Any = None

    @property
    def writes(self) -> bool:
        """Whether whoever looks may change channels."""
        return bool(getattr(self.page, "writes", False))

    def parts(self) -> list[Any]:
        """Return the list, the open channel, and the form."""
        names = ("State", "Kind", "Leads to", "Last arrived", "Waiting", "Given up")
        self.listed = RecordsState(
            self._fetch, nouns=["channel", "channels"], sort="name",
            columns=[{"name": "Name", "key": "name"}, *({"name": one, "key": ""} for one in names)],
        )  # fmt: skip
        self.listed.on_open, self.listed.on_act = self.open, self._remove
        if self.writes:
            self.listed.actions = [{"key": "remove", "name": "Remove", "danger": True}]
        parts = [self.page.list(self.listed, "Channels"), self._open_card()]
        return [*parts, self._form()] if self.writes else parts

    def names(self) -> dict[str, str]:
        """Return the names of channels by id."""
        page = kept.list_channels(self.page.engine.who, limit=200)
        return {one.id: one.name for one in page.items}

    def _fetch(self, asked: Asked) -> Part:
        who = self.page.engine.who
        page = kept.list_channels(
            who, search=asked.search, sort=asked.sort or "name", limit=LINES, after=asked.after
        )
        counts = kept.count_outbox(who)
        lines = []
        for one in page.items:
            has = counts.get(one.id, {})
            lines.append(
                Line(one.id, [one.name, _state(one), one.kind, one.settings.get("address", ""),
                              when(one.latest) if one.latest else "never",
                              count(has.get("waiting", 0)), count(has.get("dead", 0))])
            )  # fmt: skip
        return Part(lines, page.next, page.total)

    def _remove(self, action: str, ids: list[str]) -> None:
        engine = self.page.engine

        def remove() -> None:
            for one in ids:
                kept.remove_channel(engine.who, one, by=engine.by)

        self.page.do(remove, "Removed, with what waited for it.")
        if self.open_one in ids:
            self.open_one, self.card.visible = "", False
        self.page.do(self.listed.first)

    # ---- the open channel -----------------------------------------------------------------------

    def _open_card(self) -> Any:
        page = self.page
        self.told, self.tried = page.words(), page.words()
        self.settings = ChannelSettings(page)
        self.name = field("Name", **_NARROW)
        self.switch = button("Switch it off", self._turn)
        acts = page.line(button("Send a test", self._try, strong=True), self.switch)
        change = [
            page.words(_CHANGE), page.line(self.name), self.settings.place,
            page.line(button("Save changes", self._change)),
        ]  # fmt: skip
        self.card = page.card(self.told, *([acts, self.tried, *change] if self.writes else []))
        self.card.visible = False
        return self.card

    def open(self, channel: str) -> None:
        """Show a channel."""
        found = self.page.do(lambda: kept.find_channel(self.page.engine.who, channel))
        if found is not None:
            self._tell("")
            self._show(found)

    def _show(self, one: KeptChannel) -> None:
        self.open_one = one.id
        self.listed.selected, self.card.visible = one.id, True
        hidden = kept.hidden_settings(one)
        shown = {name.replace("_", " ").capitalize(): value for name, value in one.given().items()}
        facts_of = {
            "Kind": one.kind, "Leads to": one.settings.get("address", ""), "State": _state(one),
            "Last arrived": when(one.latest) if one.latest else "never", **shown,
            "Kept and not shown": ", ".join(hidden) or "nothing",
            "Made": f"{when(one.created)} by "
            f"{self.page.engine.names().get(one.author, 'somebody')}",
        }  # fmt: skip
        self.told.object = f"<h2>{html(one.name, 120)}</h2>{facts(facts_of)}"
        self.switch.label = "Switch it off" if one.enabled else "Switch it on"
        self.name.value = one.name
        self.settings.ask(one.kind, one.given(), hidden)

    def _change(self) -> None:
        engine, open_one = self.page.engine, self.open_one

        def change() -> KeptChannel:
            words = {"name": self.name.value, "settings": self.settings.given() or None}
            return kept.change_channel(engine.who, open_one, **words, by=engine.by)

        changed = self.page.do(change)
        if changed is not None:
            self.page.say(f"'{changed.name}' is changed. Send a test to see that it works.")
            self._show(changed)
            self.page.do(self.listed.refresh)

    def _turn(self) -> None:
        engine, open_one = self.page.engine, self.open_one

        def turn() -> KeptChannel:
            on = kept.find_channel(engine.who, open_one).enabled
            return kept.change_channel(engine.who, open_one, enabled=not on, by=engine.by)

        changed = self.page.do(turn)
        if changed is not None:
            self._show(changed)
            self.page.do(self.listed.refresh)

    # ---- a test ---------------------------------------------------------------------------------

    def _try(self) -> None:
        """Send a test beside the page: a receiver that hangs must not hold up the others."""
        if self._job is not None:
            return
        engine, open_one = self.page.engine, self.open_one
        who, by = engine.who, engine.by
        self._tell('<p role="status">A test is on its way …</p>')
        self._job = Job(lambda _: kept.try_channel(who, open_one, by=by), self._tried)
        self._looks = pn.state.add_periodic_callback(self._look, LOOK)

    def _tell(self, told: str) -> None:
        self.tried.object, self.tried.visible = told, bool(told)

    def _look(self) -> None:
        if self._job is not None and not self._job.alive:
            self._looks.stop()
            job, self._job = self._job, None
            self.page.quietly(job.collect)

    def _tried(self, job: Job) -> None:
        error = job.error or job.result.error
        if error:
            self._tell(f'<p role="alert">The test did not arrive: {html(error, 600)}</p>')
        else:
            seconds = f"{job.result.seconds:.1f} s"
            self._tell(f'<p role="status">The test arrived after {seconds}.</p>')
        if self.open_one:
            self._show(kept.find_channel(self.page.engine.who, self.open_one))
        self.listed.refresh()

    # ---- a new one ------------------------------------------------------------------------------

    def _form(self) -> Any:
        page = self.page
        self.kinds = {one["kind"]: one for one in kept.channel_kinds()}
        options = {f"{name}: {one['about'].rstrip('.')}": name for name, one in self.kinds.items()}
        self.new_name = field("Name of the channel", **_NARROW)
        self.kind = select("Kind", options, value=next(iter(self.kinds)), **_WIDE)
        self.new = ChannelSettings(page)
        self.kind.param.watch(lambda _: self.new.ask(self.kind.value), "value")
        self.new.ask(self.kind.value)
        return page.card(
            page.line(self.new_name, self.kind), self.new.place,
            page.line(button("Add the channel", self._add, strong=True)), heading="Add a channel",
        )  # fmt: skip

    def _add(self) -> None:
        engine = self.page.engine
        made = self.page.do(
            lambda: kept.add_channel(
                engine.who, self.new_name.value, self.kind.value, self.new.given(), by=engine.by
            )
        )
        if made is not None:
            self.page.say(f"The channel '{made.name}' is there. Send a test to see that it works.")
            self.new_name.value = ""
            self.new.ask(self.kind.value)  # nothing secret stays in a field
            self.page.do(self.listed.first)
            self.open(made.id)


def _state(one: KeptChannel) -> str:
    if not one.enabled:
        return "off"
    if one.error:
        return f"failing: {one.error}"
    return "fine" if one.latest else "not tried yet"
