"""What ``detect`` and ``score`` do with data that do not fit into memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_notices, print_table

if TYPE_CHECKING:
    from workbench.workflow.large_detection import LargeDetection

__all__ = ["detect_in_parts", "in_parts", "score_in_parts"]

_SHOWN = 10


def in_parts(file: str, memory: str | None, scheduler: str | None) -> bool:
    """Return whether a file is worked on in parts: asked for, or too large for memory."""
    from workbench.workflow.large_dataset import too_large

    return memory is not None or scheduler is not None or too_large(file)


def detect_in_parts(
    file: str,
    detector: str,
    *,
    roles: dict[str, Any],
    memory: str | None,
    scheduler: str | None,
    seed: int,
    param: list[str] | None,
    save: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Look a file through, detect in it part by part, and print what was found."""
    from workbench.core.progress import terminal_progress
    from workbench.workflow.detecting import detect
    from workbench.workflow.large_dataset import scan

    source = {name: roles.pop(name) for name in ("query", "sheet", "coerce")}
    source |= options.parse_params(roles.pop("read"), "--read")
    with terminal_progress("detect", disable=True if quiet or as_json else None) as progress:
        data = scan(
            file,
            **roles,
            memory=memory,
            client=scheduler,
            random_state=seed,
            progress=progress.part(0.0, 0.2),
            **{name: value for name, value in source.items() if value is not None},
        )
        try:
            found: Any = detect(
                data,
                detector,
                random_state=seed,
                out=out,
                progress=progress.part(0.2, 1.0),
                **given,
                **options.parse_params(param),
            )
        finally:
            data.close()
    if save is not None:
        found.save(save)
    _show(found, [path for path in (save, out) if path is not None], as_json)


def score_in_parts(
    model: Path,
    file: str,
    *,
    memory: str | None,
    scheduler: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Score a file part by part, and print what was found."""
    from workbench.core.progress import terminal_progress
    from workbench.workflow.saving import open_model

    with terminal_progress("score", disable=True if as_json else None) as progress:
        found: Any = open_model(model).score(
            file, memory=memory, client=scheduler, out=out, progress=progress
        )
    found.close()
    _show(found, [] if out is None else [out], as_json)


def _show(found: LargeDetection, written: list[Path], as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
        return
    print_notices(found.notices)
    if found.reason:
        typer.echo(f"{found.detector}: {found.reason}")
    typer.echo(f"How: {found.how} ({found.engine})")
    typer.echo(
        f"{found.flagged:,} of {len(found):,} rows score above {found.threshold.value:.4g}: "
        f"{found.threshold.reason}"
    )
    if found.flagged:
        print_table(found.anomalies[["row", "score", "severity", "band"]].head(_SHOWN))
        typer.echo(found.explain().sentence)
    for path in written:
        typer.echo(f"Wrote {path}")
