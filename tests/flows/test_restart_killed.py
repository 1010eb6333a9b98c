"""SIGKILL in the middle of a restart that Certdesk performs: the app is started all the same, once, and truly told."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.workspace.deploy_api import JOB, START, STATE, STOP, DeployApi
from tests.flows.process import BotProcess, bot_process
from tests.flows.world import World, open_world, shown

FORM = {"app": "orders", "mode": "Production", "username": "deploy@b.example", "api_key": "canary-of-an-api-key"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False, retry_after=(0.3, 1.0, 2.0)) as opened:
        yield opened


@pytest.fixture
async def cloud() -> AsyncIterator[DeployApi]:
    """Slow enough that the message of the run stands before the first step is over."""
    made = DeployApi(stop_seconds=1.0)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def bot(world: World, cloud: DeployApi, tmp_path: Path) -> AsyncIterator[BotProcess]:
    async with bot_process(world.workspace, tmp_path) as process:
        process.settings = {"CERTDESK_DEPLOY_API_URL": cloud.base_url}
        yield process


def run(bot: BotProcess, statement: str) -> list[Any]:
    with sqlite3.connect(bot.database) as connection:
        return connection.execute(statement).fetchall()


async def connected(world: World) -> None:
    await world.has_environment()
    await world.workspace.command(world.alice, world.orders, "/cert env connect")
    view = await world.sees_view(world.alice, "Restarted through")
    await world.workspace.submit(world.alice, view["id"], {"kind": {"value": "mendix"}})
    view = await world.sees_view(world.alice, "API key")
    await world.workspace.submit(world.alice, view["id"], {name: {"value": value} for name, value in FORM.items()})
    await world.sees_privately(world.alice, "the app runs")


async def asked(world: World) -> None:
    """The restart is asked for and confirmed."""
    await world.workspace.command(world.alice, world.orders, "/cert restart now")
    question = await world.sees_privately(world.alice, "perform_yes")
    await world.workspace.click(world.alice, question["ts"], "perform_yes")


@pytest.mark.parametrize(
    ("moment", "made"),
    [
        # The run is there, and nothing of it has been done.
        ("after:restarts.runs.begin", [STOP, START, JOB]),
        # The app was stopped, and nobody wrote it down: it is asked for, and started.
        ("before:restarts.runs.move", [STOP, STATE, START, JOB]),
        # It was written down, and the item that did it was not marked.
        ("after:restarts.runs.move", [STOP, START, JOB]),
        # The job has ended, and nobody wrote it down: it is asked for once more.
        ("before:restarts.runs.end", [STOP, START, JOB, JOB]),
    ],
)
async def test_killed_between_the_steps(
    world: World, bot: BotProcess, cloud: DeployApi, moment: str, made: list[str]
) -> None:
    """Whatever the moment: stopped once, started by one job, one message, and it says that the app runs."""
    await bot.start()
    await connected(world)
    await bot.stop()
    await bot.start(kill_at=moment)
    cloud.calls.clear()
    await asked(world)
    assert await bot.died() == -signal.SIGKILL
    # What was claimed can be claimed again after two minutes, which are not waited for.
    run(bot, "UPDATE due SET leased_until = NULL WHERE done_at IS NULL")
    await bot.start()
    messages = world.workspace.messages
    await world.workspace.wait_for(lambda: any("It runs again" in shown(one) for one in messages(world.orders)), 30)
    assert [operation for operation, _ in cloud.calls] == made
    assert len(cloud.done) == 1
    assert run(bot, "SELECT outcome, app_state FROM performed_restart") == [("done", "running")]
    assert run(bot, "SELECT count(*) FROM due WHERE kind = 'perform' AND done_at IS NULL") == [(0,)]
    assert len([one for one in messages(world.orders) if "Begun by" in shown(one)]) == 1
    assert FORM["api_key"] not in bot.log.read_text()
