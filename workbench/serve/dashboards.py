"""Publishes the Voilà dashboards of this machine's folder: one page each, no code to be seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from workbench.core.errors import ParameterError
from workbench.core.extras import require
from workbench.serve.local import HOST, free_port

__all__ = ["dashboard_command", "dashboard_places", "serve_dashboards"]

#: In a wheel, the notebooks lie inside of the package; in a checkout, in ``apps/voila``.
_PLACES = (
    Path(__file__).parents[1] / "view" / "dashboards" / "notebooks",
    Path(__file__).parents[2] / "apps" / "voila",
)
#: Seconds after which the kernel of a page that nobody has open any more is ended.
LEFT_ALONE = 300


def dashboard_places() -> tuple[Path, Path]:
    """Return the folder of the dashboards' notebooks, and that of Jupyter's files with our look.

    Examples
    --------
    >>> notebooks, _ = dashboard_places()
    >>> sorted(path.stem for path in notebooks.glob("*.ipynb"))
    ['compare', 'explore', 'live']
    """
    notebooks = next(place for place in _PLACES if (place / "explore.ipynb").is_file())
    return notebooks, notebooks / "jupyter"


def dashboard_command(notebooks: Path, port: int) -> list[str]:
    """Return the words that start Voilà: on the loopback address, with our look and no other."""
    return [
        sys.executable, "-m", "voila", str(notebooks), f"--Voila.ip={HOST}", f"--port={port}",
        "--Voila.port_retries=0", "--no-browser", "--template=workbench", "--classic-tree",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.file_allowlist=[]",
        f"--MappingKernelManager.cull_idle_timeout={LEFT_ALONE}",
        "--MappingKernelManager.cull_interval=60",
    ]  # fmt: skip


def serve_dashboards(folder: Path | None = None, port: int = 0, *, show: bool = True) -> int:
    """Serve the dashboards until Ctrl-C; return Voilà's exit code.

    Parameters
    ----------
    folder : Path, optional
        Folder whose files may be opened by name; by default the one this is called in.
    port : int
        Port on the loopback address; 0 takes a free one.
    show : bool
        Open the default browser at the list of dashboards.

    Raises
    ------
    MissingExtra
        The extra ``voila`` is not installed.
    ParameterError
        The folder is none.
    """
    require("voila", extra="voila", why="to publish dashboards")
    folder = (folder or Path.cwd()).resolve()
    if not folder.is_dir():
        raise ParameterError(f"'{folder}' is no folder. Name the one that holds the files.")
    notebooks, jupyter = dashboard_places()
    words = dashboard_command(notebooks, port or free_port())
    if show:
        words.remove("--no-browser")
    found = [str(jupyter), os.environ.get("JUPYTER_PATH", "")]
    environment = {
        **os.environ,
        "WORKBENCH_FOLDER": str(folder),
        "JUPYTER_PATH": os.pathsep.join(path for path in found if path),
    }
    process = subprocess.Popen(words, env=environment)  # noqa: S603  # our own words
    # Whoever ends this process ends Voilà with it, and Voilà its kernels.
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:  # Voilà, in the same terminal, has heard it too
        process.wait()
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
