"""Two bots on one PostgreSQL: proofs arrive at both while one is killed, and the restart ends once, with the last."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import pytest

from store import KeyRing, audit, open_store
from tests.databases import postgres, postgres_url
from tests.flows.delivering import Answer, App, delivery_token
from tests.flows.process import BotProcess
from tests.flows.test_hook import changed
from tests.flows.test_two_replicas import RING, bots, world
from tests.flows.world import World, shown

__all__ = ["bots", "postgres", "postgres_url", "world"]

INSTANCES = [f"app-{number}" for number in range(24)]


async def says(apps: list[App], name: str, revision: int) -> Answer:
    """Report to any of the bots, and to the next one where the first does not answer, as a load balancer does."""
    order = random.sample(apps, len(apps))
    for _ in range(20):
        for app in order:
            try:
                answer = await app.loaded(name, revision)
            except aiohttp.ClientError:
                continue
            if answer.status == 200:
                return answer
        await asyncio.sleep(0.1)
    raise AssertionError("no bot answers")


@pytest.mark.parametrize("seed", range(2))
async def test_the_restart_ends_once_and_never_before_the_last(
    world: World, bots: tuple[BotProcess, BotProcess], postgres_url: str, seed: int
) -> None:
    """Whatever the order: no report but the last one that counts confirms, although a bot dies in the middle."""
    random.seed(seed)
    await world.has_environment()
    token = await delivery_token(world)
    apps = [App(bot.url("").rstrip("/"), token) for bot in bots]
    await asyncio.gather(*(says(apps, name, 0) for name in INSTANCES))
    await changed(world, "Partner Root")
    fetched = await apps[0].fetch()
    assert fetched.headers["Certdesk-Revision"] == "1"
    *early, last = random.sample(INSTANCES, len(INSTANCES))
    killing = asyncio.create_task(_kill(bots[1], random.uniform(0.0, 0.3)))  # noqa: S311  a moment is no secret
    found = await asyncio.gather(*(says(apps, name, 1) for name in early))
    await killing
    assert not any(one.body["confirmed"] for one in found)
    assert all(one.body["pending"] == 1 for one in found)
    again = await asyncio.gather(*(says(apps[:1], last, 1) for _ in range(3)))
    assert sum(one.body["confirmed"] for one in again) == 1
    world.workspace.bot_urls = None
    world.workspace.bot_url = bots[0].url("slack/events")
    (message,) = await world.sees(f"{len(INSTANCES)} of {len(INSTANCES)} instances run this change")
    assert "restart_done" not in shown(message)
    async with open_store(postgres_url, KeyRing.parse(RING)) as store, store.reading() as tx:
        tags = [one.tag for one in await audit.events(tx, limit=500)]
    assert tags.count(audit.Tag.RESTART_CONFIRMED) == 1


async def _kill(bot: BotProcess, after: float) -> None:
    await asyncio.sleep(after)
    assert bot.running is not None
    bot.running.kill()
    await bot.running.wait()
