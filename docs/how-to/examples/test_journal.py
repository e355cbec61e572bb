"""What is told stands in the file, and what cannot be written is tried again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from workbench.alerts.channels import make_channel
from workbench.core.errors import DeliveryError, ParameterError
from workbench.core.message import Message
from workbench.core.settings import settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MESSAGE = Message(
    id="e" * 32, reason="opened", incident="d" * 32, monitor="m", name="Pumps", title="flow",
    text="flow is 26", kind="anomaly", entity="", severity=60.0, bands=("high",), firings=1,
    started=NOON, latest=NOON, at=NOON,
)  # fmt: skip


def test_each_message_is_a_line() -> None:
    for _ in range(2):
        make_channel("journal", {"file": "alerts.jsonl"}).send(MESSAGE)
    lines = (settings().home / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [MESSAGE.id] * 2


def test_what_cannot_be_written_is_tried_again() -> None:
    (settings().home / "taken").mkdir()
    with pytest.raises(DeliveryError) as told:
        make_channel("journal", {"file": "taken"}).send(MESSAGE)
    assert told.value.retry


def test_no_folder_but_the_data_folder_is_written_to() -> None:
    for file in ("../other", "/etc/passwd", "..\\other", ".hidden"):
        with pytest.raises(ParameterError, match="without folders"):
            make_channel("journal", {"file": file})
