"""A fresh office for each test that looks at Slack from the outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.slack.bolt import call
from tests.patience import be_patient
from tests.slack.office import Office, open_office


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    be_patient(monkeypatch)
    async with open_office(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """An office in which Slack waits shorter, and files are given up sooner."""
    monkeypatch.setattr(call, "ACK_SECONDS", 0.3)
    async with open_office(tmp_path, seconds=1.0, patience=3.0) as opened:
        yield opened
