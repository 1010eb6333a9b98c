"""The core of the practice workspace: its settings, its state, and the ways to the bot.

Everything above takes a :class:`Core`; nothing in this folder knows of blocks, views, the Web API or the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.workspace.core.clock import WorkspaceClock
from bot.workspace.core.delivery import ACK_SECONDS, RETRY_AFTER_SECONDS, Delivery, HttpLine, Line
from bot.workspace.core.faults import Faults
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.sockets import Sockets
from bot.workspace.core.state import SampleFile, State
from bot.workspace.core.streams import Streams
from bot.workspace.core.triggers import TRIGGER_SECONDS, Permissions

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CommandHint:
    """A line of the composer's completion: the command, its arguments, and a description."""

    text: str
    usage: str
    about: str


@dataclass(frozen=True, slots=True)
class Call:
    """A Web API call by the bot: its arguments without the token, and the HTTP status and error of the answer."""

    method: str
    arguments: Json
    status: int
    error: str | None


class Core:
    """Settings, state, faults and deliveries of one workspace.

    Kept for tests to look at: ``calls`` of the Web API, ``refused`` answers (to a submission, a command or through a
    ``response_url``), ``events`` by their id. To be changed by tests: ``scopes``, ``bots_delete_files``,
    ``home_enabled``, ``bot_url`` (``bot_urls`` for the next address of several replicas), and ``faults``. ``links``
    are names and addresses of other pages.

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
        self.links: list[tuple[str, str]] = []
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
        self.enterprise = ""
        self.base_url = ""
        self.bot_urls: Iterator[str] | None = None
        self._http = HttpLine(signing_secret, self._address, ack_seconds)
        self.delivery = Delivery(self._line, self.clock.sleep, retry_after)
        self.clock.on_move(self.state.changed)

    def _address(self) -> str | None:
        return self.bot_url if self.bot_urls is None else next(self.bot_urls)

    def _line(self) -> Line:
        return self.sockets if self.sockets.connected else self._http

    @property
    def api_url(self) -> str:
        """Return the base address of the Web API, for the bot."""
        return f"{self.base_url}/api/"

    async def close(self) -> None:
        """End the page's streams and the bot's sockets, and drop events that wait for a retry."""
        self.streams.end()
        await self.sockets.close()
        await self.delivery.close()
        await self._http.close()
