"""The engine that papermill runs reports with: our interpreter, nobody's settings, watched.

Importing this file imports papermill; the runner does so when the first report is made.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

__all__ = ["ENGINE", "OwnKernel"]

ENGINE = "workbench"

#: Length of a socket's path that every Unix takes, less what is put behind it ("-5").
MOST_SOCKET_BYTES = 95
#: Variables that would let a kernel run somebody's lines before ours.
_NOT_PASSED = ("PYTHONSTARTUP", "PYTHONINSPECT", "IPYTHONDIR", "JPY_SESSION_NAME")


class OwnKernel(AsyncKernelManager):
    """A kernel of the running interpreter, whatever kernels are registered on this machine."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How it is started: without the working folder on the path, without a history."""
        launch = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.capture_fd_output=False"]
        return KernelSpec(
            argv=[*launch, *quiet], display_name="Python 3", language="python", env={}
        )

    def end(self) -> None:
        """End the kernel and whatever it started, at once."""
        import psutil

        pid = getattr(self.provisioner, "pid", None)
        if pid is None:
            return
        with contextlib.suppress(psutil.Error):
            kernel = psutil.Process(pid)
            for child in [*kernel.children(recursive=True), kernel]:
                with contextlib.suppress(psutil.Error):
                    child.kill()


class _Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """Tells the watch which cell begins."""

    watch: Any = None

    def execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        if self.watch is not None:
            self.watch.begins(cell_index, cell)
        return super().execute_cell(cell, cell_index, **options)


class _ReportEngine(Engine):  # type: ignore[misc]
    """Runs the cells in a kernel of its own, in a private folder."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, folder: Path, watch: Any, **rest: Any
    ) -> None:
        kernel = OwnKernel(connection_file=str(folder / "kernel.json"), **_transport(folder))
        watch.kernel = kernel
        client = _Client(
            nb_man,
            km=kernel,
            timeout=None,
            startup_timeout=120,
            kernel_name=kernel_name,
            resources={"metadata": {"path": str(folder)}},
        )
        client.watch = watch
        with (folder / "kernel.log").open("wb") as log:
            # The manager is ours, so that nobody else would end the kernel.
            client.execute(env=_environment(folder), stdout=log, stderr=log, cleanup_kc=True)


def _transport(folder: Path) -> dict[str, str]:
    """Talk through sockets in the private folder, where the system has them and the path fits."""
    place = str(folder / "k")
    fits = len(os.fsencode(place)) < MOST_SOCKET_BYTES
    return {"transport": "ipc", "ip": place} if os.name == "posix" and fits else {}


def _environment(folder: Path) -> dict[str, str]:
    """Return the kernel's environment: same packages and settings, temporary files with us."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED}
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    own = {
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONWARNINGS": "ignore",
        "WORKBENCH_PROGRESS": "false",
    }
    return {**kept, **places, **own, "PYTHONIOENCODING": "utf-8"}


papermill_engines.register(ENGINE, _ReportEngine)
