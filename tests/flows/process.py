"""The bot in a process of its own, as an operator runs it, against a workspace in the test's process."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.workspace import Workspace

KILLABLE = Path(__file__).parent / "killable_bot.py"
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a free port below those that systems give to outgoing connections, which could take it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311  a port is no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class BotProcess:
    """``certdesk run`` with its database in ``home``; its logs, at DEBUG, in ``home/bot.log``."""

    workspace: Workspace
    home: Path
    socket_mode: bool = False
    log_level: str = "DEBUG"
    open_seconds: str = "5"
    settings: dict[str, str] = field(default_factory=dict, repr=False)
    port: int = field(default_factory=free_port)
    running: asyncio.subprocess.Process | None = None

    @property
    def database(self) -> Path:
        return self.home / "certdesk.sqlite3"

    @property
    def log(self) -> Path:
        return self.home / "bot.log"

    def environment(self, kill_at: str) -> dict[str, str]:
        mode = (
            {"SLACK_APP_TOKEN": self.workspace.app_token or ""}
            if self.socket_mode
            else {"SLACK_SIGNING_SECRET": self.workspace.signing_secret}
        )
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "CERTDESK_"))},
            **mode,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]]),
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "CERTDESK_SLACK_API_URL": self.workspace.api_url,
            "CERTDESK_DATABASE_URL": f"sqlite:///{self.database}",
            "CERTDESK_PORT": str(self.port),
            "CERTDESK_LOG_LEVEL": self.log_level,
            "CERTDESK_OPEN_SECONDS": self.open_seconds,
            "KILL_AT": kill_at,
            **self.settings,
        }

    async def start(self, *, kill_at: str = "") -> None:
        """Start, and wait until it is ready; with ``kill_at`` it will kill itself at that moment."""
        with self.log.open("ab") as log:
            self.running = await asyncio.create_subprocess_exec(
                sys.executable, str(KILLABLE), env=self.environment(kill_at), stdout=log, stderr=log
            )
        self.workspace.bot_url = f"http://127.0.0.1:{self.port}/slack/events"
        async with asyncio.timeout(60):
            while not await self.ready():
                assert self.running.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)

    async def ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(self.url("readyz")) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def died(self) -> int:
        """Wait until the process is gone; returns its exit status."""
        assert self.running is not None
        async with asyncio.timeout(60):
            return await self.running.wait()

    async def stop(self) -> int:
        """Ask it to stop, and wait until it has."""
        assert self.running is not None
        if self.running.returncode is None:
            self.running.terminate()
        return await self.died()


@asynccontextmanager
async def bot_process(workspace: Workspace, home: Path, *, socket_mode: bool = False) -> AsyncIterator[BotProcess]:
    """A bot that is not started yet, and is gone afterwards."""
    bot = BotProcess(workspace, home, socket_mode)
    try:
        yield bot
    finally:
        if bot.running is not None and bot.running.returncode is None:
            bot.running.kill()
            await bot.running.wait()
