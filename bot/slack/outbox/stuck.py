"""Messages that could not be sent yet, as owners and admins read them in `/cert`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desk.kinds import KINDS
from bot.desk.outbox.stuck import Stuck
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Block
from bot.slack.kit.escape import channel, code
from bot.slack.kit.text import folded

SHOWN = 8
_INVITE = "I am not in {where}: type `/invite @Certdesk` there."
_NOBODY_THERE = "Whoever it is for cannot be reached in Slack any more."
_RESTRICTED = "Slack lets only some people post in {where}: ask who manages the channel to let Certdesk post."
# By Slack's code, and by the name that we have for other trouble.
_SLACKS: Mapping[str, str] = {
    **dict.fromkeys(("not_in_channel", "channel_not_found", "user_not_in_channel"), _INVITE),
    **dict.fromkeys(("user_not_found", "user_disabled", "cannot_dm_bot"), _NOBODY_THERE),
    **dict.fromkeys(("restricted_action", "restricted_action_read_only_channel"), _RESTRICTED),
    "is_archived": (
        "{where} is archived: unarchive it, or move the environment with `/cert env bind` in another channel."
    ),
    "messages_tab_disabled": (
        "The app's messages are turned off: tell your operator to turn on the Messages Tab in its settings."
    ),
}
_OURS: Mapping[str, str] = {
    "no_answer": "Slack does not answer. Nothing is to be done here.",
    "Unavailable": "My database did not answer. Nothing is to be done here.",
}


def section(several: Sequence[Stuck]) -> list[Block]:
    """Return a line per message; no block if nothing is stuck."""
    if not several:
        return []
    lines = folded([_line(one) for one in several], SHOWN, "\n")
    return [blocks.section(f"*Could not be sent yet* (only owners and admins see this)\n{lines}")]


def _line(one: Stuck) -> str:
    zone = one.environment.timezone
    again = f"Next attempt: {times.minute(one.again_at, zone)}." if one.again_at else "It is being tried now."
    what = KINDS[one.kind].noun if one.kind in KINDS else "a message"
    since = times.minute(one.since, zone)
    return f"•  *{one.environment.path}*: {what}, due since {since}. {_why(one)} {again}"


def _why(one: Stuck) -> str:
    where, (kind, _, name) = channel(one.environment.channel), one.reason.partition(":")
    if kind == "slack":
        said = _SLACKS.get(name, "Slack refuses it ({name}): tell your operator.")
        return said.format(where=where, name=code(name, 60))
    return _OURS.get(
        one.reason, f"Something fails on my side: tell your operator {code(one.reason or 'no reason', 60)}."
    )
