"""What a supervisor asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from store import KeysUnavailable, Store
from tests.flows.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def asked(world: World) -> tuple[int, dict[str, Any]]:
    url = str(world.workspace.bot_url).replace("/slack/events", "/readyz")
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.json()


async def test_ready_says_what_is_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready with database, keys and Slack; with the key service away, not ready, and the answer names the keys."""
    status, said = await asked(world)
    while not said["slack"]:  # it introduces itself just after the start
        status, said = await asked(world)
    assert (status, said) == (200, {"ready": True, "database": True, "keys": True, "slack": True})

    async def away(_store: Store) -> None:
        raise KeysUnavailable("EndpointConnectionError")

    monkeypatch.setattr(Store, "prove_ring", away)
    assert await asked(world) == (503, {"ready": False, "database": True, "keys": False, "slack": True})
