"""What happened while the bot was down, and Slack told nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from store import queue
from tests.flows.world import World


async def test_an_owner_who_left_while_the_bot_was_down(world: World) -> None:
    """The last owner is deactivated meanwhile: ten minutes after the start the channel is told."""
    await world.has_environment()
    await world.stop()
    world.workspace.state.members[world.alice] = replace(world.workspace.members[world.alice], is_deactivated=True)
    await world.start()
    async with asyncio.timeout(10):
        while not await _is_looked_at(world):  # noqa: ASYNC110  nothing announces what the queue holds
            await asyncio.sleep(0.05)
    world.workspace.advance(timedelta(minutes=11))
    await world.sees("Nobody owns *orders/production*")


async def _is_looked_at(world: World) -> bool:
    """Return whether a look at something is planned."""
    async with world.desk.store.reading() as tx:
        return await queue.next_due(tx, now=world.desk.clock(), lane=queue.LOOK) is not None
