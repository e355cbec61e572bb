"""Alerting: on which ways people are told, what did not arrive, and when nobody shall be told."""

from __future__ import annotations

from typing import Any

from workbench.registry import channels as kept
from workbench.team.access import may
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._channels import ChannelCards
from workbench.view.pages._manage import ManagePage, query_of_page
from workbench.view.pages._silences import SilenceCards
from workbench.view.wording import count, when

__all__ = ["Alerting", "alerting_page"]

LINES = 20


class Alerting(ManagePage):
    """Channels, what was given up, and silences; changed by those who may write monitors."""

    url, title, need = "alerting", "Alerting", "monitors:read"
    about = "On which ways people are told of incidents, and when nobody shall be."

    def parts(self) -> list[Any]:
        """Return the cards, from top to bottom."""
        self.writes = may(self.engine.who, "monitors:write")
        self.channels, self.silences = ChannelCards(self), SilenceCards(self)
        ways = self.words(
            f'<p>What was found is on <a href="{self.way("incidents")}">Incidents</a>; whom a '
            "monitor tells is said where it is made.</p>"
        )
        given_up = [self._given_up()] if self.writes else []
        return [ways, *self.channels.parts(), *given_up, *self.silences.parts()]

    def _given_up(self) -> Any:
        self.dead = RecordsState(
            self._fetch, nouns=["message", "messages"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Says that an incident", "Channel", "Why it did not arrive", "Attempts",
                      "Since")],
            actions=[{"key": "send", "name": "Send again", "danger": False}],
        )  # fmt: skip
        self.dead.on_act = self._send
        told = "<p>After some hours of trying they wait here until somebody sends them again.</p>"
        return self.card(self.words(told), self.plain_list(self.dead), heading="Given up")

    def _fetch(self, asked: Asked) -> Part:
        page = kept.list_outbox(self.engine.who, state="dead", limit=LINES, after=asked.after)
        names = self.channels.names()
        lines = [
            Line(one.id, [f"was {one.payload.get('reason', 'told')}",
                          names.get(one.channel, "one that is gone"), one.error,
                          count(one.attempts), when(one.created)], f"incident?id={one.incident}")
            for one in page.items
        ]  # fmt: skip
        return Part(lines, page.next, page.total)

    def _send(self, action: str, ids: list[str]) -> None:
        def send() -> None:
            for one in ids:
                kept.send_again(self.engine.who, one, by=self.engine.by)

        self.do(send, "They are on their way again.")
        self.do(self.dead.refresh)
        self.do(self.channels.listed.refresh)


def alerting_page(engine: Any) -> Any:
    """Return the page for whoever looks."""
    return Alerting(engine, query_of_page()).page
