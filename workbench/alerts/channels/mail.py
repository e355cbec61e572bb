"""Sends incidents and reports by mail, over a server of yours."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from workbench.alerts.channels.base import Channel, text_of
from workbench.core.errors import (
    DeliveryError,
    NotAllowed,
    ParameterError,
    StoreError,
    UnreadableFile,
)
from workbench.core.message import Attachment, Message
from workbench.core.web import allowed_addresses
from workbench.store.artifacts import artifact

__all__ = ["Mail"]

SECONDS = 20.0
MOST_PEOPLE = 100
#: Bytes of a file that mail servers take in general; a larger one is named and not sent.
MOST_BYTES = 15 * 2**20
SECURITY = ("starttls", "tls", "none")


class Mail(Channel):
    """Lets people read of incidents where they read everything else.

    All mail about one incident is one conversation, and a message that comes twice has the same
    ``Message-ID``. A report is attached: programs for mail show little of its page themselves.

    Parameters
    ----------
    host : str
        Of the mail server.
    sender : str
        Address that it comes from.
    to : sequence of str
        Addresses.
    port : int
    security : {"starttls", "tls", "none"}
        How the line is encrypted; certificates are verified.
    user, password : str
        Where the server asks for them; only over an encrypted line.

    Examples
    --------
    >>> Mail(host="mail.plant.example", sender="bench@plant.example", to=["ana@plant.example"])
    Mail('mail.plant.example:587')
    """

    secrets = ("password",)
    carries_files = True

    def __init__(
        self,
        *,
        host: str,
        sender: str,
        to: Sequence[str],
        port: int = 587,
        security: str = "starttls",
        user: str = "",
        password: str = "",
    ) -> None:
        self.host = text_of("host", host, 253)
        if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
            raise ParameterError(f"port is 1 to 65535, found {port!r}.")
        if security not in SECURITY:
            raise ParameterError(f"security is {', '.join(SECURITY)}; found {security!r}.")
        self.port, self.security = port, security
        self.user, self.password = text_of("user", user), text_of("password", password)
        if self.password and security == "none":
            raise ParameterError(
                "A password needs an encrypted line: security 'starttls' or 'tls'."
            )
        self.sender = _address("sender", sender)
        people = [to] if isinstance(to, str) else to
        if not isinstance(people, (list, tuple)):
            raise ParameterError("to is a list of addresses.")
        if not 1 <= len(people) <= MOST_PEOPLE:
            raise ParameterError(f"to has 1 to {MOST_PEOPLE} addresses, found {len(people)}.")
        self.to = [_address("to", one) for one in people]

    def send(self, message: Message) -> None:
        """Hand the message to the mail server."""
        letter = self.letter(message)
        try:
            found = allowed_addresses(self.host, self.port)[0]
            with _server(self, found) as server:
                refused = server.send_message(letter, self.sender, self.to)
        except NotAllowed as error:
            raise DeliveryError(str(error), retry=False) from error
        except UnreadableFile as error:
            raise DeliveryError(str(error), retry=True) from error
        except smtplib.SMTPResponseException as error:
            again = 400 <= error.smtp_code < 500
            raise DeliveryError(f"It answers {error.smtp_code}.", retry=again) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            again = any(400 <= code < 500 for code in codes)
            raise DeliveryError(
                f"It takes mail for nobody of these: {codes[0]}.", retry=again
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            told = f"It does not answer as mail servers do: {type(error).__name__}."
            raise DeliveryError(
                told, retry=not isinstance(error, ssl.SSLCertVerificationError)
            ) from error
        if refused:
            raise DeliveryError(f"It took mail for all but {len(refused)}.", retry=False)

    def letter(self, message: Message) -> EmailMessage:
        """Return a message as mail."""
        letter = EmailMessage()
        domain = self.sender.rpartition("@")[2]
        letter["From"], letter["To"] = self.sender, ", ".join(self.to)
        letter["Subject"] = "".join(one if one.isprintable() else " " for one in message.subject())
        letter["Date"] = message.at
        letter["Message-ID"] = f"<{message.id}@{domain}>"
        if message.incident:
            letter["References"] = f"<{message.incident}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        files = [(one, _content(one)) for one in message.attachments]
        large = [one.name for one, content in files if len(content) > MOST_BYTES]
        more = f"\nToo large for mail, see the server: {', '.join(large)}" if large else ""
        letter.set_content(message.body() + more)
        for one, content in files:
            if len(content) <= MOST_BYTES:
                main, _, sub = one.kind.partition("/")
                letter.add_attachment(
                    content, maintype=main, subtype=sub, filename=one.name,
                    params={"charset": "utf-8"} if main == "text" else None,
                )  # fmt: skip
        return letter

    def check(self) -> None:
        """Refuse a host that may not be spoken to."""
        allowed_addresses(self.host, self.port)

    def address(self) -> str:
        """Return the mail server."""
        return f"{self.host}:{self.port}"


def _content(file: Attachment) -> bytes:
    try:
        return artifact(file.artifact).read_bytes()
    except (StoreError, OSError) as error:
        raise DeliveryError(f"'{file.name}' is not kept any more.", retry=False) from error


def _server(mail: Mail, found: str) -> Any:
    """Return a connection to the address that was judged, known by the name that was asked for."""
    context = ssl.create_default_context()

    class Judged(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
            plain = socket.create_connection((found, port), timeout)
            if mail.security == "tls":
                return context.wrap_socket(plain, server_hostname=host)
            return plain

    server = Judged(mail.host, mail.port, local_hostname="anomaly-workbench", timeout=SECONDS)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, mail.password)
    except BaseException:
        server.close()
        raise
    return server


def _address(name: str, value: Any) -> str:
    text = text_of(name, value, 254)
    try:
        return Address(addr_spec=text).addr_spec
    except (ValueError, IndexError, AttributeError, MessageError) as error:
        raise ParameterError(f"{name}: '{text[:60]}' is no address of mail.") from error
