"""The workspace's own commands ``/invite`` and ``/remove``, which add and remove members of a channel."""

from __future__ import annotations

from collections.abc import Callable

from bot.workspace.core.core import CommandHint, Core
from bot.workspace.core.people import BOT_USER, TEAM, Channel
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.members import payloads

Change = Callable[[Core, str, Channel, str], None]


def hints(core: Core) -> list[CommandHint]:
    """Return the lines for the composer's completion."""
    return [
        CommandHint(f"/invite @{core.bot_name}", "", "add the app, or a member, to this channel"),
        CommandHint(f"/remove @{core.bot_name}", "", "remove the app, or a member, from this channel"),
    ]


def invite(core: Core, member: str, channel: Channel, name: str) -> None:
    """Add somebody to the channel, the app included; raises SlackRefused as ``conversations.invite`` answers."""
    who = _who(core, channel, name)
    if who in channel.members:
        raise SlackRefused("already_in_channel")
    channel.members.add(who)
    _announce(core, channel, who, "channel_join", f"was added to <#{channel.id}> by <@{member}>.")


def remove(core: Core, member: str, channel: Channel, name: str) -> None:
    """Remove somebody from the channel; raises SlackRefused as ``conversations.kick`` answers."""
    who = _who(core, channel, name)
    if who == member:
        raise SlackRefused("cant_kick_self")
    if who not in channel.members:
        raise SlackRefused("not_in_channel")
    channel.members.remove(who)
    if BOT_USER in channel.members:
        inner = {"type": "member_left_channel", "user": who, "channel": channel.id, "channel_type": "C", "team": TEAM}
        core.delivery.event(payloads.event(core, {**inner, "event_ts": core.state.new_ts()}))
    _announce(core, channel, who, "channel_leave", f"was removed from <#{channel.id}> by <@{member}>.")


COMMANDS: dict[str, Change] = {"/invite": invite, "/remove": remove}


def _who(core: Core, channel: Channel, name: str) -> str:
    """Return the id of whoever is named: ``@Certdesk``, ``bob``, ``<@U…>``."""
    if channel.im_with is not None:
        raise SlackRefused("method_not_supported_for_channel_type")
    wanted = name.strip().strip("<@>").lower()
    if not wanted:
        raise SlackRefused("no_user")
    names = {BOT_USER: {BOT_USER.lower(), core.bot_name.lower()}}
    names |= {id_: {id_.lower(), one.name.lower(), one.real_name.lower()} for id_, one in core.state.members.items()}
    found = next((id_ for id_, known in names.items() if wanted in known), None)
    if found is None:
        raise SlackRefused("user_not_found")
    return found


def _announce(core: Core, channel: Channel, who: str, subtype: str, text: str) -> None:
    core.state.post(channel.id, {"user": who, "subtype": subtype, "text": text})
