"""SIGKILL at chosen moments: one upload, one version, one card, nothing half stored, and the rest is said later."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests import making
from tests.flows.process import BotProcess, bot_process
from tests.flows.world import World, open_world, shown


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False, retry_after=(0.3, 5.0, 15.0)) as opened:
        yield opened


@pytest.fixture
async def bot(world: World, tmp_path: Path) -> AsyncIterator[BotProcess]:
    async with bot_process(world.workspace, tmp_path) as process:
        yield process


@pytest.fixture(scope="module")
def container() -> bytes:
    leaf, intermediate, root = making.make_chain("orders.example")
    return making.pfx(leaf, [intermediate, root])


def rows(bot: BotProcess, query: str) -> list[Any]:
    with sqlite3.connect(bot.database) as connection:
        return connection.execute(query).fetchall()


def counts(bot: BotProcess) -> dict[str, int]:
    tables = ("upload", "certificate", "version", "pending_restart", "restart_change")
    return {table: rows(bot, f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608  our own names


async def unlocked(world: World) -> str:
    """The id of the modal behind the offer's button."""
    offer = await world.sees_privately(world.alice, "upload_unlock")
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    return str(view["id"])


async def submit(world: World, view_id: str) -> None:
    values = {"label": {"value": "bank"}, "password": {"value": making.PASSWORD}}
    await world.workspace.submit(world.alice, view_id, values)


def cards(world: World) -> list[Any]:
    return [one for one in world.workspace.messages(world.orders) if "card_details" in shown(one)]


def reminders(world: World) -> list[Any]:
    return [one for one in world.workspace.messages(world.orders) if "restart_done" in shown(one)]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_noticing_a_file(world: World, bot: BotProcess, container: bytes, when: str) -> None:
    """Killed around the commit of the event, the file is offered once after the restart, by Slack's retry or ours."""
    await bot.start()
    await world.has_environment()
    await bot.stop()
    await bot.start(kill_at=f"{when}:uploads.notice")
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", container)
    assert await bot.died() == -signal.SIGKILL
    await bot.start()
    await world.sees_privately(world.alice, "upload_unlock")
    await asyncio.sleep(1.0)
    offers = [one for one in world.workspace.ephemerals(world.alice, world.orders) if "upload_unlock" in shown(one)]
    assert len(offers) == 1
    assert counts(bot)["upload"] == 1


async def test_killed_before_the_commit(world: World, bot: BotProcess, container: bytes) -> None:
    """Killed between the click and the commit, nothing is stored, and the button still works."""
    await bot.start()
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", container)
    await world.sees_privately(world.alice, "upload_unlock")
    await bot.stop()
    await bot.start(kill_at="before:certificates.clients.deposit")
    await submit(world, await unlocked(world))
    assert await bot.died() == -signal.SIGKILL
    assert counts(bot) == {"upload": 1, "certificate": 0, "version": 0, "pending_restart": 0, "restart_change": 0}
    await bot.start()
    await submit(world, await unlocked(world))
    await world.workspace.wait_for(lambda: cards(world) and reminders(world))
    assert counts(bot) == {"upload": 1, "certificate": 1, "version": 1, "pending_restart": 1, "restart_change": 1}


async def test_killed_after_the_commit(world: World, bot: BotProcess, container: bytes) -> None:
    """Killed after the commit and before any message, card and reminder are said once after the restart."""
    await bot.start()
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", container)
    await world.sees_privately(world.alice, "upload_unlock")
    await bot.stop()
    await bot.start(kill_at="after:certificates.clients.deposit")
    view_id = await unlocked(world)
    await submit(world, view_id)
    assert await bot.died() == -signal.SIGKILL
    assert counts(bot)["version"] == 1
    assert not cards(world)
    await bot.start()
    await world.workspace.wait_for(lambda: cards(world) and reminders(world))
    # Whoever submits again, since the modal said that there was trouble, changes nothing.
    await submit(world, view_id)
    await asyncio.sleep(1.0)
    assert (len(cards(world)), len(reminders(world))) == (1, 1)
    assert counts(bot) == {"upload": 1, "certificate": 1, "version": 1, "pending_restart": 1, "restart_change": 1}


