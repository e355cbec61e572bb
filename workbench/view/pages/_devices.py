"""Cards of the page Settings about notifications: this browser, all of one's own, quiet hours."""

from __future__ import annotations

from typing import Any

from workbench.core.push import QuietHours
from workbench.registry import devices as kept
from workbench.view.components.push_switch import PushSwitch
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.components.views import panel
from workbench.view.pages._manage import ManagePage, button, field, select
from workbench.view.pages._shell import WIDE
from workbench.view.wording import html, when

__all__ = ["DeviceCards"]

_ABOUT = (
    "<p>Who may see a monitor is told of its incidents in the browsers that they turn on here, "
    "once a channel of the kind web_push is among its routes (page Alerting).</p>"
)
_QUIET = "<h3>Quiet hours</h3><p>What is held then is not told later: look at Incidents.</p>"
#: What breaks through, as people choose it.
_BREAKS = {
    "critical": "critical ones alone", "high": "high and critical ones",
    "medium": "medium ones and worse", "low": "low ones and worse", "nothing": "nothing",
}  # fmt: skip
_NARROW: dict[str, Any] = {"max_width": 240, "styles": {"flex": "1 1 160px"}}


class DeviceCards:
    """Where somebody is told, and when not.

    Parameters
    ----------
    page : ManagePage
        On which they stand.
    """

    def __init__(self, page: ManagePage) -> None:
        self.page = page

    def parts(self) -> list[Any]:
        """Return the card: a switch for this browser, the list of devices, quiet hours."""
        page = self.page
        self.switch = PushSwitch()
        self.switch.on_change = self._look
        self.devices = RecordsState(
            self._fetch, nouns=["device", "devices"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Device", "Push service", "Since", "Last reached", "State")],
            actions=[{"key": "try", "name": "Send a test"},
                     {"key": "remove", "name": "Revoke", "danger": True}],
        )  # fmt: skip
        self.devices.on_act = self._act
        card = page.card(
            page.words(_ABOUT), panel(self.switch, **WIDE), page.plain_list(self.devices),
            page.words(_QUIET), *self._quiet(), heading="Notifications on this device",
        )  # fmt: skip
        return [card]

    def _look(self) -> None:
        self.page.do(self.devices.refresh)

    def _fetch(self, asked: Asked) -> Part:
        known = kept.list_devices(self.page.engine.who)
        self.switch.devices = [one.id for one in known]
        lines = [
            Line(one.id, [one.name, one.service, when(one.created),
                          when(one.reached) if one.reached else "never",
                          f"not reached: {one.error}" if one.error else "fine"])
            for one in known
        ]  # fmt: skip
        return Part(lines, "", len(lines))

    def _act(self, action: str, ids: list[str]) -> None:
        (self._remove if action == "remove" else self._try)(ids)
        self._look()

    def _remove(self, ids: list[str]) -> None:
        who, by = self.page.engine.who, self.page.engine.by

        def remove() -> None:
            for one in ids:
                kept.remove_device(who, one, by=by)

        self.page.do(remove, "Revoked: nothing is shown there any more.")

    def _try(self, ids: list[str]) -> None:
        who, by = self.page.engine.who, self.page.engine.by
        tried = self.page.do(lambda: [kept.try_device(who, one, by=by) for one in ids])
        failed = [one for one in tried or () if not one.sent]
        if failed:
            self.page.say(f"The test did not arrive: {failed[0].error}", wrong=True)
        elif tried:
            self.page.say("The test is on its way: it is shown within seconds.")

    # ---- quiet hours ----------------------------------------------------------------------------

    def _quiet(self) -> list[Any]:
        now = self.page.do(lambda: kept.find_quiet_hours(self.page.engine.who))
        self.start = field("From", value=now.start if now else "22:00", **_NARROW)
        self.until = field("Until", value=now.until if now else "07:00", **_NARROW)
        self.zone = field("Time zone", value=now.zone if now else "UTC", **_NARROW)
        self.breaks = select(
            "Told all the same", {words: key for key, words in _BREAKS.items()},
            value=now.breaks if now else "critical", **_NARROW,
        )  # fmt: skip
        if now is None:  # where the browser is, until somebody says otherwise
            self.switch.on_zone = lambda zone: self.zone.param.update(value=zone)
        self.told = self.page.words(_told(now))
        fields = self.page.line(self.start, self.until, self.zone, self.breaks)
        ways = self.page.line(
            button("Keep quiet hours", self._keep, strong=True), button("None", self._end)
        )
        return [self.told, fields, ways]

    def _keep(self) -> None:
        who, by = self.page.engine.who, self.page.engine.by

        def keep() -> QuietHours:
            zone, start, until = (
                str(one.value).strip() for one in (self.zone, self.start, self.until)
            )
            hours = QuietHours(zone, start, until, self.breaks.value)
            kept.keep_quiet_hours(who, hours, by=by)
            return hours

        hours = self.page.do(keep, "Your quiet hours are kept.")
        if hours is not None:
            self.told.object = _told(hours)

    def _end(self) -> None:
        who, by = self.page.engine.who, self.page.engine.by
        self.page.do(lambda: kept.keep_quiet_hours(who, None, by=by), "You have no quiet hours.")
        self.told.object = _told(self.page.do(lambda: kept.find_quiet_hours(who)))


def _told(hours: QuietHours | None) -> str:
    """Return quiet hours as escaped HTML."""
    if hours is None:
        return "<p>You have none: notifications come whenever there are some.</p>"
    return (
        f"<p>From {html(hours.start)} until {html(hours.until)} ({html(hours.zone)}) you are told "
        f"of {html(_BREAKS[hours.breaks])}.</p>"
    )
