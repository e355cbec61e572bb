"""Settings: one's own account, keys and sessions; the server's settings for who may see them."""

from __future__ import annotations

from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.settings import settings, told_settings
from workbench.team import accounts, federation, signing, tokens
from workbench.team.access import may
from workbench.team.provider import has_provider
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._devices import DeviceCards
from workbench.view.pages._manage import (
    ManagePage,
    button,
    choices,
    facts,
    field,
    password,
    query_of_page,
    table,
)
from workbench.view.wording import html, when

__all__ = ["OwnSettings", "settings_page"]


class OwnSettings(ManagePage):
    """What belongs to whoever looks."""

    url, title = "settings", "Settings"
    about = "Your account, where you are told of incidents and signed in, keys for your programs."

    def parts(self) -> list[Any]:
        """Return account, notifications, keys, sessions, and the server's settings."""
        who = self.engine.who
        told = {
            "Name": who.user.name,
            "Role": who.user.role,
            "You may": ", ".join(sorted(who.permissions)) or "nothing",
        }
        account = self.card(self.words(facts(told)), *self._change(), heading="Account")
        outside = [self._outside()] if has_provider() else []
        told_here = DeviceCards(self).parts()
        keys, sessions = self._keys(sorted(who.permissions)), self._sessions()
        parts = [account, *outside, *told_here, keys, sessions]
        if may(who, "settings:write"):
            parts.append(self._server())
        if may(who, "metrics:read"):
            way = '<p><a href="speed">How fast pages are</a> for the people who use them.</p>'
            parts.append(self.card(self.words(way), heading="Speed"))
        return parts

    def _change(self) -> list[Any]:
        if not settings().passwords:
            return []
        self.old, self.new = password("Password now"), password("New password")
        self.again = password("New password again")
        change = self.line(button("Change the password", self._password, strong=True))
        return [self.old, self.new, self.again, change]

    def _password(self) -> None:
        def change() -> None:
            if self.new.value != self.again.value:
                raise ParameterError("The two new passwords are not the same.")
            who = self.engine.who
            signing.check_credentials(who.user.name, self.old.value, address="page")
            accounts.set_password(who.user.id, self.new.value, by=self.engine.by)

        self.do(change, "The password is another one. Sign in again with it: all sessions ended.")
        self.old.value = self.new.value = self.again.value = ""

    # ---- who one is elsewhere -------------------------------------------------------------------

    def _outside(self) -> Any:
        self.outside = RecordsState(
            self._fetch_outside, nouns=["link", "links"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Who you are there", "Provider", "Since", "Last used")],
            actions=[{"key": "unlink", "name": "Unlink", "danger": True}],
        )  # fmt: skip
        self.outside.on_act = self._unlink
        name = html(settings().oidc_name)
        way = f'<p><a href="sign-in/provider/link">Link this account to {name}</a></p>'
        return self.list(self.outside, f"Signing in with {settings().oidc_name}", self.words(way))

    def _fetch_outside(self, asked: Asked) -> Part:
        lines = [
            Line(f"{one.issuer} {one.subject}",
                 [one.name or one.subject, one.issuer, when(one.created), when(one.seen)])
            for one in federation.linked(self.engine.who.user.id)
        ]  # fmt: skip
        return Part(lines, "", len(lines))

    def _unlink(self, action: str, ids: list[str]) -> None:
        who = self.engine.who

        def unlink() -> None:
            for one in ids:
                issuer, _, subject = one.partition(" ")
                federation.unlink(who.user, issuer, subject, by=self.engine.by)

        self.do(unlink, "Unlinked.")
        self.do(self.outside.refresh)

    # ---- keys -----------------------------------------------------------------------------------

    def _keys(self, permissions: list[str]) -> Any:
        self.keys = RecordsState(
            self._fetch_keys, nouns=["key", "keys"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Name", "Begins with", "May", "Ends", "Last used")],
            actions=[{"key": "end", "name": "End", "danger": True}],
        )  # fmt: skip
        self.keys.on_act = self._end_keys
        self.key_name = field("What the key is for")
        self.scopes = choices("What it may do", permissions)
        row = self.line(button("Make a key", self._make_key, strong=True))
        return self.list(self.keys, "Keys for programs", self.key_name, self.scopes, row)

    def _fetch_keys(self, asked: Asked) -> Part:
        lines = [
            Line(one.id, [one.name, f"{one.start}…", ", ".join(sorted(one.scopes)),
                          when(one.expires), when(one.used) if one.used else "never"])
            for one in tokens.list_api_tokens(self.engine.who.user.id)
        ]  # fmt: skip
        return Part(lines, "", len(lines))

    def _make_key(self) -> None:
        words = self.key_name.value, list(self.scopes.value)
        made = self.do(
            lambda: tokens.create_api_token(
                self.engine.who.user, words[0], scopes=words[1], by=self.engine.by
            )
        )
        if made is not None:
            self.say("This is the key. It is shown only now: keep it well.", code=made[0])
        self.do(self.keys.refresh)

    def _end_keys(self, action: str, ids: list[str]) -> None:
        own = {one.id for one in tokens.list_api_tokens(self.engine.who.user.id)}

        def end() -> None:
            for one in own.intersection(ids):
                tokens.revoke_api_token(one, by=self.engine.by)

        self.do(end, "Ended.")
        self.do(self.keys.refresh)

    # ---- sessions -------------------------------------------------------------------------------

    def _sessions(self) -> Any:
        self.sessions = RecordsState(
            self._fetch_sessions, nouns=["session", "sessions"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Since", "Last seen", "From", "Browser")],
            actions=[{"key": "end", "name": "End", "danger": True}],
        )  # fmt: skip
        self.sessions.on_act = self._end_sessions
        return self.list(self.sessions, "Where you are signed in")

    def _fetch_sessions(self, asked: Asked) -> Part:
        lines = [
            Line(one.id, [when(one.created), when(one.seen), one.address, one.agent])
            for one in signing.list_sessions(self.engine.who.user.id)
        ]
        return Part(lines, "", len(lines))

    def _end_sessions(self, action: str, ids: list[str]) -> None:
        own = {one.id for one in signing.list_sessions(self.engine.who.user.id)}

        def end() -> None:
            for one in own.intersection(ids):
                signing.end_session(one, by=self.engine.by)

        self.do(end, "Ended.")
        self.do(self.sessions.refresh)

    # ---- the server -----------------------------------------------------------------------------

    def _server(self) -> Any:
        rows = [
            [one.variable, "not shown" if one.secret else one.value,
             "as it comes" if one.usual else "set", one.about]
            for one in told_settings()
        ]  # fmt: skip
        told = table(["Variable", "Value", "", "Meaning"], rows, "Settings of the server")
        words = "<p>They are read when the server starts, from its environment or its file.</p>"
        return self.card(self.words(words + told), heading="The server")


def settings_page(engine: Any) -> Any:
    """Return the page of settings for the session that is being served."""
    return OwnSettings(engine, query_of_page()).page
