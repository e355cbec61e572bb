"""The process in which Apprise sends one message: it connects only where that is allowed."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from workbench.core.web import is_open

__all__ = ["main"]

#: What reaches beyond this process.
_REACHES = {"socket.connect", "socket.sendto", "socket.sendmsg"}
#: What starts programs: no service needs that.
_STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}


def main() -> None:
    """Read what is asked, send it, and say in one word what became of it."""
    asked = json.load(sys.stdin)
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever Apprise prints is no answer
    import apprise
    import apprise.plugins

    refused: list[bool] = []
    sys.addaudithook(_guard([one for one in asked["networks"].split(",") if one], refused))
    found = apprise.Apprise.instantiate(asked["url"], suppress_exceptions=True)
    if found is None:
        told = "unknown"
    elif "body" not in asked:
        told = "known"
    else:
        sent = _sent(apprise, found, asked)
        told = "sent" if sent else "closed" if refused else "failed"
    print(told, file=answers, flush=True)
    os._exit(0)  # threads of services may hang


def _sent(apprise: Any, found: Any, asked: dict[str, str]) -> bool:
    box = apprise.Apprise()
    box.add(found)
    return bool(box.notify(body=asked["body"], title=asked["title"], notify_type=asked["kind"]))


def _guard(networks: list[str], refused: list[bool]) -> Any:
    def guard(event: str, args: tuple[Any, ...]) -> None:
        if event in _STARTS:
            refused.append(True)
            raise PermissionError("closed")
        if event not in _REACHES:
            return
        address = args[1]
        # A name here would be looked up again behind our back; a path is a socket of this machine.
        host = address[0] if isinstance(address, tuple) else None
        if not isinstance(host, str) or not _allowed(host, networks):
            refused.append(True)
            raise PermissionError("closed")

    return guard


def _allowed(host: str, networks: list[str]) -> bool:
    try:
        return is_open(host, networks)
    except ValueError:
        return False


if __name__ == "__main__":
    main()
