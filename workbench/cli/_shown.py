"""What the commands print: tables for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cell", "print_json", "print_notices", "print_table"]


def print_json(document: Any) -> None:
    """Print one strict JSON document."""
    import sys

    from workbench.workflow.exporting import to_json

    sys.stdout.buffer.write(to_json(document).encode("utf-8") + b"\n")
    sys.stdout.flush()


def print_table(table: pd.DataFrame, title: str | None = None) -> None:
    """Print a table with readable numbers; values are data, never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=Text(title) if title else None, title_justify="left", header_style="bold")
    for name in table.columns:
        numeric = getattr(table[name].dtype, "kind", "O") in "iuf"
        # A name is folded, never cut: people copy it.
        justify: Literal["right", "left"] = "right" if numeric else "left"
        shown.add_column(Text(str(name)), justify=justify, overflow="fold")
    for row in table.itertuples(index=False):
        shown.add_row(*(Text(cell(value)) for value in row))
    Console().print(shown)


def print_notices(notices: Iterable[str]) -> None:
    """Print notices to standard error, so that standard output stays clean."""
    import typer

    for notice in notices:
        typer.echo(f"note: {notice}", err=True)


def cell(value: Any) -> str:
    """Return a value as people read it."""
    from workbench.explainers.sentence import show_value

    return show_value(value)
