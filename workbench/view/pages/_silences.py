"""Cards of the page Alerting about silences: which there are, one that is open, and a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workbench.core.channel import EFFECTS, Silence
from workbench.core.errors import ParameterError
from workbench.core.firing import KINDS
from workbench.registry import monitors
from workbench.registry import silences as kept
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._manage import ManagePage, button, facts, field, select
from workbench.view.wording import html, plural, when

__all__ = ["SilenceCards", "when_words"]

LINES = 20
_NARROW: dict[str, Any] = {"max_width": 300, "styles": {"flex": "1 1 210px"}}
_WIDE: dict[str, Any] = {"max_width": 620, "styles": {"flex": "2 1 260px"}}
#: For how long one mutes, in hours; 0 for a time that one writes.
LENGTHS = {"for an hour": 1, "for four hours": 4, "for a day": 24, "for a week": 168}
WHENS = {
    "from now on": "now",
    "once, from … to …": "once",
    "again and again": "cron",
    "on some days": "dates",
    "on public holidays": "country",
}
_FORM = "2026-12-24 08:00"


class SilenceCards:
    """What is seen of silences, and what can be done with them.

    Parameters
    ----------
    page : ManagePage
        On which they stand; its ``writes`` says whether whoever looks may change anything.
    """

    def __init__(self, page: ManagePage) -> None:
        self.page = page
        self.open_one: Silence | None = None
        self.writes = bool(getattr(page, "writes", False))

    def parts(self) -> list[Any]:
        """Return the list, the open silence, and the form."""
        found = self.page.do(lambda: monitors.list_monitors(self.page.engine.who, limit=200).items)
        self.watched = {one.id: one.name for one in found or []}
        self.people = self.page.engine.names()
        self.listed = RecordsState(
            self._fetch, nouns=["silence", "silences"], searchable=False, sort="-created",
            columns=[{"name": name, "key": ""} for name in
                     ("What", "When", "Now", "Why", "What is done", "By")],
            filters=[{"key": "over", "name": "Show", "value": "",
                      "options": [["", "current and coming"], ["yes", "those that are over too"]]}],
        )  # fmt: skip
        self.listed.on_open, self.listed.on_act = self.open, self._lift
        if self.writes:
            self.listed.actions = [{"key": "lift", "name": "Lift", "danger": True}]
        parts = [self.page.list(self.listed, "Silences"), self._open_card()]
        return [*parts, self._form()] if self.writes else parts

    def _fetch(self, asked: Asked) -> Part:
        page = kept.list_silences(
            self.page.engine.who, over=bool(asked.filters.get("over")), limit=LINES,
            after=asked.after,
        )  # fmt: skip
        lines = [
            Line(one.id, [self._what(one.match), when_words(one), _now(one), one.reason, one.effect,
                          self.people.get(one.author, "somebody")])
            for one in page.items
        ]  # fmt: skip
        return Part(lines, page.next, page.total)

    def _what(self, match: Mapping[str, str]) -> str:
        """Return what a silence is about, in words."""
        known = dict(match)
        told = []
        if "monitor" in known:
            told.append(self.watched.get(known["monitor"], "a monitor that is not yours to see"))
        if "kind" in known:
            told.append(f"kind {known['kind']}")
        told += [f"{name} {known[name]}" for name in ("entity", "rule") if name in known]
        return ", ".join(told) or "everything"

    # ---- the open silence -----------------------------------------------------------------------

    def _open_card(self) -> Any:
        page = self.page
        self.told = page.words()
        self.reason, self.until = field("Why", **_WIDE), _time("Until (UTC)")
        change = [
            page.line(self.reason, self.until),
            page.line(
                button("Save changes", self._change, strong=True),
                button("Lift it now", lambda: self._lift("lift", [self._open_id()])),
            ),
        ]
        self.card = page.card(self.told, *(change if self.writes else []))
        self.card.visible = False
        return self.card

    def _open_id(self) -> str:
        return "" if self.open_one is None else self.open_one.id

    def open(self, silence: str) -> None:
        """Show a silence."""
        one = self.page.do(lambda: kept.find_silence(self.page.engine.who, silence))
        if one is None:
            return
        self.open_one, self.listed.selected, self.card.visible = one, one.id, True
        shown = {
            "What": self._what(one.match), "When": when_words(one), "Now": _now(one),
            "What is done": f"{one.effect}: {EFFECTS.get(one.effect, '')}", "Why": one.reason,
            "Made": f"{when(one.created)} by {self.people.get(one.author, 'somebody')}",
        }  # fmt: skip
        self.told.object = f"<h2>{html(self._what(one.match), 120)}</h2>{facts(shown)}"
        self.reason.value = one.reason
        self.until.value = "" if one.until is None else f"{one.until:%Y-%m-%d %H:%M}"

    def _change(self) -> None:
        engine, one = self.page.engine, self.open_one
        if one is None:
            return

        def change() -> Silence:
            parts: dict[str, Any] = {"reason": self.reason.value}
            before = "" if one.until is None else f"{one.until:%Y-%m-%d %H:%M}"
            if self.until.value.strip() != before:
                parts["until"] = _moment("Until", self.until.value, "UTC")
            return kept.change_silence(engine.who, one.id, by=engine.by, **parts)

        changed = self.page.do(change, "Changed.")
        if changed is not None:
            self.open(changed.id)
            self.page.do(self.listed.refresh)

    def _lift(self, action: str, ids: list[str]) -> None:
        engine = self.page.engine

        def lift() -> None:
            for one in ids:
                kept.remove_silence(engine.who, one, by=engine.by)

        self.page.do(lift, "Lifted: from now on people are told again.")
        if self._open_id() in ids:
            self.open_one, self.card.visible = None, False
        self.page.do(self.listed.first)

    # ---- a new one ------------------------------------------------------------------------------

    def _form(self) -> Any:
        page = self.page
        every = {"all monitors": "", **{name: id_ for id_, name in self.watched.items()}}
        kinds = {
            "whatever it is": "",
            **{f"{name}: {words}": name for name, words in KINDS.items()},
        }
        self.monitor = select("Which monitor", every, value="", **_NARROW)
        self.kind = select("What", kinds, value="", **_WIDE)
        self.entity = field("Which entities", placeholder="pump-*, all by default", **_NARROW)
        self.rule = field("Which rules", placeholder="all by default", **_NARROW)
        self.effect = select(
            "What is done", {f"{name}: {words}": name for name, words in EFFECTS.items()},
            value="suppress", **_WIDE,
        )  # fmt: skip
        self.why = field("Why (needed)", max_length=2_000, **_WIDE)
        self.when = select("When", WHENS, value="now", **_NARROW)
        self.times = page.line()
        self.times.styles = {**self.times.styles, **_WIDE["styles"]}  # below, where it is narrow
        self.when.param.watch(lambda _: self._ask(), "value")
        self._ask()
        return page.card(
            page.line(self.monitor, self.kind, self.entity, self.rule),
            page.line(self.effect, self.why), page.line(self.when, self.times),
            page.line(button("Mute", self._mute, strong=True)),
            heading="Mute, or plan a maintenance",
        )  # fmt: skip

    def _ask(self) -> None:
        """Ask for the times that fit."""
        zone = {"zone": field("Time zone", value="UTC", placeholder="Europe/Berlin", **_NARROW)}
        span = {"start": _time("From"), "until": _time("To")}
        cron = field("Begins (cron)", placeholder="0 2 * * SUN", **_NARROW)
        lasts = field("Lasts minutes", value="60", **_NARROW)
        country = field("Country, or a part of it", placeholder="DE-BY", **_NARROW)
        dates = field("Days", placeholder="2026-12-24, 2026-12-31", **_WIDE)
        self.fields: dict[str, Any] = {
            "now": {"length": select("For how long", LENGTHS, value=1, **_NARROW)},
            "once": {**span, **zone},
            "cron": {"cron": cron, "minutes": lasts, **zone},
            "dates": {"dates": dates, **zone},
            "country": {"country": country, **zone},
        }[self.when.value]  # fmt: skip
        self.times[:] = list(self.fields.values())

    def _mute(self) -> None:
        engine = self.page.engine
        made = self.page.do(lambda: kept.add_silence(engine.who, by=engine.by, **self._asked()))
        if made is not None:
            self.page.say(f"Muted: {self._what(made.match)}, {when_words(made)}.")
            self.why.value = ""
            self.page.do(self.listed.first)

    def _asked(self) -> dict[str, Any]:
        """Return the parts of the silence that the form describes."""
        chosen = {
            "monitor": self.monitor.value, "kind": self.kind.value,
            "entity": self.entity.value.strip(), "rule": self.rule.value.strip(),
        }  # fmt: skip
        parts: dict[str, Any] = {
            "match": {name: value for name, value in chosen.items() if value},
            "effect": self.effect.value, "reason": self.why.value.strip(),
        }  # fmt: skip
        told = {name: one.value for name, one in self.fields.items()}
        if "length" in told:
            return parts | {"until": datetime.now(UTC) + timedelta(hours=told["length"])}
        zone = told["zone"].strip() or "UTC"
        if "until" in told:
            for name in ("start", "until"):
                parts[name] = _moment(name, told[name], zone)
            return parts
        parts["zone"] = zone
        if "cron" in told:
            return parts | {"cron": told["cron"].strip(), "seconds": _minutes(told["minutes"])}
        if "dates" in told:
            return parts | {
                "dates": [one.strip() for one in told["dates"].split(",") if one.strip()]
            }
        return parts | {"country": told["country"].strip().upper()}


def when_words(one: Silence) -> str:
    """Return when a silence holds, in words.

    Examples
    --------
    >>> when_words(Silence("s", {}, "suppress", "mending", None, None, "0 2 * * SUN", 7200, [], "",
    ...                    "Europe/Berlin", "u", datetime(2026, 1, 1, tzinfo=UTC)))
    'at 0 2 * * SUN for 120 minutes (Europe/Berlin)'
    """
    told = ""
    if one.cron:
        told = f"at {one.cron} for {plural(one.seconds // 60, 'minute')} ({one.zone})"
    elif one.dates:
        more = f" and {len(one.dates) - 3} more" if len(one.dates) > 3 else ""
        told = f"on {', '.join(one.dates[:3])}{more} ({one.zone})"
    elif one.country:
        told = f"on holidays of {one.country} ({one.zone})"
    start = f"from {when(one.start)}" if one.start else ""
    until = f"until {when(one.until)}" if one.until else ""
    bounds = " ".join(part for part in (start, until) if part)
    bounds += " UTC" if bounds else ""
    return ", ".join(part for part in (told, bounds) if part)


def _now(one: Silence) -> str:
    now = datetime.now(UTC)
    if one.until is not None and one.until <= now:
        return "over"
    return "in force" if kept.in_force(one) else "coming"


def _time(label: str) -> Any:
    return field(label, placeholder=_FORM, **_NARROW)


def _moment(name: str, told: str, zone: str) -> datetime:
    """Return a time that somebody wrote."""
    try:
        found = datetime.fromisoformat(told.strip())
        return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, KeyError):  # what no zone can be called raises each of these
        raise ParameterError(
            f"{name} is written {_FORM}, in a time zone that there is; found {told[:40]!r} "
            f"({zone[:40]})."
        ) from None


def _minutes(told: str) -> int:
    try:
        return round(60 * float(told))
    except (ValueError, OverflowError):
        raise ParameterError(f"It lasts a number of minutes, found {told[:40]!r}.") from None
