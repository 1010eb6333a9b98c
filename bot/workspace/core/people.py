"""Who is in the practice workspace, and where they talk."""

from __future__ import annotations

from dataclasses import dataclass, field

TEAM = "T0PRACTICE"
APP = "A0PRACTICE"
BOT_USER = "U0BOT"
BOT = "B0BOT"


@dataclass(frozen=True, slots=True)
class Person:
    """A member; ``tz`` is an IANA name."""

    id: str
    name: str
    real_name: str
    tz: str
    is_guest: bool = False
    is_admin: bool = False


@dataclass(slots=True)
class Channel:
    """A conversation: a channel, or a direct message between the bot and ``im_with``."""

    id: str
    name: str
    topic: str = ""
    members: set[str] = field(default_factory=set)
    im_with: str | None = None
    is_private: bool = False


def default_members() -> dict[str, Person]:
    """Alice (an admin), Bob, Carol, and Dave, who is a guest."""
    people = [
        Person("U0ALICE", "alice", "Alice", "Europe/Berlin", is_admin=True),
        Person("U0BOB", "bob", "Bob", "Europe/London"),
        Person("U0CAROL", "carol", "Carol", "America/New_York"),
        Person("U0DAVE", "dave", "Dave", "Asia/Tokyo", is_guest=True),
    ]
    return {person.id: person for person in people}


def default_channels(members: dict[str, Person]) -> dict[str, Channel]:
    """#orders and #payments with the bot, #general without it, and each member's direct messages with the bot."""
    everybody = set(members)
    channels = [
        Channel("C0ORDERS", "orders", "The orders app and what it talks to", everybody | {BOT_USER}),
        Channel("C0PAYMENTS", "payments", "The payments app and its banks", everybody | {BOT_USER}),
        Channel("C0GENERAL", "general", "Everything else; `/invite @Certdesk` adds the app", set(everybody)),
    ]
    ims = [Channel(f"D{id_[1:]}", "", members={id_, BOT_USER}, im_with=id_) for id_ in members]
    return {channel.id: channel for channel in [*channels, *ims]}
