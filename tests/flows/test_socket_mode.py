"""Socket Mode: the same desk, through a web socket that the bot opens."""

from __future__ import annotations

import signal
from pathlib import Path

from tests import making
from tests.flows.process import bot_process
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
        await world.sees("socket.example")
        assert await bot.stop() == 0
        assert bot.running is not None
        assert bot.running.returncode != -signal.SIGTERM
