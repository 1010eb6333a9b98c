"""A whole Certdesk against a practice workspace, for tests that look from the outside.

The bot is the one that ``certdesk run`` starts, with a real SQLite file; the workspace is Slack. What a test can see
is what a person would see and what the database holds.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.app import DESK
from bot.cli.demo.practice import demo_settings, start_bot
from bot.desk.base.desk import Desk
from bot.settings import Settings
from bot.slack import SCOPES
from bot.workspace import Workspace, WorkspaceClock
from bot.workspace.core.delivery import RETRY_AFTER_SECONDS
from store import Environment, Transaction, environments
from tests.leaks import leaked, said_by_the_bot

Message = dict[str, Any]


@dataclass
class World:
    """The workspace, the bot that serves it, and short words for what people do and see there."""

    workspace: Workspace
    settings: Settings
    runner: web.AppRunner | None = None
    port: int = 0
    alice: str = field(init=False)
    bob: str = field(init=False)
    dave: str = field(init=False)
    orders: str = field(init=False)
    payments: str = field(init=False)

    def __post_init__(self) -> None:
        for name in ("alice", "bob", "dave"):
            setattr(self, name, self.member(name))
        for name in ("orders", "payments"):
            setattr(self, name, self.channel(name))

    def member(self, name: str) -> str:
        return next(id_ for id_, person in self.workspace.members.items() if person.name == name)

    def channel(self, name: str) -> str:
        return next(c.id for c in self.workspace.channels.values() if c.name == name)

    @property
    def desk(self) -> Desk:
        assert self.runner is not None
        return self.runner.app[DESK]

    async def environments(self, tx: Transaction) -> list[Environment]:
        """What the database holds for #orders."""
        return await environments.bound_to(tx, self.orders)

    async def start(self) -> None:
        self.runner = await start_bot(self.workspace, self.settings, port=self.port)

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def has_environment(self, path: str = "orders/production", channel: str | None = None) -> None:
        await self.workspace.command(self.alice, channel or self.orders, f"/cert env add {path} Europe/Berlin")
        await self.sees_privately(self.alice, path, channel=channel)

    async def sees(self, text: str, *, channel: str | None = None, count: int = 1) -> list[Message]:
        """Wait until ``count`` messages of the channel hold ``text``; returns them."""
        return await self._until(lambda: self.workspace.messages(channel or self.orders), text, count)

    async def sees_privately(self, member: str, text: str, *, channel: str | None = None) -> Message:
        """Wait until the member has an ephemeral message that holds ``text``; returns the newest."""
        found = await self._until(lambda: self.workspace.ephemerals(member, channel or self.orders), text, 1)
        return found[-1]

    async def sees_view(self, member: str, text: str = "") -> Message:
        """Wait until the view on top of the member's stack holds ``text``; returns it."""
        await self.workspace.wait_for(lambda: text in shown(self.top_view(member)) and self.top_view(member))
        return self.top_view(member)

    def top_view(self, member: str) -> Message:
        views = self.workspace.views(member)
        return views[-1] if views else {}

    async def _until(self, read: Callable[[], list[Message]], text: str, count: int) -> list[Message]:
        def found() -> list[Message]:
            return [message for message in read() if text in shown(message)]

        await self.workspace.wait_for(lambda: len(found()) >= count)
        return found()


def shown(thing: Message) -> str:
    """All text of a message or view, as sent."""
    return json.dumps(thing, ensure_ascii=False)


@asynccontextmanager
async def open_world(
    home: Path,
    *,
    start: bool = True,
    retry_after: tuple[float, ...] = RETRY_AFTER_SECONDS,
    app_token: str | None = None,
    patience: float = 3.0,
) -> AsyncIterator[World]:
    """A workspace and, unless ``start`` is false, a bot on a fresh database in ``home``.

    Slack waits ``patience`` seconds for an answer.
    """
    workspace = Workspace(
        bot_url=None,
        signing_secret="signing-secret-of-the-tests",
        bot_token="xoxb-token-of-the-tests",
        app_token=app_token,
        scopes=SCOPES,
        clock=WorkspaceClock(),
        retry_after=retry_after,
        ack_seconds=patience,
        trigger_seconds=patience,
    )
    await workspace.start()
    world = World(workspace, demo_settings(workspace, home))
    try:
        if start:
            await world.start()
        yield world
    finally:
        await world.stop()
        await workspace.stop()
    assert not leaked(said_by_the_bot(workspace))
