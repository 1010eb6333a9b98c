"""Places that groups take in turn."""

from __future__ import annotations

import asyncio

from bot.desk.opener.turns import Turns


async def test_a_group_with_many_waiting_keeps_no_other_group_waiting() -> None:
    """Whoever comes last, of a group with nobody else, is let in second: after the first of the busy group."""
    turns, order = Turns(1), list[str]()

    async def hold(group: str) -> None:
        async with turns.of(group):
            order.append(group)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as running, turns.of("first"):
        for group in ("busy", "busy", "busy", "quiet", "busy"):
            running.create_task(hold(group))
        await asyncio.sleep(0)
        assert turns.is_full
    assert order == ["busy", "quiet", "busy", "busy", "busy"]


async def test_who_stops_waiting_takes_no_place() -> None:
    """Cancelled while waiting, or in the moment in which the place was handed over, a task leaves it to the next."""
    turns = Turns(1)

    async def hold() -> None:
        async with turns.of("orders"):
            pass

    async with turns.of("orders"):
        waiting, handed = asyncio.create_task(hold()), asyncio.create_task(hold())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
    handed.cancel()
    await asyncio.gather(waiting, handed, return_exceptions=True)
    assert not turns.is_full
    async with asyncio.timeout(1):
        await hold()
