"""Detections made by hand, shared by the tests of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from handmade import HandMade, hand_made


@pytest.fixture(scope="session")
def found() -> HandMade:
    """A series of 600 hours with a long, a strong and a weak anomaly."""
    return hand_made()


@pytest.fixture(scope="session")
def plain() -> HandMade:
    """The same without times: a plain table."""
    return hand_made(series=False)
