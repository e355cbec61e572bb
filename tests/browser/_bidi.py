"""Stands between Playwright and a Firefox that is older than Playwright's words.

Debian's Firefox (140 ESR) speaks WebDriver BiDi, but not yet all that Playwright asks of every
browser and page: to collect bodies of answers, to say where downloads go, to turn the screen, to
wish for dark colours. This program starts Firefox, passes all else on, and answers those itself.
Playwright starts it in Firefox's place.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

#: What is answered here: command, and its result.
ANSWERED: dict[str, dict[str, Any]] = {
    "network.addDataCollector": {"collector": "none"},
    "network.removeDataCollector": {},
    "browser.setDownloadBehavior": {},
    "emulation.setScreenOrientationOverride": {},
    "emulation.setScreenSettingsOverride": {},
    "emulation.setMediaFeaturesOverride": {},
}
_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


async def run() -> int:
    """Run Firefox, and say where it listens as it would itself; return its exit status."""
    firefox = await asyncio.create_subprocess_exec(
        os.environ["WORKBENCH_FIREFOX"], *sys.argv[1:], stderr=asyncio.subprocess.PIPE
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, firefox.terminate)
    assert firefox.stderr is not None
    while line := (await firefox.stderr.readline()).decode(errors="replace"):
        if match := _LISTENS.search(line):
            break
        sys.stderr.write(line)
    else:
        return await firefox.wait()

    async def passed_on(client: ServerConnection) -> None:
        path = client.request.path if client.request else ""
        async with connect(match[1] + path, max_size=None, proxy=None) as browser:
            _, rest = await asyncio.wait(
                [asyncio.create_task(_asked(client, browser)),
                 asyncio.create_task(_told(browser, client))],
                return_when=asyncio.FIRST_COMPLETED,
            )  # fmt: skip
            for task in rest:
                task.cancel()

    async with serve(passed_on, "127.0.0.1", 0, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
        asyncio.get_running_loop().create_task(_drained(firefox.stderr))
        return await firefox.wait()


async def _asked(client: Any, browser: Any) -> None:
    async for message in client:
        known = ANSWERED.get(json.loads(message).get("method", ""))
        if known is None:
            await browser.send(message)
            continue
        answer = {"type": "success", "id": json.loads(message)["id"], "result": known}
        await client.send(json.dumps(answer))


async def _told(browser: Any, client: Any) -> None:
    async for message in browser:
        await client.send(message)


async def _drained(stream: asyncio.StreamReader) -> None:
    while line := await stream.readline():
        sys.stderr.write(line.decode(errors="replace"))


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
