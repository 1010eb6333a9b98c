"""The practice workspace: a stand-in for Slack on loopback that refuses what Slack refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.workspace.core.core import Core
from bot.workspace.core.delivery import Ack, Delivered
from bot.workspace.core.people import Channel, Person, UserGroup
from bot.workspace.members import actions, commands, files, modals, people
from bot.workspace.members.commands import CommandResult
from bot.workspace.members.modals import SubmitResult
from bot.workspace.server import application

Json = dict[str, Any]


class Workspace(Core):
    """A workspace that listens: what a test, or a person on its page, does and sees as a member.

    The methods below that name a member forward to :mod:`bot.workspace.members`, as the page's buttons do.
    """

    _runner: web.AppRunner | None = None

    @property
    def members(self) -> dict[str, Person]:
        """Return all members by id."""
        return self.state.members

    @property
    def channels(self) -> dict[str, Channel]:
        """Return all conversations by id; direct messages have no name."""
        return self.state.channels

    @property
    def deliveries(self) -> list[Delivered]:
        """Return everything that was sent to the bot, in order."""
        return self.delivery.sent

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and return the base address. Raises OSError if the port is taken."""
        self._runner = web.AppRunner(application.create(self), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.base_url

    async def stop(self) -> None:
        """Stop listening and close everything that is open."""
        await self.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_for(self, predicate: Callable[[], Any], timeout: float = 60.0) -> Any:
        """Wait until ``predicate()`` is true, and return its value. Raises TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            while not (found := predicate()):  # noqa: ASYNC110  a predicate of the caller's announces nothing
                await asyncio.sleep(0.01)
            return found

    def messages(self, channel: str) -> list[Json]:
        """Return the messages that everyone in the channel sees, oldest first."""
        return list(self.state.messages.get(channel, []))

    def ephemerals(self, member: str, channel: str) -> list[Json]:
        """Return the messages in the channel that only this member sees, oldest first."""
        return list(self.state.ephemerals.get((member, channel), []))

    def views(self, member: str) -> list[Json]:
        """Return the member's open views, bottom first, without ``state``."""
        return [one.view for one in self.state.views.get(member, [])]

    def home(self, member: str) -> Json | None:
        """Return the member's App Home, or None if the bot has not published one."""
        home = self.state.homes.get(member)
        return home.view if home else None

    async def drop_file(
        self, member: str, channel: str, name: str, data: bytes, *, described: Json | None = None
    ) -> str:
        """Share a file in a conversation, and return its id; ``described`` is what Slack's object says besides."""
        return files.drop_file(self, member, channel, name, data, described=described)

    async def drop_foreign_file(
        self, member: str, channel: str, name: str, data: bytes, *, answer: str = "file_not_found"
    ) -> str:
        """Share a file of another workspace (Slack Connect) that the bot may not read.

        ``answer`` is what ``files.info`` says: ``check_file_info``, ``file_not_found`` or ``access_denied``.
        """
        return files.drop_file(self, member, channel, name, data, foreign=answer)

    def share_file(self, member: str, file_id: str, channel: str) -> None:
        """Share a file in a further conversation; see :func:`bot.workspace.members.files.share_file`."""
        files.share_file(self, member, file_id, channel)

    def delete_file(self, file_id: str) -> None:
        """Delete a file as a member; the bot is not told."""
        files.delete_file(self, file_id)

    def say(self, member: str, channel: str, text: str) -> str:
        """Post a member's text in a conversation, and return its ``ts``."""
        return actions.say(self, member, channel, text)

    async def redeliver_event(self, event_id: str, times: int = 1) -> list[Ack]:
        """Send an event to the bot again, ``times`` times at once."""
        payload = self.events[event_id]
        return list(await asyncio.gather(*(self.delivery.send("event", payload) for _ in range(times))))

    async def command(self, member: str, channel: str, text: str) -> CommandResult:
        """Type a slash command; see :func:`bot.workspace.members.commands.command`."""
        return await commands.command(self, member, channel, text)

    async def click(
        self, member: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None
    ) -> Ack:
        """Press a button or choose in a menu; see :func:`bot.workspace.members.actions.click`."""
        return await actions.click(self, member, where, action_id, value, block_id=block_id)

    async def submit(
        self,
        member: str,
        view_id: str,
        values: Json | None = None,
        files: modals.Files | None = None,
    ) -> SubmitResult:
        """Submit the view on top; see :func:`bot.workspace.members.modals.submit`."""
        return await modals.submit(self, member, view_id, values, files)

    async def close_view(self, member: str, view_id: str, *, all_: bool = False) -> None:
        """Close the view on top; see :func:`bot.workspace.members.modals.close_view`."""
        await modals.close_view(self, member, view_id, all_=all_)

    async def open_home(self, member: str) -> None:
        """Open the App Home; see :func:`bot.workspace.members.actions.open_home`."""
        actions.open_home(self, member)

    def change_member(self, person: Person) -> None:
        """Change an account; see :func:`bot.workspace.members.people.change`."""
        people.change(self, person)

    def change_group(self, group: UserGroup) -> None:
        """Change a user group; see :func:`bot.workspace.members.people.change_group`."""
        people.change_group(self, group)

    async def suggestions(
        self, member: str, where: str, action_id: str, text: str, *, block_id: str | None = None
    ) -> list[Json]:
        """Return the options that the bot offers for ``text`` in an external menu, those of groups in one list."""
        offered = await actions.suggestions(self, member, where, action_id, text, block_id=block_id)
        groups = offered.get("option_groups", [])
        return [*offered.get("options", []), *(option for group in groups for option in group["options"])]

    def advance(self, by: timedelta) -> None:
        """Move the workspace's clock forward."""
        self.clock.advance(by)
