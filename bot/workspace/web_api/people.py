"""``users.*``, ``conversations.*``, ``auth.*``, ``api.*``, ``apps.*``: who, where, and whether at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.workspace.core.core import Core
from bot.workspace.core.people import BOT, BOT_USER, TEAM, Channel, Person
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.web_api.call import method, needed

Json = dict[str, Any]


@method("auth.test")
async def auth_test(core: Core, _given: Json) -> Json:
    """Who the token is."""
    return {
        "url": f"{core.base_url}/",
        "team": "Practice",
        "team_id": TEAM,
        "user": core.bot_name.lower(),
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


@method("api.test")
async def api_test(_core: Core, given: Json) -> Json:
    """Gives the arguments back."""
    return {"args": given}


@method("apps.connections.open")
async def connections_open(core: Core, _given: Json) -> Json:
    """A web socket's address for Socket Mode; needs the app-level token."""
    return {"url": core.sockets.ticket(core.base_url)}


@method("users.info", "users:read")
async def users_info(core: Core, given: Json) -> Json:
    """A member's object."""
    wanted = needed(given, "user")
    if wanted == BOT_USER:
        itself = Person(BOT_USER, core.bot_name.lower(), core.bot_name, "Etc/UTC")
        return {"user": {**user_object(itself), "is_bot": True}}
    person = core.state.members.get(wanted)
    if person is None:
        raise SlackRefused("user_not_found")
    return {"user": user_object(person)}


def user_object(person: Person) -> Json:
    """Slack's user object, as far as apps with ``users:read`` see it."""
    now = datetime.now(ZoneInfo(person.tz))
    return {
        "id": person.id,
        "team_id": TEAM,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "tz": person.tz,
        "tz_label": now.tzname(),
        "tz_offset": int((now.utcoffset() or now - now).total_seconds()),
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "profile": {"real_name": person.real_name, "display_name": person.name},
    }


def _channel(core: Core, given: Json) -> Channel:
    channel = core.state.channels.get(needed(given, "channel"))
    if channel is None:
        raise SlackRefused("channel_not_found")
    return channel


@method("conversations.info", "channels:read")
async def conversations_info(core: Core, given: Json) -> Json:
    """A channel's object."""
    channel = _channel(core, given)
    is_im = channel.im_with is not None
    if is_im and "im:read" not in core.scopes:
        raise SlackRefused("missing_scope", needed="im:read", provided=sorted(core.scopes))
    inside = BOT_USER in channel.members
    return {"channel": {"id": channel.id, "name": channel.name, "is_im": is_im, "is_member": inside}}


@method("conversations.members", "channels:read")
async def conversations_members(core: Core, given: Json) -> Json:
    """Who is in a channel; ``limit`` members (100) from ``cursor`` on."""
    some, following = _page(sorted(_channel(core, given).members), given)
    return {"members": some, "response_metadata": {"next_cursor": following}}


def _page(everything: list[Any], given: Json, most: int = 1000) -> tuple[list[Any], str]:
    """A page of a long answer, and the cursor of the next; empty after the last."""
    try:
        start, limit = int(given.get("cursor") or 0), int(given.get("limit") or 100)
    except ValueError:
        raise SlackRefused("invalid_cursor") from None
    if not 1 <= limit <= most:
        raise SlackRefused("invalid_limit")
    return everything[start : start + limit], str(start + limit) if start + limit < len(everything) else ""


_KINDS = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


@method("users.conversations")
async def users_conversations(core: Core, given: Json) -> Json:
    """The conversations of a member, of ``types`` (``public_channel``): ``limit`` (100) from ``cursor`` on.

    Those that are not public only where the bot is in them, too.
    """
    kinds = [kind.strip() for kind in str(given.get("types") or "public_channel").split(",")]
    if wrong := [kind for kind in kinds if kind not in _KINDS]:
        raise SlackRefused("invalid_types", [f"unknown type: {wrong[0]}"])
    for scope in (_KINDS[kind] for kind in kinds):
        if scope not in core.scopes:
            raise SlackRefused("missing_scope", needed=scope, provided=sorted(core.scopes))
    member = str(given.get("user") or BOT_USER)
    if member != BOT_USER and member not in core.state.members:
        raise SlackRefused("user_not_found")
    found = [one for _, one in sorted(core.state.channels.items()) if _is_shared(one, member, kinds)]
    some, following = _page([_object(one) for one in found], given)
    return {"channels": some, "response_metadata": {"next_cursor": following}}


def _is_shared(channel: Channel, member: str, kinds: list[str]) -> bool:
    kind = "im" if channel.im_with is not None else "private_channel" if channel.is_private else "public_channel"
    inside = member in channel.members and (kind == "public_channel" or BOT_USER in channel.members)
    return kind in kinds and inside


def _object(channel: Channel) -> Json:
    return {"id": channel.id, "name": channel.name, "is_private": channel.is_private, "is_archived": False}


@method("conversations.history")
async def conversations_history(core: Core, given: Json) -> Json:
    """The messages after ``oldest`` and before ``latest``, newest first, ``limit`` (100) from ``cursor`` on.

    Metadata comes only with ``include_all_metadata`` (docs.slack.dev, conversations.history).
    """
    channel = _channel(core, given)
    scope = _history_scope(channel)
    if scope not in core.scopes:
        raise SlackRefused("missing_scope", needed=scope, provided=sorted(core.scopes))
    if BOT_USER not in channel.members:
        raise SlackRefused("not_in_channel")
    within = _between(given)
    found = [one for one in core.state.messages.get(channel.id, ())[::-1] if within(float(one["ts"]))]
    shown, following = _page(found, given, most=999)
    if str(given.get("include_all_metadata", "")).lower() not in {"true", "1"}:
        shown = [{name: value for name, value in one.items() if name != "metadata"} for one in shown]
    return {"messages": shown, "has_more": bool(following), "response_metadata": {"next_cursor": following}}


def _history_scope(channel: Channel) -> str:
    if channel.im_with is not None:
        return "im:history"
    return "groups:history" if channel.is_private else "channels:history"


def _between(given: Json) -> Callable[[float], bool]:
    try:
        oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or "inf")
    except ValueError:
        raise SlackRefused("invalid_ts_oldest") from None
    return lambda ts: oldest < ts < latest


@method("conversations.open", "im:write")
async def conversations_open(core: Core, given: Json) -> Json:
    """The direct messages with a member."""
    member = needed(given, "users")
    if member not in core.state.members:
        raise SlackRefused("user_not_found")
    return {"channel": {"id": core.state.im_of(member).id}}
