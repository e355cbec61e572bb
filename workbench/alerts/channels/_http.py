"""Posts to addresses that people named, and only to hosts that may be spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from workbench.core.errors import DeliveryError, NotAllowed, UnreadableFile
from workbench.core.web import allowed_addresses, guarded_transport

__all__ = ["check_host", "post"]

#: Seconds until an answer must be there.
SECONDS = 10.0
#: Bytes of an answer, which nobody reads.
MOST = 64 * 1024
#: Statuses after which a second try can help, beside those of 500 and more.
AGAIN = {408, 421, 425, 429}
#: Longest time that another side may make us wait.
MOST_WAIT = 3600.0


def check_host(address: str) -> None:
    """Refuse an address whose host may not be spoken to."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    allowed_addresses(str(parts.hostname), port)


def post(address: str, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> None:
    """Post a body; returning means that it was taken.

    Raises
    ------
    DeliveryError
        It was not. Redirects are not followed: whoever moved says so by a new setting.
    """
    import httpx

    told = {"user-agent": "anomaly-workbench", "accept-encoding": "identity", **headers}
    limits = {"timeout": httpx.Timeout(seconds).as_dict()}
    try:
        asked = httpx.Request("POST", address, content=body, headers=told, extensions=limits)
        with guarded_transport(seconds=seconds, most=MOST) as transport:
            answer = transport.handle_request(asked)
    except NotAllowed as error:
        raise DeliveryError(str(error), retry=False) from error
    except UnreadableFile as error:
        raise DeliveryError(str(error), retry=True) from error
    except (httpx.HTTPError, OSError) as error:
        # Its words may hold the address, and with it what is secret.
        raise DeliveryError(f"It does not answer: {type(error).__name__}.", retry=True) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise DeliveryError("The address cannot be used.", retry=False) from error
    if answer.is_success:
        return
    again = answer.status_code >= 500 or answer.status_code in AGAIN
    wait = answer.headers.get("retry-after", "")
    seconds_to_wait = min(float(wait), MOST_WAIT) if wait.isascii() and wait.isdigit() else None
    why = f"It answers {answer.status_code}."
    raise DeliveryError(why, retry=again, seconds=seconds_to_wait, status=answer.status_code)
