"""Everything the practice workspace remembers, in memory: it begins anew with each start."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.core.clock import WorkspaceClock
from bot.workspace.core.people import Channel, Person, default_channels, default_members

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file in the tray; ``about`` is a line for people."""

    name: str
    data: bytes = field(repr=False)
    about: str


@dataclass(slots=True)
class StoredFile:
    """An uploaded file.

    ``foreign`` says what ``files.info`` answers for a file of another workspace: ``check_file_info`` (the object is
    only an id and that word), or the error ``file_not_found`` or ``access_denied``.
    """

    id: str
    name: str
    data: bytes = field(repr=False)
    owner: str
    channels: list[str]
    created: int
    deleted: bool = False
    foreign: str | None = None


@dataclass(slots=True)
class OpenView:
    """A view as somebody has it open: Slack's view object, and what was typed so far."""

    view: Json
    typed: Json = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """People, conversations, messages, files and open views."""

    clock: WorkspaceClock
    members: dict[str, Person] = field(default_factory=default_members)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    ephemerals: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    views: dict[str, list[OpenView]] = field(default_factory=dict)
    homes: dict[str, OpenView] = field(default_factory=dict)
    chosen: dict[tuple[str, str], Json] = field(default_factory=dict)
    """What a member chose in a message's menus, by member and the message's ``ts``."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _last_ts: float = 0.0
    _watchers: set[asyncio.Event] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.channels = self.channels or default_channels(self.members)

    def new_id(self, prefix: str) -> str:
        """An id in Slack's manner."""
        return f"{prefix}0{next(self._numbers):06d}{secrets.token_hex(2).upper()}"

    def new_ts(self) -> str:
        """A message's ``ts``: the workspace's time, later than every one before it."""
        self._last_ts = max(self.clock.now().timestamp(), self._last_ts + 0.000_01)
        return f"{self._last_ts:.6f}"

    def im_of(self, member: str) -> Channel:
        """The direct messages between a member and the bot; raises KeyError for who is no member."""
        found = next((channel for channel in self.channels.values() if channel.im_with == member), None)
        if found is None:
            raise KeyError(f"there is no member {member}")
        return found

    def post(self, channel: str, message: Json) -> Json:
        """Add a message that everyone in the channel sees."""
        message = {"type": "message", "ts": self.new_ts(), **message}
        self.messages.setdefault(channel, []).append(message)
        self.changed()
        return message

    def whisper(self, channel: str, member: str, message: Json) -> Json:
        """Add a message that one member sees."""
        message = {"type": "message", "ts": self.new_ts(), "ephemeral": True, **message}
        self.ephemerals.setdefault((member, channel), []).append(message)
        self.changed()
        return message

    def find(self, channel: str, ts: str) -> Json | None:
        """A message by its ``ts``; ephemeral ones are none."""
        return next((one for one in self.messages.get(channel, []) if one["ts"] == ts), None)

    def top_view(self, member: str) -> OpenView | None:
        """The view on top of the member's stack."""
        stack = self.views.get(member, [])
        return stack[-1] if stack else None

    def view(self, view_id: str) -> tuple[str, OpenView] | None:
        """An open view by its id, and whose it is."""
        everything = [*self.views.items(), *((who, [home]) for who, home in self.homes.items())]
        return next(((who, one) for who, stack in everything for one in stack if one.view["id"] == view_id), None)

    def watch(self) -> asyncio.Event:
        """An event that is set at every change from now on, until :meth:`unwatch`."""
        event = asyncio.Event()
        self._watchers.add(event)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        """Stop telling ``event``."""
        self._watchers.discard(event)

    def changed(self) -> None:
        """Tell everyone who watches."""
        for event in self._watchers:
            event.set()
