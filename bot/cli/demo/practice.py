"""Start the practice workspace and the bot in one process, for ``certdesk demo`` and the tests."""

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
from bot.cli.demo.partner import PracticePartner
from bot.cli.demo.practice_app import PracticeApp
from bot.cli.demo.samples import Bank, make_bank
from bot.settings import Settings, load_settings
from bot.slack import COMMAND_HINTS, SCOPES
from bot.workspace import CommandHint, SampleFile, Workspace, WorkspaceClock
from bot.workspace.deploy_api import BAD_APPS, DeployApi


class PortTaken(Exception):
    """The workspace cannot listen on ``port``."""

    def __init__(self, port: int) -> None:
        super().__init__(str(port))
        self.port = port


async def practise(port: int, folder: Path | None, *, insist: bool) -> None:
    """Run the workspace and the bot until a signal stops them.

    Port 0 is any free port. If ``port`` is taken, ``insist`` raises :class:`PortTaken` instead of using another one.
    Without a folder, nothing is kept.
    """
    async with AsyncExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certdesk-demo-")))
        clock = WorkspaceClock()
        bank = make_bank(clock.now())
        workspace = await start_workspace(port, clock, bank, insist=insist)
        stack.push_async_callback(workspace.stop)
        cloud = DeployApi(stop_seconds=2, start_seconds=12)
        stack.push_async_callback(cloud.stop)
        bot = await start_bot(workspace, demo_settings(workspace, home, deploy_api=await cloud.start()))
        stack.push_async_callback(bot.cleanup)
        await start_app(stack, workspace, bank)
        _greet(workspace.base_url, home, kept=folder is not None)
        await _until_stopped()


async def start_app(stack: AsyncExitStack, workspace: Workspace, bank: Bank) -> str:
    """Start the practice app and the bank that it calls; they end with ``stack``. Return the app's address."""
    partner = PracticePartner(bank, workspace.clock.now)
    stack.callback(partner.stop)
    desk_url = str(workspace.bot_url).removesuffix("/slack/events")
    app = PracticeApp(desk_url, partner.start(), workspace.clock.now)
    stack.push_async_callback(app.stop)
    address = await app.start()
    workspace.links.append(("Practice app", address))
    return address


async def start_workspace(port: int, clock: WorkspaceClock, bank: Bank, *, insist: bool) -> Workspace:
    """Start the practice workspace on loopback, with the sample files."""
    workspace = Workspace(
        bot_url=None,
        signing_secret=secrets.token_hex(16),
        bot_token="xoxb-" + secrets.token_hex(16),
        scopes=SCOPES,
        samples=[SampleFile(s.name, s.data, s.about) for s in bank.samples],
        commands=[CommandHint(one.text, one.usage, one.about) for one in COMMAND_HINTS],
        clock=clock,
    )
    try:
        await workspace.start(port=port)
    except OSError:
        if insist:
            raise PortTaken(port) from None
        await workspace.start(port=0)
    return workspace


def demo_settings(workspace: Workspace, home: Path, *, deploy_api: str = "http://127.0.0.1:9") -> Settings:
    """Return the settings of a bot that talks to ``workspace`` and keeps its files in ``home``.

    ``deploy_api`` is the Mendix Deploy API; by default nothing answers there.
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


async def start_bot(workspace: Workspace, settings: Settings, *, port: int = 0) -> web.AppRunner:
    """Start the bot on that port, or a free one, on the workspace's clock; tell the workspace where it listens."""
    door = socket.create_server(("127.0.0.1", port))
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
    console.print(f"\nThe practice workspace is open at  [bold]{address}[/bold]\n")
    console.print("Drop a sample file into a channel, or type /cert. Press Ctrl+C to stop.")
    console.print(
        "To practise restarts, type /cert env connect and choose Mendix Cloud, with any user name and an API key of "
        f"eight characters. These app ids fail in different ways: {', '.join(BAD_APPS)}."
    )
    console.print("The practice app gets its certificates from Certdesk, and calls a bank with them: see Links there.")
    if kept:
        console.print(f"The database and the key file are kept in {home}.", style="dim")
    else:
        console.print("Nothing is kept: the database and the key file are deleted when you stop the demo.", style="dim")


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no signal handlers in its event loop
            loop.add_signal_handler(name, stopped.set)
    await stopped.wait()
