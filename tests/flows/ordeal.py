"""Two bots that send what is owed while Slack asks for pauses and fails, and one of them is killed; what came of it."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.workspace import Workspace
from bot.workspace.core.faults import Early
from store import Store, queue
from store.models import DueRow
from tests.flows.owing import owe
from tests.flows.process import BotProcess
from tests.flows.replicas import HOSTS

POST, HISTORY = "chat.postMessage", "conversations.history"
LIMITED, BROKEN, RETRY_AFTER = 0.1, 0.03, 1
# At about 9 a second (the ceiling) or much less, and a lease that has to run out.
_LEASE_SECONDS = 200
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Outcome:
    """Marks of items that nobody saw, that were seen twice, and in a wrong channel; calls inside a Retry-After."""

    lost: list[str]
    twice: list[str]
    astray: list[str]
    early: list[Early]
    left_open: int
    seconds: float
    posts: int
    limited: int
    failed: int
    looked: int


async def undergo(
    workspace: Workspace,
    bots: tuple[BotProcess, BotProcess],
    store: Store,
    items: int,
    channels: int,
    *,
    wait_for_leases: bool = True,
) -> Outcome:
    """Owe ``items`` and see them sent; the second bot dies in the middle, when Slack has posted and not answered.

    With ``wait_for_leases`` off, what the dead bot holds is free as soon as everything else is said.
    """
    faults = workspace.faults
    faults.fail_by_chance(POST, limited=LIMITED, broken=BROKEN, retry_after=RETRY_AFTER, seed=5)
    faults.fail_by_chance(HISTORY, limited=LIMITED, broken=BROKEN, retry_after=RETRY_AFTER, seed=7)
    owing = await owe(store, workspace, items, channels)
    began = time.monotonic()
    async with asyncio.timeout(_LEASE_SECONDS + items / 2):
        await _until(lambda: owing.seen(workspace) > items // 3)
        await _kill_in_a_call(workspace, bots[1])
        if not wait_for_leases:
            await _end_leases_of_the_dead(store)
        while owing.seen(workspace) < items:  # noqa: ASYNC110  another process sends
            await asyncio.sleep(_POLL_SECONDS)
        seconds = time.monotonic() - began
        while await _open(store):  # noqa: ASYNC110  another process marks
            await asyncio.sleep(_POLL_SECONDS)
    calls = [call for call in workspace.calls if call.method == POST]
    return Outcome(
        *owing.came_of_it(workspace),
        early=faults.early,
        left_open=await _open(store),
        seconds=seconds,
        posts=len(calls),
        limited=faults.limited.get(POST, 0),
        failed=len([call for call in calls if call.status == 500]),
        looked=len([call for call in workspace.calls if call.method == HISTORY and call.status == 200]),
    )


async def _kill_in_a_call(workspace: Workspace, bot: BotProcess) -> None:
    faults = workspace.faults
    faults.fail(POST, status=200, delay=8, after=True, host=HOSTS[1])
    await _until(lambda: not faults.planned(POST) and faults.held_back.get(POST))
    assert bot.running is not None
    bot.running.send_signal(signal.SIGKILL)
    assert await bot.died() == -signal.SIGKILL


async def _end_leases_of_the_dead(store: Store) -> None:
    """As if two minutes had gone by: nobody touched these since the death, and nothing else is left to say."""
    at_death = await _held(store)
    while True:
        held = await _held(store)
        if held.items() <= at_death.items() and await _open(store) == len(held):
            break
        await asyncio.sleep(_POLL_SECONDS)
    async with store.transaction() as tx:
        await tx.session.execute(update(DueRow).where(DueRow.id.in_(held)).values(leased_until=None))


async def _held(store: Store) -> dict[str, datetime | None]:
    """What is open and held by somebody, or was given back, and until when."""
    query = select(DueRow).where(DueRow.done_at.is_(None), DueRow.leased_until.is_not(None))
    async with store.transaction() as tx:
        return {row.id: row.leased_until for row in await tx.session.scalars(query)}


async def _until(holds: Any) -> None:
    while not holds():  # noqa: ASYNC110  another process sends
        await asyncio.sleep(0.01)


async def _open(store: Store) -> int:
    async with store.transaction() as tx:
        return await queue.depth(tx)
