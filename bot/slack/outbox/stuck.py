"""Messages that could not be sent yet, as owners and admins read them in `/cert`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.kinds import KINDS
from bot.desk.outbox.stuck import Stuck
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Block
from bot.slack.kit.escape import channel, code
from bot.slack.kit.text import folded

SHOWN = 8
_UNINVITED = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel"})


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
    if kind == "slack" and name in _UNINVITED:
        return f"I am not in {where}: type `/invite @Certdesk` there."
    if kind == "slack" and name == "is_archived":
        return f"{where} is archived: unarchive it, or move the environment with `/cert env bind` in another channel."
    if kind == "slack":
        return f"Slack refuses it ({code(name, 60)}): tell your operator."
    if one.reason == "no_answer":
        return "Slack does not answer. Nothing is to be done here."
    if one.reason == "Unavailable":
        return "My database did not answer. Nothing is to be done here."
    return f"Something fails on my side: tell your operator {code(one.reason or 'no reason', 60)}."
