"""Commands about people: users and their roles, and the audit of what was done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

__all__ = ["audit", "users"]

users = typer.Typer(
    help="Accounts of the team server: create, list, change, password, link.", no_args_is_help=True
)
audit = typer.Typer(
    help="The audit: verify that it is as it was written, export, show its head.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Name of the account.", show_default=False)]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@users.command("create")
def create(
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, analyst, operator, admin, or one's own.")],
    email: Annotated[str, typer.Option(help="Where invitations go.", metavar="ADDRESS")] = "",
    password_stdin: FromInput = False,
) -> None:
    """Make an account; without --password-stdin the password is asked for."""
    from workbench.team.accounts import create_account

    user = create_account(name, role, password=_password(name, password_stdin), email=email)
    typer.echo(f"Made the account '{user.name}' ({user.role}).")


@users.command("list")
def list_users(as_json: options.Json = False) -> None:
    """List all accounts."""
    import pandas as pd

    from workbench.team.accounts import list_accounts

    lines = [
        {
            "name": user.name,
            "role": user.role,
            "active": user.active,
            "email": user.email,
            "password": bool(user.password),
            "created": user.created,
            "id": user.id,
        }
        for user in list_accounts()
    ]
    if as_json:
        print_json({"format": "workbench.users/1", "users": lines})
    elif lines:
        print_table(pd.DataFrame(lines).drop(columns="id"))
    else:
        typer.echo("There is no account yet: workbench users create NAME --role admin")


@users.command("change")
def change(
    name: Name,
    role: Annotated[str | None, typer.Option(help="Another role.", metavar="ROLE")] = None,
    email: Annotated[str | None, typer.Option(help="Another address.", metavar="ADDRESS")] = None,
    active: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether they may sign in.")
    ] = None,
) -> None:
    """Change role or address, disable or enable; sessions and tokens end where it matters."""
    from workbench.team.accounts import change_account

    user = change_account(name, role=role, email=email, active=active)
    typer.echo(f"'{user.name}': {user.role}, {'active' if user.active else 'disabled'}")


@users.command("password")
def password(name: Name, password_stdin: FromInput = False) -> None:
    """Set a password; what was signed in with the old one ends."""
    from workbench.team.accounts import set_password

    set_password(name, _password(name, password_stdin))
    typer.echo(f"'{name}' has a new password; what was signed in is so no more.")


@audit.command("verify")
def verify(
    anchor: Annotated[
        str, typer.Option(help="Hash that was kept elsewhere, from 'audit head'.", metavar="HASH")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Say whether the audit is as it was written; names the first broken entry (exit code 1)."""
    from workbench.team.auditing import verify_audit

    found = verify_audit(anchor)
    if as_json:
        print_json({"format": "workbench.audit/1", **vars(found)})
    elif found.whole:
        cut = f" (the first {found.first - 1:,} were cut off)" if found.first > 1 else ""
        typer.echo(f"{found.count:,} entries, as they were written{cut}. Head: {found.head}")
    else:
        typer.echo(f"Broken: {found.reason}. {found.count:,} entries before it are good.", err=True)
    if not found.whole:
        raise typer.Exit(1)


@audit.command("head")
def head() -> None:
    """Print number and hash of the last entry, to be kept elsewhere."""
    from workbench.store.audit import head as last_entry

    entry = last_entry()
    typer.echo("There is no entry yet." if entry is None else f"{entry.number} {entry.hash}")


@audit.command("export")
def export(
    out: Annotated[
        Path, typer.Argument(help="Ends in .csv .parquet .json .jsonl .xlsx.", show_default=False)
    ],
) -> None:
    """Write all entries to a file."""
    import pandas as pd

    from workbench.team.auditing import audit_lines
    from workbench.workflow.exporting import export_table, to_json

    lines = [
        line | {"before": to_json(line["before"]), "after": to_json(line["after"])}
        for line in audit_lines()
    ]
    export_table(pd.DataFrame(lines), out)
    typer.echo(f"Wrote {out}: {len(lines):,} entries")


def _password(name: str, from_input: bool) -> str:
    from getpass import getpass

    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return getpass(f"Password for {name}: ")
