"""Two bots send what is owed while Slack asks for pauses, fails, and one of them is killed: each message stands once."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import KeyRing, due, open_store
from tests.databases import postgres, postgres_url
from tests.flows.owing import owe
from tests.flows.process import BotProcess
from tests.flows.replicas import HOSTS, RING, two_replicas
from tests.flows.world import World, open_world

__all__ = ["postgres", "postgres_url"]

ITEMS = int(os.environ.get("CERTDESK_TESTS_ITEMS", "300"))
POST, HISTORY = "chat.postMessage", "conversations.history"
# At 9 a second (the ceiling) or less, and a lease that has to run out.
LONGEST = 200 + ITEMS / 2


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False) as opened:
        yield opened


@pytest.fixture
async def bots(world: World, tmp_path: Path, postgres_url: str) -> AsyncIterator[tuple[BotProcess, BotProcess]]:
    async with two_replicas(world.workspace, tmp_path, postgres_url, log_level="INFO") as both:
        yield both


async def test_each_item_is_seen_once(world: World, bots: tuple[BotProcess, BotProcess], postgres_url: str) -> None:
    """Slack answers 429 a tenth of the time and 500 now and then, half of those after it posted; one bot is killed
    while Slack has posted its message and not answered yet: every item stands in its channel once, and no method was
    called inside its Retry-After.
    """
    workspace, faults = world.workspace, world.workspace.faults
    faults.fail_by_chance(POST, limited=0.1, broken=0.03, seed=5)
    faults.fail_by_chance(HISTORY, limited=0.1, broken=0.03, seed=7)
    async with open_store(postgres_url, KeyRing.parse(RING)) as store:
        owing = await owe(store, workspace, ITEMS, channels=max(ITEMS // 5, 1))
        await workspace.wait_for(lambda: owing.seen(workspace) > ITEMS // 3, LONGEST)
        faults.fail(POST, status=200, delay=5, after=True, host=HOSTS[1])
        await workspace.wait_for(lambda: not faults.planned(POST), 60)
        before = owing.seen(workspace)
        await workspace.wait_for(lambda: owing.seen(workspace) > before or not faults.planned(POST))
        killed = bots[1].running
        assert killed is not None
        killed.send_signal(signal.SIGKILL)
        assert await bots[1].died() == -signal.SIGKILL
        await workspace.wait_for(lambda: owing.seen(workspace) >= ITEMS, LONGEST)
        assert await bots[0].stop() == 0
        async with store.transaction() as tx:
            assert await due.depth(tx) == 0
    assert owing.came_of_it(workspace) == ([], [], [])
    assert faults.early == []
    assert faults.limited[POST] > ITEMS / 30, "the chances were taken"
    looked = [call for call in workspace.calls if call.method == HISTORY and call.error is None]
    assert looked, "what was unsure was looked up"
