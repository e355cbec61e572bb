"""Writes messages into a file of the data folder, one JSON line each."""

from __future__ import annotations

import json

from workbench.alerts.channels.base import Channel, text_of
from workbench.core.errors import DeliveryError, ParameterError
from workbench.core.message import Message
from workbench.core.settings import settings

__all__ = ["Journal"]


class Journal(Channel):
    """Keeps what was told where any program on this machine can read it.

    Parameters
    ----------
    file : str
        Name of the file, in the data folder.

    Examples
    --------
    >>> Journal(file="alerts.jsonl")
    Journal('alerts.jsonl')
    """

    def __init__(self, *, file: str) -> None:
        self.file = text_of("file", file, 100)
        if "/" in self.file or "\\" in self.file or self.file.startswith("."):
            raise ParameterError(f"file is a name without folders, found '{self.file}'.")

    def send(self, message: Message) -> None:
        """Add a line; the id tells a reader what it has seen already."""
        line = json.dumps(message.document(), ensure_ascii=False)
        try:
            with (settings().home / self.file).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:  # a full disk is emptied: worth another try
            raise DeliveryError(f"The file takes nothing: {error.strerror}.", retry=True) from error

    def address(self) -> str:
        """Return the name of the file: nothing about it is secret."""
        return self.file
