"""Real brokers of Debian's packages, each started on a free port and stopped again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.serve.local import free_port

__all__ = ["Program", "kafka_mock", "mosquitto", "prometheus", "redis_server"]

STARTING = 30.0


def _program(name: str, package: str) -> str:
    """Return where a program is; as root on Debian it is fetched where it is missing."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    if found := shutil.which(name, path=path):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "-qq", *words], check=True, capture_output=True)
    if found := shutil.which(name, path=path):
        return found
    pytest.fail(f"These tests need {name}: apt-get install {package}")


class Program:
    """A program that listens on a port of the loopback address."""

    def __init__(self, command: list[str], port: int, folder: Path) -> None:
        self.command, self.port, self.folder = command, port, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + STARTING
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)
        self._process = None

    def restart(self, how: int = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()

    def write_down(self) -> None:
        """Wait until an MQTT broker has written down all that it holds now.

        It does so every second or two, and longer on a busy machine; one that had begun before
        does not count, so that two are waited for.
        """
        file, until = self.folder / "mosquitto.db", time.monotonic() + STARTING
        seen = {self._written(file)}
        while len(seen) < 3:
            assert time.monotonic() < until, "the broker writes nothing down"
            time.sleep(0.05)
            seen.add(self._written(file))

    @staticmethod
    def _written(file: Path) -> int:
        return file.stat().st_mtime_ns if file.exists() else 0


@contextlib.contextmanager
def _running(made: Program) -> Iterator[Program]:
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.folder)


def _folder(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"workbench-{name}-"))


@contextlib.contextmanager
def mosquitto(user: str = "", password: str = "") -> Iterator[Program]:
    """Run an MQTT broker that keeps its sessions over a restart."""
    program, folder, port = _program("mosquitto", "mosquitto"), _folder("mqtt"), free_port()
    lines = [f"listener {port} 127.0.0.1", "persistence true", f"persistence_location {folder}/",
             "autosave_interval 1", f"user {_user()}"]  # fmt: skip
    if user:
        secret = folder / "passwords"
        secret.touch(mode=0o600)
        tool = _program("mosquitto_passwd", "mosquitto")
        subprocess.run([tool, "-b", str(secret), user, password], check=True, capture_output=True)
        lines += ["allow_anonymous false", f"password_file {secret}"]
    else:
        lines += ["allow_anonymous true"]
    (folder / "conf").write_text("\n".join(lines) + "\n")
    with _running(Program([program, "-c", str(folder / "conf")], port, folder)) as made:
        yield made


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


@contextlib.contextmanager
def redis_server(password: str = "") -> Iterator[Program]:
    """Run a Redis that keeps each write."""
    program, folder, port = _program("redis-server", "redis-server"), _folder("redis"), free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--appendonly", "yes", "--dir",
             str(folder), "--daemonize", "no"]  # fmt: skip
    words += ["--requirepass", password] if password else []
    with _running(Program([program, *words], port, folder)) as made:
        yield made


@contextlib.contextmanager
def prometheus(target: int) -> Iterator[Program]:
    """Run a Prometheus that asks a target each second."""
    program, folder, port = _program("prometheus", "prometheus"), _folder("prom"), free_port()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n"
        "- job_name: plant\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{target}']}}]\n"
    )
    words = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with _running(Program([program, *words], port, folder)) as made:
        yield made


def kafka_mock() -> Any:
    """Return a producer in whose process a cluster of librdkafka's own lives, and its address."""
    from confluent_kafka import Producer

    producer = Producer({"test.mock.num.brokers": 2, "linger.ms": 0})
    brokers = producer.list_topics(timeout=10.0).brokers.values()
    return producer, ",".join(f"{one.host}:{one.port}" for one in brokers)
