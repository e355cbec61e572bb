"""The engine of a team's pages: data and results that are kept, opened only to who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from workbench.core.errors import NotSignedIn, UnknownName, WorkbenchError
from workbench.core.progress import Progress
from workbench.registry import datasets, detections, views
from workbench.store import accounts
from workbench.store.artifacts import draft
from workbench.store.database import reading
from workbench.team.access import Identity, allow, identity_of, may
from workbench.team.doer import Doer
from workbench.view.engine import NO_ROLES, Engine, Roles, Shelf

__all__ = ["PAGES", "Shelves", "TeamEngine"]

#: Pages of the server: name, and the permission that opens it ("" for everybody signed in).
PAGES = {
    "home": ("Home", ""),
    "explore": ("Explore", "detections:read"),
    "compare": ("Compare", "detections:read"),
    "live": ("Live", "monitors:read"),
    "incidents": ("Incidents", "monitors:read"),
    "alerting": ("Alerting", "monitors:read"),
    "models": ("Models", "models:read"),
    "team": ("Team", "users:write"),
    "audit": ("Audit", "audit:read"),
    "settings": ("Settings", ""),
}
#: Kept data in the list of a form.
MOST_CHOICES = 50


class Shelves:
    """What is shared by all who may see it: each look checks that anew."""

    def __init__(self) -> None:
        self.data = Shelf()
        self.found = Shelf(most=12)
        self.compared = Shelf()
        self.judged = Shelf(most=40)


class TeamEngine(Engine):
    """What one person's page may load and run.

    Sources are "dataset:ID", "dataset:ID/VERSION", "detection:ID" and "sample:NAME". Who asks is
    looked up at every step: a page that is open does not keep what was taken away.

    Parameters
    ----------
    user : str
        Id of whoever looks.
    shelves : Shelves, optional
        Shared with other engines.
    """

    STAYS = "is kept on the server, and only you see it until you open it to others"

    def __init__(self, user: str, shelves: Shelves | None = None) -> None:
        super().__init__()
        self._user = user
        shelves = shelves or Shelves()
        self._data, self._found = shelves.data, shelves.found
        self._compared, self._judged = shelves.compared, shelves.judged

    @property
    def who(self) -> Identity:
        """Who looks, with what they may do now."""
        with reading() as connection:
            user = accounts.find_user(connection, id=self._user)
            if user is None or not user.active:
                raise NotSignedIn("You are not signed in any more. Sign in again.")
            return identity_of(connection, user, "page:")

    @property
    def by(self) -> Doer:
        """Who looks, as the audit notes them."""
        return self.who.doer("page")

    def names(self) -> dict[str, str]:
        """Return everybody's name by id."""
        with reading() as connection:
            return {user.id: user.name for user in accounts.all_users(connection)}

    def pages(self) -> dict[str, str]:
        """Return the pages that they may open."""
        who = self.who
        return {url: told for url, (told, need) in PAGES.items() if not need or may(who, need)}

    def account(self) -> str:
        """Return their name."""
        return self.who.user.name

    # ---- labels: under their name, where they may, and noted ------------------------------------

    def may_label(self, source: str) -> str:
        """Return why they cannot say what rows are; empty where they can."""
        try:
            detections.may_label(self.who, source)
        except WorkbenchError as error:
            return str(error)
        return ""

    def author(self) -> str:
        """Return their name."""
        return self.who.user.name

    def label(self, source: str, found: Any, said: dict[str, Any]) -> None:
        """Store what they said about a row."""
        detections.label_data(
            self.who, source, found.dataset, (said["row"],), said["label"] or None,
            comment=said["note"], tag=said["tag"], by=self.by,
        )  # fmt: skip

    def keep_view(self, name: str, page: str, query: Mapping[str, str]) -> None:
        """Keep a page's state under a name, as theirs."""
        views.save_view(self.who, name, page, urlencode(query), by=self.by)

    # ---- what a form offers ---------------------------------------------------------------------

    def choices(self) -> dict[str, str]:
        """Return kept data and samples by name."""
        page = datasets.list_data(self.who, limit=MOST_CHOICES)
        kept: dict[str, str] = {}
        for one in page.items:
            name = one.name if one.name not in kept else f"{one.name} ({one.id[:6]})"
            kept[name] = f"dataset:{one.id}"
        return {**kept, **super().choices()}

    def place(self, source: str) -> str:
        """Return what is loaded for a source, if it is one that they may see."""
        kind, _, name = source.partition(":")
        if kind == "dataset":
            datasets.find_data(self.who, _split(name)[0])
        elif kind == "detection":
            detections.find_detection(self.who, name)
        elif kind != "sample":
            raise UnknownName("The address names no data that you may see. Choose some.")
        return source

    def take_in(self, name: str, content: bytes) -> str:
        """Keep an upload as data under its name."""
        from workbench.core.settings import settings
        from workbench.sources._names import safe_name

        who = self.who
        with draft(settings().upload_limit) as file:
            file.write(content)
            digest = file.keep()
        title, plain = name[:120] or "upload", safe_name(name)
        data, _ = datasets.keep_data(who, title, digest, plain, by=self.by)
        return f"dataset:{data.id}"

    # ---- work: whoever asks is checked before anything that is shared is looked at --------------

    def load(self, source: str, progress: Progress, roles: Roles = NO_ROLES) -> Any:
        """Return the dataset behind a source."""
        self.place(source)
        kind, _, name = source.partition(":")
        if kind != "dataset":
            return super().load(source, progress, roles)
        progress.step(0.05, "reading the data")
        id_, number = _split(name)
        return datasets.open_data(self.who, id_, number, roles=roles)

    def detect(
        self, source: str, data: Any, detector: str, progress: Progress, roles: Roles = NO_ROLES
    ) -> Any:
        """Return the detection of ``data`` by ``detector``."""
        self.place(source)
        if self._own(source, detector) is None:
            allow(self.who, "detections:run")
        return super().detect(source, data, detector, progress, roles)

    def kept(self, source: str, detector: str, roles: Roles = NO_ROLES) -> Any:
        """Return a detection that is already there, or None."""
        self.place(source)
        return super().kept(source, detector, roles)

    def compare(
        self,
        source: str,
        data: Any,
        detectors: Any,
        progress: Progress,
        roles: Roles = NO_ROLES,
    ) -> Any:
        """Return the comparison of several detectors on ``data``."""
        self.place(source)
        allow(self.who, "detections:run")
        return super().compare(source, data, detectors, progress, roles)

    def kept_comparison(self, source: str, detectors: Any, roles: Roles = NO_ROLES) -> Any:
        """Return a comparison that is already there, or None."""
        self.place(source)
        return super().kept_comparison(source, detectors, roles)

    def _result(self, source: str) -> Any:
        if source.startswith("detection:"):
            return detections.open_detection(self.who, source.partition(":")[2])
        return None


def _split(name: str) -> tuple[str, int | None]:
    """Return id and version of "ID/VERSION"."""
    id_, _, number = name.partition("/")
    return id_, int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None
