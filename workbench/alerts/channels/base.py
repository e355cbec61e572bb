"""The contract of a channel: a message goes out, or an error says whether to try again."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from workbench.core.errors import ParameterError, suggest
from workbench.core.message import Message

__all__ = [
    "Channel",
    "make_channel",
    "parameters_of",
    "shown_host",
    "split",
    "text_of",
    "web_address",
]

MOST_TEXT = 4000


class Channel(ABC):
    """Sends a message somewhere.

    A channel is one file; its parameters are keywords of ``__init__``, which stores them and
    refuses what cannot be. Grouping, snoozing and trying again are not its business, and a message
    may come twice: pass its ``id`` on, so that who receives it can tell.
    """

    #: Parameters that are encrypted where they are kept, and never shown.
    secrets: ClassVar[tuple[str, ...]] = ()
    #: Whether the files of a message go with it: only such a channel is given reports.
    carries_files: ClassVar[bool] = False

    @classmethod
    def name(cls) -> str:
        """Return the public name: the name of the file."""
        return cls.__module__.rpartition(".")[2]

    @abstractmethod
    def send(self, message: Message) -> None:
        """Send a message; returning means that it arrived.

        Raises
        ------
        DeliveryError
            It did not; ``retry`` says whether trying again later can help. Its words are kept and
            shown, so they hold no secret.
        """

    def check(self) -> None:  # noqa: B027 - those without a host of their own
        """Refuse what would never work, before it is kept: a host that may not be spoken to.

        Raises
        ------
        NotAllowed, ParameterError, UnreadableFile
        """

    def address(self) -> str:
        """Return where it leads, as may be shown: no more than a host where the rest is secret."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address()!r})"


def make_channel(kind: str, settings: Mapping[str, Any]) -> Channel:
    """Return a channel by the name of its file.

    Raises
    ------
    UnknownName
        There is no such channel.
    ParameterError
        It has no such setting, one lacks, or a value cannot be.

    Examples
    --------
    >>> make_channel("webhook", {"url": "https://hooks.example/T1/secret"})
    Webhook('https://hooks.example/…')
    """
    from workbench.alerts.channels import CHANNELS

    found = CHANNELS.get(kind)
    known = parameters_of(found)
    for name in settings:
        if name not in known:
            raise ParameterError(
                f"The channel '{kind}' has no setting '{str(name)[:40]}'.{suggest(name, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )
    for name, usual in known.items():
        if usual is inspect.Parameter.empty and settings.get(name) in (None, ""):
            raise ParameterError(f"The channel '{kind}' needs the setting '{name}'.")
    return found(**settings)


def parameters_of(channel: type[Channel]) -> dict[str, Any]:
    """Return the settings of a channel with their defaults; those without one are empty."""
    known = inspect.signature(channel).parameters.values()
    return {one.name: one.default for one in known if one.kind is inspect.Parameter.KEYWORD_ONLY}


def split(kind: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return settings that may be shown, and those that may not."""
    from workbench.alerts.channels import CHANNELS

    hidden = CHANNELS.get(kind).secrets
    shown = {name: value for name, value in settings.items() if name not in hidden}
    return shown, {name: settings[name] for name in hidden if name in settings}


def text_of(name: str, value: Any, most: int = MOST_TEXT) -> str:
    """Return a setting that is a line of text.

    Raises
    ------
    ParameterError
        It is none, too long, or holds what a header or an address must not.
    """
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise ParameterError(f"{name} is a line of at most {most:,} printable characters.")
    return value.strip()


def web_address(name: str, value: Any) -> str:
    """Return a setting that is an address on the web.

    Raises
    ------
    ParameterError
        It does not begin with http:// or https://, names no host, or holds a password.
    """
    text = text_of(name, value)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ParameterError(f"{name} is an address that begins with https:// and names a host.")
    if parts.username or parts.password:
        raise ParameterError(f"{name} must not hold a name or a password.")
    return text


def shown_host(address: str) -> str:
    """Return an address without what may be secret in it.

    Examples
    --------
    >>> shown_host("https://hooks.example:8443/T1/secret?token=1")
    'https://hooks.example:8443/…'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
