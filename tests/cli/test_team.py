"""Accounts and audit from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from workbench.cli import main
from workbench.cli.app import app
from workbench.store.audit import AUDIT
from workbench.store.database import writing
from workbench.team.signing import check_credentials

SECRET = "eleven purple ducks"


def ran(*words: str, given: str | None = None, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), input=given, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_an_account_is_made_changed_and_listed_without_its_password() -> None:
    ran("users", "create", "ada", "--role", "admin", "--password-stdin", given=f"{SECRET}\n")
    ran("users", "create", "bob", "--role", "viewer", "--password-stdin", given=f"{SECRET}\n")
    ran("users", "change", "bob", "--role", "analyst", "--email", "bob@plant.example")
    users = json.loads(ran("users", "list", "--json"))["users"]
    assert [(user["name"], user["role"]) for user in users] == [
        ("ada", "admin"),
        ("bob", "analyst"),
    ]
    assert SECRET not in str(users)
    assert "argon2" not in str(users)
    ran("users", "password", "bob", "--password-stdin", given="twelve purple ducks\n")
    assert check_credentials("bob", "twelve purple ducks", address="x").role == "analyst"
    assert "disabled" in ran("users", "change", "bob", "--disable")


def test_a_bad_role_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["workbench", "users", "change", "ada", "--role", "x"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert "There is no account 'ada'" in capsys.readouterr().err


def test_the_audit_is_verified_exported_and_anchored(tmp_path: Path) -> None:
    for name in ("ada", "bob", "cleo"):
        ran("users", "create", name, "--role", "admin", "--password-stdin", given=f"{SECRET}\n")
    number, anchor = ran("audit", "head").split()
    assert number == "3"
    assert "3 entries, as they were written" in ran("audit", "verify", "--anchor", anchor)
    ran("audit", "export", str(tmp_path / "audit.csv"))
    assert list(pd.read_csv(tmp_path / "audit.csv")["action"]) == ["user.create"] * 3
    with writing() as connection:
        connection.execute(sa.update(AUDIT).where(AUDIT.c.number == 2).values(actor="nobody"))
    found = json.loads(ran("audit", "verify", "--json", code=1))
    assert (found["whole"], found["broken"]) == (False, 2)
