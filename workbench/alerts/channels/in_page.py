"""Shows incidents on the pages of the workbench, where they are anyway."""

from __future__ import annotations

from workbench.alerts.channels.base import Channel
from workbench.core.message import Message

__all__ = ["InPage"]


class InPage(Channel):
    """Notes in the timeline that people were told on the pages, which read incidents themselves.

    Examples
    --------
    >>> InPage().name()
    'in_page'
    """

    def send(self, message: Message) -> None:
        """Do nothing: what a page shows is in the database before this is called."""

    def address(self) -> str:
        """Return where it is seen."""
        return "pages"
