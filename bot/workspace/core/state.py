"""The practice workspace's state. It is kept in memory only, so each start begins with an empty one."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.core.clock import WorkspaceClock
from bot.workspace.core.people import Channel, Person, UserGroup, default_channels, default_groups, default_members

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A sample file in the page's tray; ``about`` describes it in one line."""

    name: str
    data: bytes = field(repr=False)
    about: str


@dataclass(slots=True)
class StoredFile:
    """An uploaded file.

    ``foreign`` says what ``files.info`` answers for a file of another workspace: ``check_file_info`` (the object is
    only an id and that word), or the error ``file_not_found`` or ``access_denied``. ``described`` is what Slack's
    object says besides, or instead.
    """

    id: str
    name: str
    data: bytes = field(repr=False)
    owner: str
    channels: list[str]
    created: int
    deleted: bool = False
    foreign: str | None = None
    described: Json = field(default_factory=dict)


@dataclass(slots=True)
class OpenView:
    """A member's open view: Slack's view object, and the values typed so far."""

    view: Json
    typed: Json = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """People, conversations, messages, files and open views."""

    clock: WorkspaceClock
    members: dict[str, Person] = field(default_factory=default_members)
    groups: dict[str, UserGroup] = field(default_factory=default_groups)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    ephemerals: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    views: dict[str, list[OpenView]] = field(default_factory=dict)
    homes: dict[str, OpenView] = field(default_factory=dict)
    chosen: dict[tuple[str, str], Json] = field(default_factory=dict)
    """Values that members chose in a message's menus, by member and the message's ``ts``."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _last_ts: float = 0.0
    _watchers: set[asyncio.Event] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.channels = self.channels or default_channels(self.members)

    def new_id(self, prefix: str) -> str:
        """Return a new id in Slack's form."""
        return f"{prefix}0{next(self._numbers):06d}{secrets.token_hex(2).upper()}"

    def new_ts(self) -> str:
        """Return a new ``ts``: the workspace's time, later than each ``ts`` before."""
        self._last_ts = max(self.clock.now().timestamp(), self._last_ts + 0.000_01)
        return f"{self._last_ts:.6f}"

    def im_of(self, member: str) -> Channel:
        """Return the direct messages between a member and the bot. Raises KeyError for an unknown member."""
        found = next((channel for channel in self.channels.values() if channel.im_with == member), None)
        if found is None:
            raise KeyError(f"there is no member {member}")
        return found

    def post(self, channel: str, message: Json) -> Json:
        """Add a message for everyone in the channel, and return it with its ``ts``."""
        message = {"type": "message", "ts": self.new_ts(), **message}
        self.messages.setdefault(channel, []).append(message)
        self.changed()
        return message

    def post_ephemeral(self, channel: str, member: str, message: Json) -> Json:
        """Add a message that only one member sees, and return it with its ``ts``."""
        message = {"type": "message", "ts": self.new_ts(), "ephemeral": True, **message}
        self.ephemerals.setdefault((member, channel), []).append(message)
        self.changed()
        return message

    def find(self, channel: str, ts: str) -> Json | None:
        """Return a message by its ``ts``, or None. Ephemeral messages are not found."""
        return next((one for one in self.messages.get(channel, []) if one["ts"] == ts), None)

    def top_view(self, member: str) -> OpenView | None:
        """Return the view on top of the member's stack, or None."""
        stack = self.views.get(member, [])
        return stack[-1] if stack else None

    def view(self, view_id: str) -> tuple[str, OpenView] | None:
        """Return an open view's member and the view, or None."""
        everything = [*self.views.items(), *((who, [home]) for who, home in self.homes.items())]
        return next(((who, one) for who, stack in everything for one in stack if one.view["id"] == view_id), None)

    def watch(self) -> asyncio.Event:
        """Return an event that is set at each change from now on, until :meth:`unwatch`."""
        event = asyncio.Event()
        self._watchers.add(event)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        """Stop setting ``event``."""
        self._watchers.discard(event)

    def changed(self) -> None:
        """Set the events of all watchers."""
        for event in self._watchers:
            event.set()
