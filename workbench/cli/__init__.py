"""The ``workbench`` command: the same functions as in Python, from a terminal.

Exit codes: 0 success, 2 bad usage or bad input (one clear message), 1 our fault, 130 stopped.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, turning our errors into one message and exit code 2."""
    from workbench.cli.app import app
    from workbench.core.errors import Cancelled, WorkbenchError

    try:
        app()
    except Cancelled as error:
        _leave(str(error), 130)
    except WorkbenchError as error:
        _leave(str(error), 2)
    except KeyboardInterrupt:
        _leave("Stopped.", 130)


def _leave(message: str, code: int) -> None:
    text = f"Error: {message}".encode("utf-8", "replace").decode("utf-8")
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr)
    sys.exit(code)
