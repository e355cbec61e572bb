"""Speaks with a server: signs in, asks again where that is safe, turns problems into errors."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.core import errors
from workbench.core.extras import require

__all__ = ["Connection"]

PREFIX = "/api/v1"
#: Seconds until the server must answer: reading a large upload takes a while.
SECONDS = 120.0
#: Renewed when less than this many seconds are left.
EARLY = 30.0
TRIES = 3
_ERRORS: dict[int, type[errors.WorkbenchError]] = {
    401: errors.NotSignedIn,
    403: errors.NotAllowed,
    404: errors.NotFound,
    413: errors.LimitExceeded,
    503: errors.StoreError,
    507: errors.StorageFull,
}


class Connection:
    """A server, and who we are to it.

    Parameters
    ----------
    url : str
        "https://workbench.plant.example".
    token : str, optional
        A key ("wbk_…") or a token of access.
    username, password : str, optional
        In place of a token; tokens are renewed by themselves.
    """

    def __init__(
        self, url: str, token: str = "", *, username: str = "", password: str = ""
    ) -> None:
        httpx = require("httpx", extra="server", why="to speak with a server")
        self.url = url.rstrip("/")
        self._token, self._refresh, self._until = token, "", float("inf")
        self._http = httpx.Client(base_url=self.url, timeout=SECONDS, follow_redirects=False)
        self._lost = httpx.TransportError
        if not token and username:
            asked = {"username": username, "password": password}
            try:
                self._take(self._ask("POST", f"{PREFIX}/auth/token", json=asked, headers={}).json())
            except errors.WorkbenchError:
                self.close()
                raise

    def __repr__(self) -> str:
        return f"Connection({self.url!r})"

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """Return what a path says, as plain values."""
        return self.send("GET", path, params=_given(params)).json()

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield all items of a list, page by page."""
        after = ""
        while True:
            page = self.get(path, **params, after=after)
            yield from page["items"]
            after = page["next"]
            if not after:
                return

    def post(self, path: str, body: Any = None, **params: Any) -> Any:
        """Return what a path answers; asked again after a loss, it is still done once."""
        key = {"idempotency-key": secrets.token_hex(16)}
        answer = self.send("POST", path, json=body, params=_given(params), headers=key)
        return answer.json() if answer.content else None

    def send(self, method: str, path: str, *, headers: Any = None, **parts: Any) -> Any:
        """Return the answer to a request.

        Raises
        ------
        WorkbenchError
            As the server told it: the same classes as in Python.
        """
        if self._refresh and time.monotonic() > self._until - EARLY:
            renewed = self._ask(
                "POST", f"{PREFIX}/auth/refresh", json={"refresh_token": self._refresh}, headers={}
            )
            self._take(renewed.json())
        given = {"authorization": f"Bearer {self._token}", **(headers or {})}
        return self._ask(method, PREFIX + path, headers=given, **parts)

    def _take(self, pair: Mapping[str, Any]) -> None:
        self._token, self._refresh = pair["access_token"], pair["refresh_token"]
        self._until = time.monotonic() + pair["expires_in"]

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str], **parts: Any) -> Any:
        again = method == "GET" or "idempotency-key" in headers
        for attempt in range(TRIES if again else 1):
            try:
                answer = self._http.request(method, path, headers=dict(headers), **parts)
            except self._lost as error:
                if attempt == TRIES - 1 or not again:
                    raise errors.StoreError(
                        f"{self.url} does not answer ({type(error).__name__}). See that the server "
                        "runs and that the address is right."
                    ) from error
                time.sleep(0.2 * 4**attempt)
                continue
            if answer.is_success:
                return answer
            raise _error(answer)
        raise AssertionError("unreachable")


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}


def _error(answer: Any) -> errors.WorkbenchError:
    try:
        problem = answer.json()
        detail, request = str(problem["detail"]), str(problem.get("request", ""))
    except (ValueError, KeyError, TypeError):
        detail, request = f"The server answers with {answer.status_code}.", ""
    if answer.status_code == 429:
        return errors.TooManyAttempts(detail, int(answer.headers.get("retry-after", "60")))
    if answer.status_code >= 500 and request:
        detail = f"{detail} (request {request})"
    return _ERRORS.get(answer.status_code, errors.ParameterError)(detail)
