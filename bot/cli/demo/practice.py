"""The practice workspace and the bot in one process: what ``certdesk demo`` and the tests start."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import tempfile
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from aiohttp import web
from rich.console import Console

from bot.app import DESK, create_app
from bot.cli.demo.samples import make_samples
from bot.settings import Settings, load_settings
from bot.slack import COMMAND_HINTS, SCOPES
from bot.workspace import CommandHint, SampleFile, Workspace, WorkspaceClock
from bot.workspace.deploy_api import BAD_APPS, DeployApi


async def practise(port: int, folder: Path | None) -> None:
    """Run workspace and bot until somebody stops them; 0 takes a free port, no folder a passing one."""
    async with AsyncExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certdesk-demo-")))
        home.mkdir(parents=True, exist_ok=True)
        workspace = await start_workspace(port)
        stack.push_async_callback(workspace.stop)
        cloud = DeployApi(stop_seconds=2, start_seconds=12)
        stack.push_async_callback(cloud.stop)
        bot = await start_bot(workspace, demo_settings(workspace, home, deploy_api=await cloud.start()))
        stack.push_async_callback(bot.cleanup)
        _greet(workspace.base_url, home, kept=folder is not None)
        await _until_stopped()


async def start_workspace(port: int) -> Workspace:
    """The practice workspace, listening on loopback, with the tray of samples filled."""
    clock = WorkspaceClock()
    workspace = Workspace(
        bot_url=None,
        signing_secret=secrets.token_hex(16),
        bot_token="xoxb-" + secrets.token_hex(16),
        scopes=SCOPES,
        samples=[SampleFile(s.name, s.data, s.about) for s in make_samples(clock.now())],
        commands=[CommandHint(one.text, one.usage, one.about) for one in COMMAND_HINTS],
        clock=clock,
    )
    try:
        await workspace.start(port=port)
    except OSError:
        # The usual port is taken, perhaps by another demo: any free one serves as well.
        await workspace.start(port=0)
    return workspace


def demo_settings(workspace: Workspace, home: Path, *, deploy_api: str = "http://127.0.0.1:9") -> Settings:
    """The settings of a bot that talks to ``workspace`` and keeps everything in ``home``.

    ``deploy_api`` is the cloud that it restarts apps in; none unless one is given.
    """
    return load_settings(
        SLACK_BOT_TOKEN=workspace.bot_token,
        SLACK_SIGNING_SECRET=workspace.signing_secret,
        SLACK_APP_TOKEN=None,
        CERTDESK_SLACK_API_URL=workspace.api_url,
        CERTDESK_DATABASE_URL=f"sqlite:///{home / 'certdesk.sqlite3'}",
        CERTDESK_KEYS=None,
        CERTDESK_KEY_FILE=None,
        CERTDESK_FILE_HOSTS=frozenset(),
        CERTDESK_PUBLIC_URL="",
        CERTDESK_DEPLOY_API_URL=deploy_api,
        CERTDESK_WEBHOOK_HOSTS=frozenset({"127.0.0.1"}),
    )


async def start_bot(workspace: Workspace, settings: Settings) -> web.AppRunner:
    """Start the bot on a free port, on the workspace's clock, and tell the workspace where it listens."""
    door = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    app = create_app(settings.model_copy(update={"public_url": address}), clock=workspace.clock.now)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, door).start()
    workspace.bot_url = f"{address}/slack/events"
    workspace.clock.on_move(app[DESK].nudge.set)
    return runner


def _greet(address: str, home: Path, *, kept: bool) -> None:
    console = Console(highlight=False)
    console.print(f"\nCertdesk's practice workspace is open at  [bold]{address}[/bold]\n")
    console.print("Drop a sample file into a channel, or type /cert. Stop with Ctrl+C.")
    console.print(
        "/cert env connect, with Mendix Cloud, any user name and an API key of eight characters, lets Certdesk "
        "restart a practice app. "
        f"App ids that go wrong: {', '.join(BAD_APPS)}."
    )
    if kept:
        console.print("Database and key file are kept in the folder you gave.", style="dim")
    else:
        console.print("Nothing is kept: database and key file go when this stops.", style="dim")


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no signal handlers in its event loop
            loop.add_signal_handler(name, stopped.set)
    await stopped.wait()
