"""``users.*``, ``conversations.*``, ``auth.*``, ``api.*``, ``apps.*``: members, channels and the connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.workspace.core.core import Core
from bot.workspace.core.people import BOT, BOT_USER, PARTNER_TEAM, TEAM, Channel, Person, group_object, user_object
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.web_api.call import method, needed

Json = dict[str, Any]


@method("auth.test")
async def auth_test(core: Core, _given: Json) -> Json:
    """Return the identity of the token."""
    return {
        "url": f"{core.base_url}/",
        "team": "Practice",
        "team_id": TEAM,
        "user": core.bot_name.lower(),
        "user_id": BOT_USER,
        "bot_id": BOT,
        **({"enterprise_id": core.enterprise} if core.enterprise else {}),
        "is_enterprise_install": False,
    }


@method("api.test")
async def api_test(_core: Core, given: Json) -> Json:
    """Return the arguments."""
    return {"args": given}


@method("apps.connections.open")
async def connections_open(core: Core, _given: Json) -> Json:
    """Return a WebSocket address for Socket Mode. Needs the app-level token."""
    return {"url": core.sockets.ticket(core.base_url)}


@method("team.info", "team:read")
async def team_info(_core: Core, given: Json) -> Json:
    """Return a workspace's name: our own, or that of the company that shares a channel."""
    names = {TEAM: "Practice", PARTNER_TEAM: "Partner Bank"}
    team = str(given.get("team") or TEAM)
    if team not in names:
        raise SlackRefused("team_not_found")
    return {"team": {"id": team, "name": names[team], "domain": team.lower()}}


@method("users.info", "users:read")
async def users_info(core: Core, given: Json) -> Json:
    """Return a member's object."""
    wanted = needed(given, "user")
    if wanted == BOT_USER:
        itself = Person(BOT_USER, core.bot_name.lower(), core.bot_name, "Etc/UTC")
        return {"user": {**user_object(itself), "is_bot": True}}
    person = core.state.members.get(wanted)
    if person is None:
        raise SlackRefused("user_not_found")
    return {"user": user_object(person)}


@method("users.list", "users:read")
async def users_list(core: Core, given: Json) -> Json:
    """Return the objects of all members, deactivated ones among them: ``limit`` (100) from ``cursor`` on."""
    some, following = _page([user_object(one) for _, one in sorted(core.state.members.items())], given)
    return {"members": some, "response_metadata": {"next_cursor": following}}


@method("usergroups.list", "usergroups:read")
async def usergroups_list(core: Core, _given: Json) -> Json:
    """Return the user groups that are there."""
    return {"usergroups": [group_object(one) for one in core.state.groups.values()]}


@method("usergroups.users.list", "usergroups:read")
async def usergroups_users_list(core: Core, given: Json) -> Json:
    """Return the ids of who is in a user group."""
    group = core.state.groups.get(needed(given, "usergroup"))
    if group is None:
        raise SlackRefused("no_such_subteam")
    return {"users": sorted(group.members)}


def _channel(core: Core, given: Json) -> Channel:
    channel = core.state.channels.get(needed(given, "channel"))
    if channel is None:
        raise SlackRefused("channel_not_found")
    return channel


@method("conversations.info", "channels:read")
async def conversations_info(core: Core, given: Json) -> Json:
    """Return a channel's object."""
    channel = _channel(core, given)
    is_im = channel.im_with is not None
    if is_im and "im:read" not in core.scopes:
        raise SlackRefused("missing_scope", needed="im:read", provided=sorted(core.scopes))
    inside = BOT_USER in channel.members
    shown = {"id": channel.id, "name": channel.name, "is_im": is_im, "is_member": inside}
    return {"channel": {**shown, **_sharing(channel)}}


@method("conversations.members", "channels:read")
async def conversations_members(core: Core, given: Json) -> Json:
    """Return the ids of a channel's members: ``limit`` (100) from ``cursor`` on."""
    some, following = _page(sorted(_channel(core, given).members), given)
    return {"members": some, "response_metadata": {"next_cursor": following}}


def _page(everything: list[Any], given: Json, most: int = 1000) -> tuple[list[Any], str]:
    """Return a page of a long answer, and the cursor of the next page (empty after the last)."""
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
    """Return a member's conversations of ``types`` (``public_channel``): ``limit`` (100) from ``cursor`` on.

    Conversations that are not public are listed only if the bot is in them, too.
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
    shown = {"id": channel.id, "name": channel.name, "is_private": channel.is_private, "is_archived": False}
    return {**shown, **_sharing(channel)}


def _sharing(channel: Channel) -> Json:
    """Return the fields that say with which workspaces a channel is shared."""
    teams = [TEAM, PARTNER_TEAM] if channel.is_shared else [TEAM]
    return {"is_ext_shared": channel.is_shared, "is_shared": channel.is_shared, "shared_team_ids": teams}


@method("conversations.history")
async def conversations_history(core: Core, given: Json) -> Json:
    """Return messages after ``oldest`` and before ``latest``, newest first: ``limit`` (100) from ``cursor`` on.

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
    """Return the direct messages with a member."""
    member = needed(given, "users")
    if member not in core.state.members:
        raise SlackRefused("user_not_found")
    return {"channel": {"id": core.state.im_of(member).id}}
