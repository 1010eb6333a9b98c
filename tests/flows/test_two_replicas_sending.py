"""Two bots send what is owed through pauses, failures and the death of one: each message stands once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import KeyRing, open_store
from tests.databases import postgres, postgres_url
from tests.flows.ordeal import undergo
from tests.flows.process import BotProcess
from tests.flows.replicas import RING, two_replicas
from tests.flows.world import World, open_world

__all__ = ["postgres", "postgres_url"]

ITEMS = int(os.environ.get("CERTDESK_TESTS_ITEMS", "300"))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False) as opened:
        yield opened


@pytest.fixture
async def bots(world: World, tmp_path: Path, postgres_url: str) -> AsyncIterator[tuple[BotProcess, BotProcess]]:
    async with two_replicas(world.workspace, tmp_path, postgres_url) as both:
        yield both


async def test_each_item_is_seen_once(world: World, bots: tuple[BotProcess, BotProcess], postgres_url: str) -> None:
    """Slack answers 429 a tenth of the time and 500 now and then, half of those after it posted; one bot is killed
    while Slack has posted its message and not answered yet: every item stands in its channel once, and no method was
    called inside its Retry-After.
    """
    async with open_store(postgres_url, KeyRing.parse(RING)) as store:
        outcome = await undergo(world.workspace, bots, store, ITEMS, channels=ITEMS // 5, wait_for_leases=False)
    assert (outcome.lost, outcome.twice, outcome.astray) == ([], [], [])
    assert outcome.early == []
    assert outcome.left_open == 0
    assert await bots[0].stop() == 0
    assert outcome.limited > ITEMS / 30, "Slack did ask for pauses"
    assert outcome.failed > ITEMS / 100, "Slack did fail"
    assert outcome.looked, "what was in doubt was looked up"
