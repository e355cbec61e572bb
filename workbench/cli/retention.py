"""`workbench retention`: how long what is kept, and forgetting what is older."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

__all__ = ["retention"]


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell how much would go; nothing is changed.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Forget what is older than the settings WORKBENCH_KEEP_… let it become, and tell how much."""
    import pandas as pd

    from workbench.registry.retention import forget_old, retention_rules
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    rules = retention_rules(house())
    gone = {} if dry_run else forget_old(house(), by=SYSTEM)
    if as_json:
        lines = [{**vars(rule), "gone": gone.get(rule.what, 0)} for rule in rules]
        files = gone.get("files", 0)
        print_json(
            {"format": "workbench.retention/1", "dry_run": dry_run, "rules": lines, "files": files}
        )
        return
    table = pd.DataFrame(
        {
            "what": [rule.what for rule in rules],
            "kept": ["for ever" if rule.days is None else f"{rule.days} days" for rule in rules],
            "would go" if dry_run else "gone": [
                str(rule.expired if dry_run else gone[rule.what]) for rule in rules
            ],
            "setting": [rule.setting for rule in rules],
        }
    )
    print_table(table)
    if gone.get("files"):
        typer.echo(f"{gone['files']:,} files that nothing refers to any more are removed.")
