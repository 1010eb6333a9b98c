"""A fresh practice workspace for each test, alone or with a bot of slack_bolt's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from tests.workspace.practice import Practice, open_practice, open_workspace


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """A workspace whose bot answers nowhere."""
    async with open_workspace() as opened:
        yield opened


@pytest.fixture
async def client(workspace: Workspace) -> AsyncWebClient:
    """slack_sdk's client with the bot's token."""
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)


@pytest.fixture
async def practice() -> AsyncIterator[Practice]:
    """A workspace and a bot over signed HTTP."""
    async with open_practice() as opened:
        yield opened


@pytest.fixture
async def impatient() -> AsyncIterator[Practice]:
    """The same, where Slack waits a fifth of a second for acknowledgements and modals, and tries events again soon."""
    async with open_practice(ack_seconds=0.2, trigger_seconds=0.2, retry_after=(0.0, 0.01, 0.02)) as opened:
        yield opened
