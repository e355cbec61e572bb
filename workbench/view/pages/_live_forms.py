"""Forms of the page Live: a stream to take in, and a monitor to watch it."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from workbench.core.errors import ParameterError
from workbench.registry import channels, monitors, streams
from workbench.streams.judging import RULES
from workbench.streams.sources import SOURCES
from workbench.team.access import may
from workbench.view.pages._manage import ManagePage, button, field, password, select

__all__ = ["LiveForms"]

_NARROW: dict[str, Any] = {"max_width": 300, "styles": {"flex": "1 1 210px"}}
#: For choices that explain themselves.
_WIDE: dict[str, Any] = {"max_width": 620, "styles": {"flex": "2 1 260px"}}


class LiveForms:
    """What makes streams and monitors.

    Parameters
    ----------
    page : ManagePage
        On which they stand.
    made : callable
        Called after something was made.
    """

    def __init__(self, page: ManagePage, made: Callable[[], None]) -> None:
        self.page, self._made = page, made

    def parts(self) -> list[Any]:
        """Return the forms; nothing for whoever may not use them."""
        if not may(self.page.engine.who, "monitors:write"):
            return []
        return [self._monitor(), self._stream()]

    # ---- a stream -------------------------------------------------------------------------------

    def _stream(self) -> Any:
        page = self.page
        names = {f"{name}: {SOURCES.get(name).about}": name for name in SOURCES.names()}
        self.name = field("Name of the stream", **_NARROW)
        self.source = select("Where records come from", names, value="push", **_WIDE)
        self.time = field("Column of times", value="time", **_NARROW)
        self.entity = field("Column of entities, if any", **_NARROW)
        self.lateness = field("Lateness in seconds", value="0", **_NARROW)
        self.settings = page.line()
        self.fields: dict[str, Any] = {}
        self.source.param.watch(lambda _: self._ask(), "value")
        self._ask()
        return page.card(
            page.line(self.name, self.source, self.time, self.entity, self.lateness),
            self.settings, page.line(button("Add the stream", self._add, strong=True)),
            heading="Add a stream",
        )  # fmt: skip

    def _ask(self) -> None:
        """Ask for the settings of the chosen source."""
        kind = SOURCES.get(self.source.value)
        self.fields = {}
        for name, parameter in inspect.signature(kind).parameters.items():
            needed = parameter.default is inspect.Parameter.empty
            words = name.replace("_", " ") + (" (needed)" if needed else "")
            if name in kind.secrets:
                made = password(words)
                made.param.update(**_NARROW)
            elif isinstance(parameter.default, bool):
                usual = "true" if parameter.default else "false"
                made = select(words, {"yes": "true", "no": "false"}, value=usual, **_NARROW)
            else:
                usual = "" if needed else str(parameter.default)
                made = field(words, value=usual, **_NARROW)
            self.fields[name] = made
        self.settings[:] = list(self.fields.values())
        self.settings.visible = bool(self.fields)

    def _add(self) -> None:
        page = self.page
        kind = SOURCES.get(self.source.value)

        def add() -> Any:
            settings = {
                name: _typed(kind, name, one.value)
                for name, one in self.fields.items()
                if one.value
            }
            shape = {
                "time": self.time.value or "time", "entity": self.entity.value,
                "lateness": _number("Lateness", self.lateness.value or "0"),
            }  # fmt: skip
            return streams.create_stream(
                page.engine.who, self.name.value, self.source.value, settings, shape,
                by=page.engine.by,
            )  # fmt: skip

        made = page.do(add)
        if made is None:
            return
        for name in kind.secrets:
            self.fields[name].value = ""
        way = f"{page.base}/api/v1/streams/{made.id}/records"
        told = "Send records to this address:" if kind.is_told else "Now let a monitor watch it."
        page.say(f"The stream '{made.name}' is there. {told}", code=way if kind.is_told else "")
        self.of.options = self._streams()
        self.of.value = made.id  # what one wants next is to watch it
        self._made()

    # ---- a monitor ------------------------------------------------------------------------------

    def _streams(self) -> dict[str, str]:
        found = streams.list_streams(self.page.engine.who, limit=200).items
        return {"Choose a stream": "", **{f"{one.name} ({one.id[:6]})": one.id for one in found}}

    def _monitor(self) -> Any:
        from workbench.detectors import DETECTORS

        page = self.page
        online = [name for name in DETECTORS.names() if DETECTORS.get(name).tags.online]
        known = page.do(lambda: channels.list_channels(page.engine.who, limit=200).items) or []
        self.called = field("Name of the monitor", **_NARROW)
        self.of = select("Stream", page.do(self._streams) or {}, **_NARROW)
        self.detector = select("Detector", online, value="ewma", **_NARROW)
        rules = {f"{name}: {words}": name for name, words in RULES.items() if name != "score"}
        self.rule = select("An anomaly is", rules, value="tail", **_WIDE)
        tell = {"nobody, pages only": "", **{one.name: one.id for one in known}}
        self.tell = select("Tell", tell, **_NARROW)
        return page.card(
            page.line(self.called, self.of, self.detector, self.rule, self.tell),
            page.line(button("Watch", self._watch, strong=True)), heading="Watch a stream",
        )  # fmt: skip

    def _watch(self) -> None:
        page = self.page
        routes = {"routes": [{"channel": self.tell.value}]} if self.tell.value else {}

        def watch() -> Any:
            if not self.of.value:
                raise ParameterError("Choose the stream to watch, or add one below.")
            return monitors.create_monitor(
                page.engine.who, self.of.value, self.called.value, self.detector.value,
                judging={"rule": self.rule.value}, routes=routes, by=page.engine.by,
            )  # fmt: skip

        made = page.do(watch)
        if made is not None:
            page.say(f"'{made.name}' watches.", way=(f"live?monitor={made.id}", "See it live"))
            self._made()


def _typed(kind: Any, name: str, told: Any) -> Any:
    """Return a setting as the source takes it: a number where its default is one."""
    usual = inspect.signature(kind).parameters[name].default
    if isinstance(usual, bool):
        return str(told).strip().lower() in ("true", "yes", "1")
    if isinstance(usual, (int, float)):
        return type(usual)(_number(name, told))
    return told


def _number(name: str, told: str) -> float:
    try:
        return float(told)
    except ValueError:
        raise ParameterError(f"{name} must be a number, found {told[:40]!r}.") from None
