"""What a supervisor asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.slack.bolt import health
from store import KeysUnavailable, Store
from tests.flows.process import bot_process
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


async def until(ask: Callable[[], Awaitable[dict[str, Any]]], *, slack: bool) -> None:
    """Wait until the answer says so of Slack."""
    async with asyncio.timeout(60):
        while (await ask())["slack"] is not slack:  # noqa: ASYNC110  nothing announces what another server finds out
            await asyncio.sleep(0.05)


async def test_a_token_that_was_taken_back_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack refuses it some time after the start; and takes it again."""
    monkeypatch.setattr(health, "EVERY_SECONDS", 0.1)
    async with open_world(tmp_path) as world:

        async def said() -> dict[str, Any]:
            return (await asked(world))[1]

        await until(said, slack=True)
        token, world.workspace.bot_token = world.workspace.bot_token, "xoxb-another"
        await until(said, slack=False)
        world.workspace.bot_token = token
        await until(said, slack=True)


async def test_a_connection_that_is_closed_is_noticed(tmp_path: Path) -> None:
    """In Socket Mode nothing arrives without it."""
    async with (
        open_world(tmp_path, start=False, app_token="xapp-of-the-tests") as world,
        bot_process(world.workspace, tmp_path, socket_mode=True) as bot,
        aiohttp.ClientSession() as session,
    ):
        await bot.start()

        async def said() -> dict[str, Any]:
            async with session.get(bot.url("readyz")) as answer:
                found: dict[str, Any] = await answer.json()
            return found

        await until(said, slack=True)
        world.workspace.faults.fail("apps.connections.open", status=503, times=1000)
        await world.workspace.sockets.close()
        await until(said, slack=False)
