"""Payloads of events, commands and interactions in Slack's shapes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from bot.workspace.block_kit import inputs
from bot.workspace.core.core import Core
from bot.workspace.core.people import APP, BOT_USER, TEAM
from bot.workspace.core.state import OpenView
from bot.workspace.members import views

Json = dict[str, Any]


def event(core: Core, inner: Json) -> Json:
    """Return an event with its envelope and a new ``event_id``."""
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "practice",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event": inner,
        "event_id": core.state.new_id("Ev"),
        "event_time": int(core.state.clock.now().timestamp()),
        "authorizations": [authorization],
    }


def command(core: Core, member: str, channel: str, name: str, text: str) -> Json:
    """Return the fields of a slash command, with a new trigger and ``response_url``."""
    return {
        "token": "practice",
        "team_id": TEAM,
        "team_domain": "practice",
        "channel_id": channel,
        "channel_name": _name(core, channel),
        "user_id": member,
        "user_name": core.state.members[member].name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": address(core, core.permissions.response(channel, member)),
        "trigger_id": core.permissions.trigger(member),
    }


def interaction(core: Core, kind: str, member: str) -> Json:
    """Return the fields that all interactions have."""
    person = core.state.members[member]
    return {
        "type": kind,
        "token": "practice",
        "team": {"id": TEAM, "domain": "practice"},
        "user": {"id": member, "username": person.name, "name": person.name, "team_id": person.team},
        "api_app_id": APP,
        "is_enterprise_install": False,
        "enterprise": None,
    }


def container(core: Core, member: str, where: str) -> tuple[Json, list[Json], OpenView | None]:
    """Return an interaction's source: its part of the payload, its blocks, and the view if it is one.

    ``where`` is a message's ``ts``, or the id of a view or Home. Raises KeyError if the member does not see it.
    """
    found = core.state.view(where)
    if found is not None and found[0] == member:
        view = views.shown(found[1])
        return {"container": {"type": "view", "view_id": where}, "view": view}, view["blocks"], found[1]
    for channel, message, ephemeral in _seen(core, member):
        if message["ts"] == where:
            return _message(core, member, channel, message, ephemeral), message["blocks"], None
    raise KeyError(f"{member} sees no message or view {where}")


def element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """Return the block and the element with that action id. Raises KeyError if there is none."""
    for block in blocks:
        if block_id is not None and block["block_id"] != block_id:
            continue
        for one in [block.get("element"), block.get("accessory"), *block.get("elements", [])]:
            if isinstance(one, dict) and one.get("action_id") == action_id:
                return block, one
    raise KeyError(f"there is no element {action_id}")


def address(core: Core, response: str) -> str:
    """Return the ``response_url`` for a response's secret part."""
    return f"{core.base_url}/respond/{response}"


def _name(core: Core, channel: str) -> str:
    return core.state.channels[channel].name or "directmessage"


def _seen(core: Core, member: str) -> Iterator[tuple[str, Json, bool]]:
    """Yield the messages with blocks that the member sees: (channel, message, whether it is ephemeral)."""
    state = core.state
    for channel, everyone in state.messages.items():
        if _may_look(core, member, channel):
            yield from ((channel, one, False) for one in everyone if one.get("blocks"))
    for (who, channel), own in state.ephemerals.items():
        if who == member:
            yield from ((channel, one, True) for one in own if one.get("blocks"))


def _may_look(core: Core, member: str, channel: str) -> bool:
    """Return whether a person sees the channel's messages: who is of the workspace need not join a public channel."""
    found = core.state.channels[channel]
    is_public = not found.is_private and found.im_with is None
    return member in found.members or (is_public and not core.state.members[member].is_external)


def _message(core: Core, member: str, channel: str, message: Json, ephemeral: bool) -> Json:
    ts = message["ts"]
    response = core.permissions.response(channel, member, message_ts=ts, ephemeral=ephemeral)
    values = inputs.values(message["blocks"], core.state.chosen.get((member, ts), {}))
    part: Json = {
        "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": ephemeral},
        "channel": {"id": channel, "name": _name(core, channel)},
        "state": {"values": values},
        "response_url": address(core, response),
    }
    if not ephemeral:
        part["message"] = copy.deepcopy(message)
    return part