@pytest.mark.parametrize("moment", ["before:queue.done", "before:restarts.pending.record_message"])
async def test_killed_between_slacks_answer_and_the_mark(
    world: World, bot: BotProcess, container: bytes, moment: str
) -> None:
    """The card, or the reminder, was posted and not marked: after the restart it is found and stands once."""
    await bot.start()
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", container)
    await world.sees_privately(world.alice, "upload_unlock")
    await bot.stop()
    await bot.start(kill_at=moment)
    await submit(world, await unlocked(world))
    assert await bot.died() == -signal.SIGKILL
    assert cards(world)
    assert rows(bot, "SELECT count(*) FROM due WHERE leased_until IS NOT NULL AND done_at IS NULL")[0][0] > 0
    _end_leases(bot)
    await bot.start()
    await world.workspace.wait_for(lambda: rows(bot, "SELECT message_ts FROM pending_restart")[0][0], 20)
    await world.workspace.wait_for(lambda: not rows(bot, "SELECT 1 FROM due WHERE kind = 'card' AND done_at IS NULL"))
    assert (len(cards(world)), len(reminders(world))) == (1, 1)
    assert rows(bot, "SELECT message_ts FROM pending_restart") == [(reminders(world)[0]["ts"],)]
    assert [one for one in world.workspace.calls if one.method == "conversations.history"]


def _end_leases(bot: BotProcess) -> None:
    """As if the two minutes of a lease had gone by."""
    with sqlite3.connect(bot.database) as connection:
        connection.execute("UPDATE due SET leased_until = NULL WHERE done_at IS NULL")


async def test_the_same_thing_many_times_at_once(world: World, bot: BotProcess, container: bytes) -> None:
    """An event delivered four times at once and a double-clicked Submit: one upload, one version, one card."""
    await bot.start()
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", container)
    event_id = next(iter(world.workspace.events))
    acks = await world.workspace.redeliver_event(event_id, times=4)
    assert all(ack.ok for ack in acks)
    view_id = await unlocked(world)
    opened = world.workspace.state.top_view(world.alice)
    assert opened is not None
    await asyncio.gather(submit(world, view_id), submit(world, view_id), return_exceptions=True)
    await world.workspace.wait_for(lambda: cards(world) and reminders(world))
    await asyncio.sleep(1.0)
    offers = [one for one in world.workspace.ephemerals(world.alice, world.orders) if "upload_unlock" in shown(one)]
    assert (len(offers), len(cards(world)), len(reminders(world))) == (1, 1, 1)
    assert counts(bot) == {"upload": 1, "certificate": 1, "version": 1, "pending_restart": 1, "restart_change": 1}


async def test_a_snooze_survives_a_restart_of_the_bot(world: World, bot: BotProcess, container: bytes) -> None:
    """What was put off is a row: it is there, with its time, in the next process."""
    await bot.start()
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", container)
    await submit(world, await unlocked(world))
    await world.workspace.wait_for(lambda: reminders(world))
    await world.workspace.click(world.bob, reminders(world)[0]["ts"], "restart_later")
    view = await world.sees_view(world.bob)
    await world.workspace.submit(world.bob, view["id"], {})
    await world.workspace.wait_for(lambda: rows(bot, "SELECT snoozed_until FROM pending_restart")[0][0])
    assert await bot.stop() == 0
    (until,) = rows(bot, "SELECT snoozed_until FROM pending_restart")[0]
    assert rows(bot, f"SELECT count(*) FROM due WHERE done_at IS NULL AND due_at = '{until}'") == [(1,)]  # noqa: S608  our own value


async def test_a_graceful_stop_finishes_what_was_acknowledged(world: World, bot: BotProcess) -> None:
    """SIGTERM while a slow file is being opened, after "checking" was acknowledged: it is stored before the end."""
    bot.open_seconds = "60"
    slow = making.slow_pfx(making.make("slow.example"), 5.0)
    await bot.start()
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "slow.pfx", slow)
    await submit(world, await unlocked(world))
    assert world.top_view(world.alice)["callback_id"] == "checking"
    assert await bot.stop() == 0
    assert counts(bot) == {"upload": 1, "certificate": 1, "version": 1, "pending_restart": 1, "restart_change": 1}
