"""Socket Mode: the same desk, through a web socket that the bot opens."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests import making
from tests.flows.process import BotProcess, bot_process
from tests.flows.world import open_world


async def test_a_deposit_over_socket_mode(tmp_path: Path) -> None:
    """With an app token and no signing secret, drop, modal and card work, and SIGTERM ends it with status 0."""
    async with (
        open_world(tmp_path, start=False, app_token="xapp-of-the-tests") as world,
        bot_process(world.workspace, tmp_path, socket_mode=True) as bot,
    ):
        await bot.start()
        world.workspace.bot_url = None
        await world.has_environment()
        leaf, *above = making.make_chain("socket.example")
        await world.workspace.drop_file(world.alice, world.orders, "s.pfx", making.pfx(leaf, above))
        offer = await world.sees_privately(world.alice, "upload_unlock")
        await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
        view = await world.sees_view(world.alice, "Password")
        values = {"label": {"value": "bank"}, "password": {"value": making.PASSWORD}}
        result = await world.workspace.submit(world.alice, view["id"], values)
        assert result.action in {"close", "clear"}, result
        await world.sees("card_details")
        assert await bot.stop() == 0
        assert bot.running is not None
        assert bot.running.returncode != -signal.SIGTERM


async def test_what_is_being_answered_is_answered_before_the_end(tmp_path: Path) -> None:
    """SIGTERM while a submitted form's file is being opened: Slack gets the answer, and what it says is stored."""
    async with (
        open_world(tmp_path, start=False, app_token="xapp-of-the-tests", patience=30.0) as world,
        bot_process(world.workspace, tmp_path, socket_mode=True) as bot,
    ):
        bot.open_seconds = "60"
        await bot.start()
        world.workspace.bot_url = None
        await world.has_environment()
        await world.workspace.drop_file(world.alice, world.orders, "s.pfx", making.slow_pfx(making.make("slow"), 1.2))
        offer = await world.sees_privately(world.alice, "upload_unlock")
        await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
        view = await world.sees_view(world.alice, "Password")
        values = {"label": {"value": "bank"}, "password": {"value": making.PASSWORD}}
        submitted = asyncio.create_task(world.workspace.submit(world.alice, view["id"], values))
        await asyncio.sleep(0.5)
        assert await bot.stop() == 0
        assert (await submitted).action in {"clear", "update"}
        with closing(sqlite3.connect(bot.database)) as database:
            assert database.execute("SELECT count(*) FROM version").fetchone() == (1,)


@pytest.mark.parametrize(
    ("setting", "token", "reason"),
    [
        ("SLACK_APP_TOKEN", "xapp-of-another-app", "invalid_auth"),
        ("SLACK_BOT_TOKEN", "xoxb-of-another-app", "invalid_auth"),
    ],
)
async def test_a_refused_token_ends_the_start(tmp_path: Path, setting: str, token: str, reason: str) -> None:
    """A wrong token ends the bot with status 1 and one sentence that names the setting and what to copy."""
    async with (
        open_world(tmp_path, start=False, app_token="xapp-of-the-tests") as world,
        bot_process(world.workspace, tmp_path, socket_mode=True) as bot,
    ):
        bot.settings = {setting: token}
        status, log = await run_to_the_end(bot)
    assert status == 1
    assert log.splitlines()[-1].startswith(f"Slack does not accept {setting} ({reason}). Copy ")
    assert "Traceback" not in log
    assert token not in log


async def test_a_lost_connection_is_tried_again_quietly(tmp_path: Path) -> None:
    """While Slack fails, each attempt is one line of the log; then the bot connects."""
    async with (
        open_world(tmp_path, start=False, app_token="xapp-of-the-tests") as world,
        bot_process(world.workspace, tmp_path, socket_mode=True) as bot,
    ):
        for method in ("auth.test", "apps.connections.open"):
            world.workspace.faults.fail(method, status=503, times=4)
        await bot.start()
        log = bot.log.read_text()
        assert await bot.stop() == 0
    assert log.count("slack_unreachable") >= 2
    assert "Traceback" not in log
    assert "retry handler" not in log


async def run_to_the_end(bot: BotProcess) -> tuple[int, str]:
    """Run the bot until it ends by itself; returns its exit status and its log."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env=bot.environment(""),
        cwd=bot.home,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(120):
            _, log = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
    assert running.returncode is not None
    return running.returncode, log.decode()
