"""Members and conversations of the practice workspace, and the ids of the app."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

TEAM, PARTNER_TEAM = "T0PRACTICE", "T0PARTNER"
APP = "A0PRACTICE"
BOT_USER = "U0BOT"
BOT = "B0BOT"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a channel; ``tz`` is an IANA name, ``team`` the workspace that the person is of.

    ``enterprise`` is the Grid organisation of that workspace, if it belongs to one. ``is_admin`` counts at home.
    """

    id: str
    name: str
    real_name: str
    tz: str
    is_guest: bool = False
    is_admin: bool = False
    team: str = TEAM
    enterprise: str = ""
    is_app: bool = False
    is_deactivated: bool = False

    @property
    def is_external(self) -> bool:
        """Return whether the person belongs to another company (Slack Connect)."""
        return self.team != TEAM and not self.enterprise


@dataclass(slots=True)
class Channel:
    """A conversation: a channel, or a direct message between the bot and ``im_with``.

    ``is_shared`` with another company (Slack Connect).
    """

    id: str
    name: str
    topic: str = ""
    members: set[str] = field(default_factory=set)
    im_with: str | None = None
    is_private: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class UserGroup:
    """Some members of the workspace, who are mentioned together by their ``handle``."""

    id: str
    handle: str
    name: str
    members: frozenset[str]


def group_object(group: UserGroup) -> Json:
    """Return Slack's object of a user group."""
    shown = {"id": group.id, "team_id": TEAM, "is_usergroup": True, "handle": group.handle, "name": group.name}
    return {**shown, "date_delete": 0, "user_count": len(group.members)}


def user_object(person: Person) -> Json:
    """Return Slack's user object as apps with ``users:read`` see it."""
    now = datetime.now(ZoneInfo(person.tz))
    return {
        "id": person.id,
        "team_id": person.team,
        **({"enterprise_user": _of_organisation(person)} if person.enterprise else {}),
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.is_deactivated,
        "tz": person.tz,
        "tz_label": now.tzname(),
        "tz_offset": int((now.utcoffset() or now - now).total_seconds()),
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_bot": person.is_app,
        "is_app_user": False,
        "is_stranger": False,
        "profile": {"real_name": person.real_name, "display_name": person.name},
    }


def _of_organisation(person: Person) -> Json:
    return {
        "id": person.id,
        "enterprise_id": person.enterprise,
        "teams": [person.team],
        "is_admin": False,
        "is_owner": False,
    }


def default_members() -> dict[str, Person]:
    """Return Alice (an admin), Bob, Carol, Dave (a guest), and Erin (of another company), by id."""
    people = [
        Person("U0ALICE", "alice", "Alice", "Europe/Berlin", is_admin=True),
        Person("U0BOB", "bob", "Bob", "Europe/London"),
        Person("U0CAROL", "carol", "Carol", "America/New_York"),
        Person("U0DAVE", "dave", "Dave", "Asia/Tokyo", is_guest=True),
        Person("U0ERIN", "erin", "Erin", "Europe/Paris", team=PARTNER_TEAM),
    ]
    return {person.id: person for person in people}


def default_groups() -> dict[str, UserGroup]:
    """Return @platform, which Bob and Carol are in, by id."""
    platform = UserGroup("S0PLATFORM", "platform", "Platform team", frozenset({"U0BOB", "U0CAROL"}))
    return {platform.id: platform}


def default_channels(members: dict[str, Person]) -> dict[str, Channel]:
    """Return #orders, #payments and #bank with the bot, #general without it, and direct messages with the bot.

    #bank is shared with another company; its people are in no other channel.
    """
    everybody = {id_ for id_, person in members.items() if not person.is_external}
    channels = [
        Channel("C0ORDERS", "orders", "The orders app and what it talks to", everybody | {BOT_USER}),
        Channel("C0PAYMENTS", "payments", "The payments app and its banks", everybody | {BOT_USER}),
        Channel("C0BANK", "bank", "Shared with the Partner Bank", set(members) | {BOT_USER}, is_shared=True),
        Channel("C0GENERAL", "general", "Everything else; `/invite @Certdesk` adds the app", set(everybody)),
    ]
    ims = [Channel(f"D{id_[1:]}", "", members={id_, BOT_USER}, im_with=id_) for id_ in members]
    return {channel.id: channel for channel in [*channels, *ims]}
