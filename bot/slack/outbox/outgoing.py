"""Results of a renderer: a message to post, to change, or to show to one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.desk.base.desk import Desk
from bot.slack.bolt.files import SlackFiles
from bot.slack.bolt.people import People
from bot.slack.kit.blocks import Message


@dataclass(frozen=True, slots=True)
class Post:
    """Post ``message`` to ``channel``.

    In a channel without us it goes to ``by`` alone, as ``elsewhere`` if that is given. Without ``by`` it waits until
    somebody invites us.
    """

    channel: str
    message: Message
    by: str = ""
    elsewhere: Message | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Show ``message`` in the place of the one that stands at ``where`` (channel, ts)."""

    where: tuple[str, str]
    message: Message


@dataclass(frozen=True, slots=True)
class Whisper:
    """Show ``message`` to one member of ``channel`` alone."""

    channel: str
    member: str
    message: Message


Outgoing = Post | Change | Whisper


@dataclass(frozen=True, slots=True)
class Rendering:
    """The context that a renderer gets beside the facts."""

    desk: Desk
    files: SlackFiles
    people: People

    @property
    def now(self) -> datetime:
        """Return the time that a message is written for."""
        return self.desk.clock()


Renderer = Callable[[Any, Rendering], Awaitable[Outgoing | None]]
Renderers = Mapping[type, Renderer]
"""By the type of the facts; a renderer returns None where there is nothing to show."""
