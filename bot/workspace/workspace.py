"""The practice workspace: a stand-in for Slack on loopback, as strict as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.workspace.core.clock import WorkspaceClock
from bot.workspace.core.delivery import ACK_SECONDS, RETRY_AFTER_SECONDS, Ack, Delivered, Delivery, HttpLine, Line
from bot.workspace.core.faults import Faults
from bot.workspace.core.people import Channel, Person
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.sockets import Sockets
from bot.workspace.core.state import SampleFile, State
from bot.workspace.core.streams import Streams
from bot.workspace.core.triggers import TRIGGER_SECONDS, Permissions
from bot.workspace.members import acting, submitting
from bot.workspace.members.acting import CommandResult
from bot.workspace.members.submitting import SubmitResult
from bot.workspace.server import application
from bot.workspace.web_api.dispatch import Call

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CommandHint:
    """A line of the composer's completion: what to type, what may follow, what it does."""

    text: str
    usage: str
    about: str


class Workspace:
    """People, channels, files and views, the API that a bot calls, and the page that people use.

    Kept for tests to look at: ``calls`` of the Web API, ``deliveries`` to the bot, ``refused`` answers (to a
    submission, a command or through a ``response_url``), ``events`` by their id. To be changed by tests: ``scopes``,
    ``bots_delete_files``, ``home_enabled``, ``bot_url`` (``bot_urls`` for the next address of several replicas), and
    :attr:`faults`.

    The three durations are seconds: how long Slack waits for an acknowledgement, how long a trigger lives (both on
    the wall clock), and the pauses before an event is sent again (on the workspace's clock).
    """

    def __init__(
        self,
        *,
        bot_url: str | None = None,
        signing_secret: str,
        bot_token: str,
        app_token: str | None = None,
        scopes: frozenset[str],
        samples: Sequence[SampleFile] = (),
        commands: Sequence[CommandHint] = (),
        bot_name: str = "Certdesk",
        clock: WorkspaceClock | None = None,
        retry_after: tuple[float, ...] = RETRY_AFTER_SECONDS,
        ack_seconds: float = ACK_SECONDS,
        trigger_seconds: float = TRIGGER_SECONDS,
    ) -> None:
        self.bot_url = bot_url
        self.signing_secret = signing_secret
        self.bot_token = bot_token
        self.app_token = app_token
        self.scopes = set(scopes)
        self.samples = list(samples)
        self.commands = list(commands)
        self.bot_name = bot_name
        self.clock = clock or WorkspaceClock()
        self.state = State(self.clock)
        self.permissions = Permissions(self.clock.now, trigger_seconds)
        self.sockets = Sockets(ack_seconds)
        self.streams = Streams(self.state)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.refused: list[SlackRefused] = []
        self.events: dict[str, Json] = {}
        self.bots_delete_files = False
        self.home_enabled = True
        self.base_url = ""
        self.bot_urls: Iterator[str] | None = None
        self._http = HttpLine(signing_secret, self._address, ack_seconds)
        self.delivery = Delivery(self._line, self.clock.sleep, retry_after)
        self._runner: web.AppRunner | None = None

    def _address(self) -> str | None:
        return self.bot_url if self.bot_urls is None else next(self.bot_urls)

    def _line(self) -> Line:
        return self.sockets if self.sockets.connected else self._http

    @property
    def api_url(self) -> str:
        """The base of the Web API, for the bot."""
        return f"{self.base_url}/api/"

    @property
    def members(self) -> dict[str, Person]:
        """Everyone, by id."""
        return self.state.members

    @property
    def channels(self) -> dict[str, Channel]:
        """Every conversation, by id; direct messages have no name."""
        return self.state.channels

    @property
    def deliveries(self) -> list[Delivered]:
        """Everything that was sent to the bot."""
        return self.delivery.sent

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the base address. Raises OSError where the port is taken."""
        self._runner = web.AppRunner(application.application(self), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.base_url

    async def stop(self) -> None:
        """Stop listening, and give up on what was to be sent again."""
        self.streams.end()
        await self.sockets.close()
        await self.delivery.close()
        await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_for(self, predicate: Callable[[], Any], timeout: float = 30.0) -> Any:
        """Wait until ``predicate()`` is true, and return what it gave; TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            while not (found := predicate()):  # noqa: ASYNC110  a predicate of the caller's announces nothing
                await asyncio.sleep(0.01)
            return found

    def messages(self, channel: str) -> list[Json]:
        """What everyone in the channel sees, oldest first."""
        return list(self.state.messages.get(channel, []))

    def ephemerals(self, member: str, channel: str) -> list[Json]:
        """What one member alone sees in the channel, oldest first."""
        return list(self.state.ephemerals.get((member, channel), []))

    def views(self, member: str) -> list[Json]:
        """The member's open views, bottom first, as objects without state."""
        return [one.view for one in self.state.views.get(member, [])]

    def home(self, member: str) -> Json | None:
        """The member's App Home."""
        home = self.state.homes.get(member)
        return home.view if home else None

    async def drop_file(self, member: str, channel: str, name: str, data: bytes) -> str:
        """See :func:`bot.workspace.members.acting.drop_file`."""
        return await acting.drop_file(self, member, channel, name, data)

    async def drop_foreign_file(
        self, member: str, channel: str, name: str, data: bytes, *, answer: str = "file_not_found"
    ) -> str:
        """Share a file of another workspace (Slack Connect) that the bot may not read.

        ``answer`` is what ``files.info`` says: ``check_file_info``, ``file_not_found`` or ``access_denied``.
        """
        return await acting.drop_file(self, member, channel, name, data, foreign=answer)

    def say(self, member: str, channel: str, text: str) -> str:
        """See :func:`bot.workspace.members.acting.say`."""
        return acting.say(self, member, channel, text)

    def delete_file(self, file_id: str) -> None:
        """A person deletes the file."""
        self.state.files[file_id].deleted = True
        self.state.changed()

    async def redeliver_event(self, event_id: str, times: int = 1) -> list[Ack]:
        """Send an event again, ``times`` times at once."""
        payload = self.events[event_id]
        return list(await asyncio.gather(*(self.delivery.send("event", payload) for _ in range(times))))

    async def command(self, member: str, channel: str, text: str) -> CommandResult:
        """See :func:`bot.workspace.members.acting.command`."""
        return await acting.command(self, member, channel, text)

    async def click(
        self, member: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None
    ) -> Ack:
        """See :func:`bot.workspace.members.acting.click`."""
        return await acting.click(self, member, where, action_id, value, block_id=block_id)

    async def submit(
        self,
        member: str,
        view_id: str,
        values: Json | None = None,
        files: dict[str, dict[str, list[tuple[str, bytes]]]] | None = None,
    ) -> SubmitResult:
        """See :func:`bot.workspace.members.submitting.submit`."""
        return await submitting.submit(self, member, view_id, values, files)

    async def close_view(self, member: str, view_id: str, *, all_: bool = False) -> None:
        """See :func:`bot.workspace.members.submitting.close_view`."""
        await submitting.close_view(self, member, view_id, all_=all_)

    async def open_home(self, member: str) -> None:
        """See :func:`bot.workspace.members.acting.open_home`."""
        await acting.open_home(self, member)

    async def suggestions(
        self, member: str, where: str, action_id: str, text: str, *, block_id: str | None = None
    ) -> list[Json]:
        """The options that the bot offers for ``text``; see :func:`bot.workspace.members.acting.suggestions`."""
        offered = await acting.suggestions(self, member, where, action_id, text, block_id=block_id)
        groups = offered.get("option_groups", [])
        return [*offered.get("options", []), *(option for group in groups for option in group["options"])]

    def advance(self, by: timedelta) -> None:
        """Move the workspace's clock forward."""
        self.clock.advance(by)
        self.state.changed()
