"""Which door leads where: each path with what one needs to pass. What is not listed is shut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.team.permissions import PERMISSIONS

__all__ = ["ANYBODY", "SIGNED_IN", "Rule", "Rules", "page_rules"]

#: Needs in place of a permission.
ANYBODY, SIGNED_IN = "anybody", "signed in"


@dataclass(frozen=True)
class Rule:
    """A door.

    Attributes
    ----------
    path : str
        Pattern that the whole path must fit.
    need : str
        A permission, :data:`SIGNED_IN` or :data:`ANYBODY`.
    kind : {"http", "websocket"}
    methods : frozenset of str
        For HTTP.
    page : bool
        Whether people look at it: who is not signed in is sent to the sign-in page, and what
        lies behind gets neither cookies nor tokens.
    """

    path: str
    need: str
    kind: str = "http"
    methods: frozenset[str] = frozenset({"GET", "HEAD"})
    page: bool = False

    def __post_init__(self) -> None:
        if self.need not in (ANYBODY, SIGNED_IN, *PERMISSIONS):
            raise ValueError(f"{self.need!r} is no permission.")


class Rules:
    """All doors of a server.

    Examples
    --------
    >>> rules = Rules([Rule("/healthz", ANYBODY)])
    >>> rules.find("http", "/healthz", "GET").need, rules.find("http", "/healthz", "POST")
    ('anybody', None)
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [(re.compile(rule.path), rule) for rule in rules]

    def __iter__(self) -> Iterator[Rule]:
        return iter([rule for _, rule in self._rules])

    def find(self, kind: str, path: str, method: str = "GET") -> Rule | None:
        """Return the first door that fits, or None."""
        for pattern, rule in self._rules:
            fits = rule.kind == kind and pattern.fullmatch(path) is not None
            if fits and (kind == "websocket" or method in rule.methods):
                return rule
        return None


def page_rules(name: str, need: str) -> list[Rule]:
    """Return the doors of a page: itself, what its script loads, and its websocket."""
    return [
        Rule(f"/{name}", need, page=True),
        Rule(f"/{name}/autoload\\.js", need, page=True),
        Rule(f"/{name}/ws", need, "websocket", page=True),
    ]
