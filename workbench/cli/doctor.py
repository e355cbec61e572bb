"""The doctor: is everything there, and does the main job work on this machine?"""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json

__all__ = ["doctor"]

_PARTS = {
    "detection": (
        "numpy",
        "numba",
        "pandas",
        "scikit-learn",
        "pyod",
        "statsmodels",
        "skops",
    ),
    "data": ("polars", "pyarrow", "duckdb", "sqlalchemy", "alembic", "fastexcel"),
    "browser": ("panel", "bokeh", "panel-material-ui", "anywidget"),
    "notebook (extra)": ("jupyterlab", "ipywidgets", "jupyter-server-proxy"),
    "explore (extra)": ("holoviews", "datashader"),
    "voila (extra)": ("voila",),
    "server (extra)": ("argon2-cffi", "authlib", "pyjwt", "psycopg"),
    "telemetry (extra)": ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"),
    "report (extra)": ("papermill", "nbconvert", "nbformat", "nbclient", "ipykernel", "playwright"),
}


def doctor(
    as_json: options.Json = False,
    warm: Annotated[
        bool, typer.Option("--warm", help="Compile the fast kernels now, once for this user.")
    ] = False,
) -> None:
    """Check the installation by doing the main job once, and the team server where there is one."""
    from workbench.serve.checkup import server_checks

    checks = [*_installed(), _folder(), *server_checks()]
    checks += [*(_kernels() if warm else ()), _main_job()]
    healthy = all(ok for _, ok, _ in checks)
    if as_json:
        listed = [{"check": name, "ok": ok, "found": text} for name, ok, text in checks]
        print_json({"format": "workbench.doctor/1", "healthy": healthy, "checks": listed})
    else:
        for name, ok, text in checks:
            typer.echo(f"{'ok ' if ok else 'BAD'} {name}: {text}")
    if not healthy:
        raise typer.Exit(1)


def _installed() -> list[tuple[str, bool, str]]:
    from importlib.metadata import PackageNotFoundError, version

    checks = []
    for part, names in _PARTS.items():
        found, missing = [], []
        for name in names:
            try:
                found.append(f"{name} {version(name)}")
            except PackageNotFoundError:
                missing.append(name)
        optional = part.endswith("(extra)")
        text = ", ".join(found) + (f"; missing: {', '.join(missing)}" if missing else "")
        checks.append((part, optional or not missing, text))
    return checks


def _kernels() -> list[tuple[str, bool, str]]:
    from workbench.core.errors import WorkbenchError
    from workbench.core.progress import terminal_progress
    from workbench.detectors.kernels._compile import cache_folder
    from workbench.detectors.kernels.warming import warm

    try:
        with terminal_progress("Kernels") as progress:
            taken = warm(progress)
    except WorkbenchError as error:
        return [("kernels", False, str(error))]
    slowest = max(taken, key=lambda name: taken[name])
    return [
        (
            "kernels",
            True,
            f"{len(taken)} detectors ready in {sum(taken.values()):.1f} s (longest: {slowest}, "
            f"{taken[slowest]:.1f} s), kept in {cache_folder()}",
        )
    ]


def _folder() -> tuple[str, bool, str]:
    from workbench.core.settings import settings

    home = settings().home
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".doctor"
        probe.write_text("ok")
        probe.unlink()
    except OSError as error:
        return "data folder", False, f"{home} cannot be written: {error.strerror}"
    return "data folder", True, f"{home} can be written (WORKBENCH_HOME)"


def _main_job() -> tuple[str, bool, str]:
    from workbench.core.errors import WorkbenchError
    from workbench.workflow.detecting import detect

    try:
        found = detect("sample:pump")
        return (
            "main job",
            True,
            f"{len(found.records)} anomalies in sample:pump in {found.seconds:.2f} s",
        )
    except WorkbenchError as error:
        return "main job", False, str(error)
