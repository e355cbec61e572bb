"""Files from addresses: only from hosts that everybody may reach, whatever the name turns into."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from workbench.core.errors import ParameterError, UnreadableFile, WorkbenchError
from workbench.core.extras import require
from workbench.core.settings import settings
from workbench.core.web import guarded_client
from workbench.store.artifacts import draft

__all__ = ["fetched"]

MOST_HOPS = 5
SECONDS = 30.0


def fetched(address: str) -> tuple[str, str]:
    """Fetch a file and return its SHA-256 and a harmless name.

    Each redirect is judged anew.

    Raises
    ------
    NotAllowed
        The host lies in a private network that nobody opened.
    UnreadableFile
        It does not answer with a file.
    LimitExceeded
        The file is larger than the setting ``upload_limit``.
    """
    httpx = require("httpx", extra="server", why="to fetch data")
    for _ in range(MOST_HOPS):
        parts = _parsed(address)
        try:
            with (
                guarded_client(seconds=SECONDS, most=0) as client,
                client.stream("GET", parts._replace(fragment="").geturl()) as answer,
            ):
                if answer.is_redirect:
                    address = urljoin(address, answer.headers["location"])
                    continue
                return _kept(answer, parts.path)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            if isinstance(error, WorkbenchError):
                raise
            raise UnreadableFile(
                f"'{parts.hostname}' gives no file: {type(error).__name__}."
            ) from error
    raise UnreadableFile(f"The address leads on more than {MOST_HOPS} times.")


def _kept(answer: Any, path: str) -> tuple[str, str]:
    from workbench.sources._names import safe_name

    if answer.status_code != 200:
        raise UnreadableFile(f"The address answers with {answer.status_code}.")
    name = safe_name(unquote(path.rpartition("/")[2]) or "download.csv")
    with draft(settings().upload_limit) as file:
        for piece in answer.iter_raw():
            file.write(piece)
        return file.keep(), name


def _parsed(address: str) -> Any:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ParameterError("This is no address of a file.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ParameterError("An address begins with http:// or https:// and names a host.")
    if parts.username or parts.password:
        raise ParameterError("An address must not hold a name or a password.")
    return parts
