"""Scores with a foreign model's detectors in a process of its own; a frame a request.

Run as ``python -m workbench.workflow._scorer MODEL``; it speaks by ``core/pipe``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.core.pipe import receive, send


def _main(path: Path) -> None:
    from workbench.core.errors import WorkbenchError
    from workbench.workflow.saving import load_detectors

    # Whatever a library prints must not come between the messages.
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        detectors = load_detectors(path)
        send(outward, {"units": {name: one.n_features_ for name, one in detectors.items()}})
    except Exception as error:
        send(outward, {"error": type(error).__name__, "message": str(error)[:1000]})
        return
    while True:
        try:
            told, (values, *time) = receive(inward, sys.maxsize)
        except EOFError:
            return
        try:
            scores = detectors[told["unit"]].decision_function(
                values, time=time[0] if time else None
            )
            send(outward, {}, scores)
        except WorkbenchError as error:
            send(outward, {"error": type(error).__name__, "message": str(error)[:1000]})


if __name__ == "__main__":
    from workbench.core.worker import limit_memory

    limit_memory(int(sys.argv[2]))
    _main(Path(sys.argv[1]))
