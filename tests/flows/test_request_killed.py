"""SIGKILL while a request is approved: the change is made once, or not at all and can be approved again."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.process import BotProcess, bot_process
from tests.flows.world import World, open_world, shown

CAROL = "U0CAROL"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False, retry_after=(0.3, 1.0, 2.0)) as opened:
        yield opened


@pytest.fixture
async def bot(world: World, tmp_path: Path) -> AsyncIterator[BotProcess]:
    async with bot_process(world.workspace, tmp_path) as process:
        yield process


def run(bot: BotProcess, statement: str) -> list[Any]:
    with sqlite3.connect(bot.database) as connection:
        return connection.execute(statement).fetchall()


async def asked(world: World) -> str:
    """A protected environment, and a token that waits for approval; the message's ts."""
    await world.has_environment()
    await world.workspace.command(world.alice, world.orders, "/cert env settings")
    view = await world.sees_view(world.alice, "Environment settings")
    typed = {"owners": {"value": [world.alice, CAROL]}, "protected": {"value": "yes"}}
    await world.workspace.submit(world.alice, view["id"], typed)
    await world.sees_privately(world.alice, "from now on")
    await world.workspace.command(world.alice, world.orders, "/cert env token")
    await world.sees_privately(world.alice, "It does not work yet")
    return await _waiting(world)


async def _waiting(world: World) -> str:
    def found() -> list[str]:
        return [one["ts"] for one in world.workspace.messages(world.orders) if "request_approve" in shown(one)]

    await world.workspace.wait_for(found, 30)
    return found()[-1]


@pytest.mark.parametrize("moment", ["before:requests.requests.end", "after:requests.requests.end"])
async def test_killed_between_approval_and_change(world: World, bot: BotProcess, moment: str) -> None:
    """Both are one transaction: before its commit the request waits on, after it the change is there, once."""
    await bot.start()
    message = await asked(world)
    await bot.stop()
    await bot.start(kill_at=moment)
    await world.workspace.click(CAROL, message, "request_approve")
    assert await bot.died() == -signal.SIGKILL
    made = int(moment.startswith("after"))
    assert run(bot, "SELECT count(*) FROM hook_token") == [(made,)]
    assert run(bot, "SELECT state FROM change_request") == [("approved" if made else "waiting",)]
    run(bot, "UPDATE due SET leased_until = NULL WHERE done_at IS NULL")
    await bot.start()
    if not made:
        await world.workspace.click(CAROL, message, "request_approve")
    messages = world.workspace.messages
    await world.workspace.wait_for(lambda: any("has a new token" in shown(one) for one in messages(world.orders)), 30)
    await world.workspace.wait_for(
        lambda: not any("request_approve" in shown(one) for one in messages(world.orders)), 30
    )
    assert run(bot, "SELECT count(*) FROM hook_token") == [(1,)]
    assert len([one for one in messages(world.orders) if "has a new token" in shown(one)]) == 1
