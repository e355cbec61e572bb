"""A process that reads streams and runs monitors, in a hurry: tests wait for no quarter minute."""

from __future__ import annotations

import asyncio
import signal

from workbench.alerts.delivery import Manner
from workbench.registry.live import Live
from workbench.serve.logs import configure
from workbench.streams import watch
from workbench.streams.supervisor import Beat

if __name__ == "__main__":
    configure()
    watch.KEEP_POINTS = 1_500
    live = Live(
        Beat(look=0.2, idle=0.05, sign=0.5, silent=2.0),
        Manner(look=0.1, lease=5.0, first=0.2, longest=1.0, rest=1.0),
    )
    signal.signal(signal.SIGTERM, lambda *_: live.stop())
    print("watching", flush=True)
    asyncio.run(live.run())
