"""The doctor of a team's server: what is wrong is named with what to do, and nothing is changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from tests.alerts._setting import NOW, PAGER, channel, firing, raised
from tests.serve._provider import CLIENT, SECRET, Provider
from tests.store.conftest import any_database, postgres
from workbench.alerts.delivery import Deliverer, Manner
from workbench.cli.app import app
from workbench.core.settings import settings
from workbench.jobs.queue import submit
from workbench.serve.checkup import server_checks
from workbench.store.audit import AUDIT
from workbench.store.channels import change_channel
from workbench.store.database import _opened, clock, database, writing
from workbench.store.jobs import JOBS
from workbench.store.migrations import move_to
from workbench.team import provider as provider_module
from workbench.team.accounts import change_account, create_account

__all__ = ["any_database", "postgres"]

PASSWORD = "eleven purple ducks"
Setting = Callable[[str, object], None]


@pytest.fixture
def server() -> None:
    """Let there be a server with an administrator."""
    create_account("ada", "admin", password=PASSWORD)


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    def change(name: str, value: object) -> None:
        monkeypatch.setenv(f"WORKBENCH_{name}", str(value))
        settings.cache_clear()

    return change


def found(name: str) -> tuple[bool, str]:
    """Return what was found about one thing."""
    told = {check.removeprefix("server: "): (ok, text) for check, ok, text in server_checks()}
    assert name in told, told
    return told[name]


def test_where_there_is_no_server_nothing_is_looked_at_and_nothing_made() -> None:
    assert server_checks() == []
    assert not (settings().home / "workbench.db").exists()


def test_all_is_well_where_it_is(any_database: str, server: None) -> None:
    told = server_checks()
    assert [(name, text) for name, ok, text in told if not ok] == []
    names = {name.removeprefix("server: ") for name, _, _ in told}
    assert {"database", "migrations", "clock of the database", "accounts", "audit", "queue",
            "runners", "secret", "room in the data folder"} <= names  # fmt: skip
    assert ("pg_dump" in names) == (any_database == "postgresql")


def test_a_database_that_is_behind_is_named_and_left_where_it_is(server: None) -> None:
    engine = database()
    move_to(engine, "0003")
    engine.dispose()
    _opened.cache_clear()
    for _ in range(2):
        ok, text = found("migrations")
        assert not ok
        assert "at step 0003 of" in text
        assert "backup" in text


def test_a_database_of_a_later_version_is_named(server: None) -> None:
    with writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    _opened.cache_clear()
    ok, text = found("migrations")
    assert not ok
    assert "later version" in text


def test_a_database_that_does_not_answer_is_named_without_its_password(setting: Setting) -> None:
    setting("DATABASE", "postgresql+psycopg://ana:pass-word@127.0.0.1:9/none")
    ok, text = found("database")
    assert not ok
    assert "cannot be reached" in text
    assert "pass-word" not in text


def test_a_client_of_postgresql_that_is_missing_is_named(
    postgres: str, setting: Setting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setting("DATABASE", postgres)
    monkeypatch.setenv("PATH", str(tmp_path))
    ok, text = found("pg_dump")
    assert not ok
    assert "install PostgreSQL's client" in text


def test_too_little_room_is_named(server: None, setting: Setting) -> None:
    setting("UPLOAD_LIMIT", 10**18)
    ok, text = found("room in the data folder")
    assert not ok
    assert "make room" in text


def test_a_weak_secret_is_named_and_not_shown(server: None, setting: Setting) -> None:
    setting("SECRET", "swordfish" * 4)
    ok, text = found("secret")
    assert not ok
    assert "random" in text
    assert "swordfish" not in text


def test_a_key_that_others_can_read_is_named(server: None) -> None:
    from workbench.team.secret import signing_key

    signing_key()
    path = settings().home / "secret.key"
    assert found("key file")[0]
    path.chmod(0o644)
    ok, text = found("key file")
    assert not ok
    assert "chmod 600" in text
    assert path.read_text() not in text


def test_nobody_who_could_manage_is_named(server: None) -> None:
    create_account("bob", "viewer", password=PASSWORD)
    assert found("accounts") == (True, "2 active")
    with writing() as connection:
        connection.execute(sa.text("UPDATE users SET password = '' WHERE name = 'ada'"))
    ok, text = found("accounts")
    assert not ok
    assert "no administrator can sign in" in text


@pytest.mark.parametrize("count", [1, 40])
def test_an_audit_that_was_altered_is_named(
    server: None, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("workbench.serve.checkup.LATEST_AUDIT", 10)
    for turn in range(count):
        change_account("ada", email=f"a{turn}@plant.example")
    assert found("audit")[0]
    with writing() as connection:
        last = connection.execute(sa.select(sa.func.max(AUDIT.c.number))).scalar_one()
        same = AUDIT.c.number == last - 1
        connection.execute(sa.update(AUDIT).where(same).values(actor="user:nobody"))
    ok, text = found("audit")
    assert not ok
    assert f"entry {last - 1}" in text


def test_jobs_that_wait_too_long_and_runners_that_are_gone_are_named(
    any_database: str, server: None
) -> None:
    jobs = [submit("detection", {}, secrets.token_hex(16)) for _ in range(3)]
    assert found("queue")[0]
    assert found("runners")[0]
    with writing() as connection:
        now = clock(connection)
        for job, values in zip(
            jobs,
            ({"created": now - timedelta(hours=2)},
             {"state": "running", "heartbeat": now - timedelta(minutes=5)},
             {"state": "running", "heartbeat": now}),
            strict=True,
        ):  # fmt: skip
            connection.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(**values))
    ok, text = found("queue")
    assert not ok
    assert "1 jobs wait, 2 run; the oldest has waited for 120 min" in text
    ok, text = found("runners")
    assert not ok
    assert "1 of 2" in text


def test_a_provider_of_sign_in_is_asked(server: None, setting: Setting) -> None:
    provider_module._known.clear()
    setting("ALLOWED_NETWORKS", "127.0.0.0/8")
    with Provider() as provider:
        for name, value in {"CLIENT": CLIENT, "SECRET": SECRET, "ISSUER": provider.url}.items():
            setting(f"OIDC_{name}", value)
        ok, text = found("provider of sign-in")
        assert ok
        assert "with 2 keys" in text
        provider.signs_in("500 /jwks")
        ok, text = found("provider of sign-in")
        assert not ok
        assert "does not answer as it should" in text
    provider_module._known.clear()
    assert not found("provider of sign-in")[0]


def test_the_command_says_it_in_words_and_in_json_and_by_its_exit_code(
    server: None, setting: Setting
) -> None:
    setting("UPLOAD_LIMIT", 10**18)
    plain = CliRunner().invoke(app, ["doctor"], catch_exceptions=False)
    assert plain.exit_code == 1
    assert "BAD server: room in the data folder" in plain.stdout
    assert "ok  server: audit" in plain.stdout
    told = CliRunner().invoke(app, ["doctor", "--json"], catch_exceptions=False)
    assert told.exit_code == 1
    bad = [one["check"] for one in json.loads(told.stdout)["checks"] if not one["ok"]]
    assert bad == ["server: room in the data folder"]


def test_messages_that_were_given_up_and_channels_that_failed_are_named(
    any_database: str, server: None
) -> None:
    assert found("outbox") == (True, "0 messages wait, none was given up")
    assert found("channels")[0]
    channel(PAGER, "webhook", url="http://127.0.0.1:9/hook")
    raised(firing())
    Deliverer(Manner(attempts=1)).run_once(NOW)
    ok, text = found("outbox")
    assert not ok
    assert "1 were given up (webhook aa 1)" in text
    assert "team.send_again" in text
    ok, text = found("channels")
    assert not ok
    assert "webhook aa (webhook): " in text
    assert "workbench channels test" in text
    with writing() as connection:
        change_channel(connection, PAGER, enabled=False)
    assert found("channels")[0]  # one that is off has nothing to take
