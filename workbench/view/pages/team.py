"""Team: people, groups, roles, and what somebody may do. Needs ``users:write``."""

from __future__ import annotations

from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.settings import settings
from workbench.team import accounts, federation, links, sharing, signing
from workbench.team.directory import list_people, preview
from workbench.team.permissions import PERMISSIONS
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._manage import (
    ManagePage,
    button,
    choices,
    facts,
    field,
    query_of_page,
    select,
    table,
)
from workbench.view.wording import plural, when

__all__ = ["Team", "team_page"]

LINES = 20


class Team(ManagePage):
    """Administration of people."""

    url, title, need = "team", "Team", "users:write"
    about = "Who is here, what they may do, and how they get in."

    def parts(self) -> list[Any]:
        """Return people with the open one, the form of invitation, groups, roles and grants."""
        self.user = ""
        return [*self._people(), *self._groups(), *self._roles(), *self._grants()]

    # ---- people ---------------------------------------------------------------------------------

    def _people(self) -> list[Any]:
        roles = [role.name for role in sharing.list_roles()]
        self.people = RecordsState(
            self._fetch, nouns=["person", "people"], sort="name",
            columns=[{"name": "Name", "key": "name"}, {"name": "Role", "key": ""},
                     {"name": "Signs in", "key": ""}, {"name": "E-mail", "key": ""},
                     {"name": "Since", "key": "created"}],
            filters=[
                {"key": "role", "name": "Role", "value": "",
                 "options": [["", "all"], *([role, role] for role in roles)]},
                {"key": "active", "name": "State", "value": "",
                 "options": [["", "all"], ["yes", "active"], ["no", "closed"]]},
            ],
            actions=[{"key": "sessions", "name": "End sessions of", "danger": True},
                     {"key": "close", "name": "Close", "danger": True},
                     {"key": "open", "name": "Open again", "danger": False}],
        )  # fmt: skip
        self.people.on_open, self.people.on_act = self.open, self._act
        self.detail = self.words()
        self.role = select("Role", roles, max_width=260)
        self.detail_card = self.card(
            self.detail, self.role,
            self.line(button("Give this role", self._give_role, strong=True),
                      button("Make a link to a new password", self._reset)),
        )  # fmt: skip
        self.detail_card.visible = False
        self.name, self.email = field("Name to sign in with"), field("E-mail (may stay empty)")
        self.new_role = select("Role", roles, value="analyst", max_width=260)
        invite = self.card(
            self.name, self.email, self.new_role,
            self.line(button("Invite", self._invite, strong=True)), heading="Invite somebody",
        )  # fmt: skip
        return [self.list(self.people, "People"), self.detail_card, invite]

    def _fetch(self, asked: Asked) -> Part:
        self.check()
        active = {"yes": True, "no": False}.get(asked.filters.get("active", ""))
        page = list_people(
            search=asked.search, role=asked.filters.get("role", ""), active=active,
            sort=asked.sort or "name", limit=LINES, after=asked.after,
        )  # fmt: skip
        lines = [Line(one.id, [one.name, one.role, _signs_in(one), one.email, when(one.created)])
                 for one in page.items]  # fmt: skip
        return Part(lines, page.next, page.total)

    def open(self, user: str) -> None:
        """Show what somebody may do, and through what."""
        found = self.do(lambda: preview(user))
        self.detail_card.visible = found is not None
        if found is None:
            return
        self.user, self.role.value = user, found.user.role
        sessions = signing.list_sessions(user)
        self.detail.object = (
            f"<h2>{_html('What may ' + found.user.name + ' do?')}</h2>"
            + facts(
                {
                    "Role": found.user.role,
                    "Permissions": ", ".join(sorted(found.permissions)) or "none",
                    "Groups": ", ".join(found.groups) or "none",
                    "Open sessions": plural(len(sessions), "session"),
                }
            )
            + (
                table(
                    ["Object", "May", "Through"],
                    [[one["object"], one["level"], one["by"]] for one in found.objects],
                    "Objects opened to them",
                )
                if found.objects
                else "<p>No object of others was opened to them.</p>"
            )
        )

    def _act(self, action: str, ids: list[str]) -> None:
        def act() -> None:
            for user in ids:
                if action == "sessions":
                    signing.end_sessions(user, by=self.engine.by)
                else:
                    accounts.change_account(user, active=action == "open", by=self.engine.by)

        done = {
            "sessions": "Their sessions ended.", "close": "Closed.", "open": "They may sign in.",
        }  # fmt: skip
        self.do(act, done[action])
        self.do(self.people.refresh)

    def _give_role(self) -> None:
        def give() -> Any:
            return accounts.change_account(self.user, role=self.role.value, by=self.engine.by)

        made = self.do(give)
        if made is not None:
            self.say(f"'{made.name}' is {made.role} now; what they had open closes.")
            self.people.refresh()
            self.open(self.user)

    def _reset(self) -> None:
        def make() -> str:
            user = accounts.named_account(self.user)
            return links.make_link(user, "reset", by=self.engine.by)

        self._show_link(self.do(make), "It works for an hour, once")

    def _invite(self) -> None:
        def invite() -> str:
            if not self.name.value.strip():
                raise ParameterError("Say the name that they sign in with.")
            user = accounts.create_account(
                self.name.value.strip(), self.new_role.value, email=self.email.value.strip(),
                by=self.engine.by,
            )  # fmt: skip
            return links.make_link(user, "invite", by=self.engine.by)

        link = self.do(invite)
        self._show_link(link, "It works for a week, once")
        if link is not None:
            self.name.value = self.email.value = ""
            self.do(self.people.first)

    def _show_link(self, link: str | None, how_long: str) -> None:
        if link is not None:
            words = f"Give them this address, which is shown only now. {how_long}."
            self.say(words, code=f"{self.base}/welcome?link={link}")

    # ---- groups ---------------------------------------------------------------------------------

    def _groups(self) -> list[Any]:
        self.groups = RecordsState(
            self._fetch_groups, nouns=["group", "groups"], searchable=False,
            columns=[{"name": "Name", "key": ""}, {"name": "Members", "key": ""}],
            actions=[{"key": "remove", "name": "Remove", "danger": True}],
        )  # fmt: skip
        self.groups.on_act = self._remove_groups
        self.groups.on_open = lambda opened: None
        self.group, self.member = field("Group"), field("Person")
        row = self.line(
            button("Make the group", self._make_group, strong=True),
            button("Put the person in", lambda: self._member(sharing.put_in_group)),
            button("Take the person out", lambda: self._member(sharing.take_from_group)),
        )
        return [self.list(self.groups, "Groups", self.group, self.member, row)]

    def _fetch_groups(self, asked: Asked) -> Part:
        self.check()
        names = self.engine.names()
        found = sharing.list_groups()
        lines = [
            Line(one.id, [one.name, ", ".join(sorted(names.get(m, m) for m in one.members))])
            for one in found
        ]
        return Part(lines, "", len(lines))

    def _make_group(self) -> None:
        made = self.do(lambda: sharing.create_group(self.group.value, by=self.engine.by))
        if made is not None:
            self.say(f"The group '{made.name}' is there.")
        self.do(self.groups.refresh)

    def _member(self, act: Any) -> None:
        self.do(
            lambda: act(self.group.value.strip(), self.member.value.strip(), by=self.engine.by),
            "Done.",
        )
        self.do(self.groups.refresh)

    def _remove_groups(self, action: str, ids: list[str]) -> None:
        def remove() -> None:
            for group in ids:
                sharing.remove_group(group, by=self.engine.by)

        self.do(remove, "Removed.")
        self.do(self.groups.refresh)

    # ---- roles ----------------------------------------------------------------------------------

    def _roles(self) -> list[Any]:
        self.roles = RecordsState(
            self._fetch_roles, nouns=["role", "roles"], searchable=False,
            columns=[{"name": name, "key": ""} for name in ("Name", "Kind", "Permissions")],
            actions=[{"key": "remove", "name": "Remove", "danger": True}],
        )  # fmt: skip
        self.roles.on_act = self._remove_roles
        self.role_name = field("Name of a new role")
        self.permissions = choices("Permissions", list(PERMISSIONS))
        row = self.line(button("Make the role", self._make_role, strong=True))
        return [self.list(self.roles, "Roles", self.role_name, self.permissions, row)]

    def _fetch_roles(self, asked: Asked) -> Part:
        self.check()
        lines = [
            Line(one.name, [one.name, "of the house" if one.builtin else "your own",
                            ", ".join(sorted(one.permissions))])
            for one in sharing.list_roles()
        ]  # fmt: skip
        return Part(lines, "", len(lines))

    def _make_role(self) -> None:
        def make() -> Any:
            name = self.role_name.value.strip()
            return sharing.create_role(name, list(self.permissions.value), by=self.engine.by)

        made = self.do(make)
        if made is not None:
            self.say(f"The role '{made.name}' is there.")
            self.role.options = [*self.role.options, made.name]
            self.new_role.options = [*self.new_role.options, made.name]
        self.do(self.roles.refresh)

    def _remove_roles(self, action: str, ids: list[str]) -> None:
        def remove() -> None:
            for role in ids:
                sharing.remove_role(role, by=self.engine.by)

        self.do(remove, "Removed.")
        self.do(self.roles.refresh)

    # ---- grants ---------------------------------------------------------------------------------

    def _grants(self) -> list[Any]:
        self.grants = RecordsState(
            self._fetch_grants, nouns=["grant", "grants"], searchable=False,
            columns=[{"name": name, "key": ""} for name in ("To whom", "Object", "May")],
            actions=[{"key": "take", "name": "Take back", "danger": True}],
        )  # fmt: skip
        self.grants.on_act = self._take_back
        self.to, self.thing = field("To user:NAME or group:NAME"), field("What: dataset:ID")
        self.level = select("May", {"read it": "read", "change it": "write"}, max_width=260)
        row = self.line(button("Open it to them", self._grant, strong=True))
        return [self.list(self.grants, "Opened to others", self.to, self.thing, self.level, row)]

    def _fetch_grants(self, asked: Asked) -> Part:
        self.check()
        names = self.engine.names() | {one.id: one.name for one in sharing.list_groups()}
        lines = []
        for one in sharing.list_grants(self.engine.who):
            kind, _, id_ = one.subject.partition(":")
            told = f"{kind} {names.get(id_, id_)}"
            lines.append(Line(f"{one.subject} {one.object}", [told, one.object, one.level]))
        return Part(lines, "", len(lines))

    def _grant(self) -> None:
        words = self.to.value.strip(), self.thing.value.strip(), self.level.value
        self.do(lambda: sharing.give(*words, by=self.engine.by), "Opened.")
        self.do(self.grants.refresh)

    def _take_back(self, action: str, ids: list[str]) -> None:
        def take() -> None:
            for one in ids:
                sharing.take_back(*one.split(" ", 1), by=self.engine.by)

        self.do(take, "Taken back.")
        self.do(self.grants.refresh)


def _signs_in(user: Any) -> str:
    if not user.active:
        return "closed"
    if user.password and settings().passwords:
        return "yes"
    return "by the provider" if federation.linked(user.id) else "not yet: invited"


def _html(words: str) -> str:
    from workbench.view.wording import html

    return html(words)


def team_page(engine: Any) -> Any:
    """Return the page of the team for the session that is being served."""
    return Team(engine, query_of_page()).page
