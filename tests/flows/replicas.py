"""Two bots, a process each, on one PostgreSQL; each calls the workspace by a name of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.workspace import Workspace
from store import KeyRing
from tests.flows.process import BotProcess, bot_process

RING = KeyRing.new_entry("k1")
HOSTS = ("127.0.0.1", "localhost")


@asynccontextmanager
async def two_replicas(
    workspace: Workspace, home: Path, database_url: str, *, log_level: str = "DEBUG"
) -> AsyncIterator[tuple[BotProcess, BotProcess]]:
    """Both are ready; the first calls the workspace by the first of :data:`HOSTS`, the second by the other."""
    async with AsyncExitStack() as stack:
        made = []
        for host in HOSTS:
            folder = home / host
            folder.mkdir()
            bot = await stack.enter_async_context(bot_process(workspace, folder))
            bot.log_level = log_level
            bot.settings = {
                "CERTDESK_DATABASE_URL": database_url,
                "CERTDESK_KEYS": RING.get_secret_value(),
                "CERTDESK_SLACK_API_URL": workspace.api_url.replace("127.0.0.1", host),
            }
            await bot.start()
            made.append(bot)
        yield made[0], made[1]
