"""What an environment's owners read in `/cert` about what could not be sent: what, since when, why, what next."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk import owed
from bot.desk.stuck import Stuck
from bot.slack import blocks, moments, words
from bot.slack.blocks import Block
from bot.slack.escape import channel, code

SHOWN = 8
_WHAT = {
    owed.CARD: "the card of a new certificate",
    owed.AUTHORITIES: "the card of new authorities",
    owed.REMOVED: "the note that a certificate was removed",
    owed.AUTHORITY_REMOVED: "the note that an authority was removed",
    owed.AUTHORITY_RESTORED: "the note that an authority is back",
    owed.ROLLED_BACK: "the note that an older version is current again",
    owed.RESTORED: "the note that a certificate is back",
    owed.PINNED: "the note of new pins",
    owed.REMINDER: "the restart reminder",
    owed.REMINDER_UPDATE: "the change of a restart reminder",
    owed.REMINDER_RETIRED: "taking the buttons off an older reminder",
    owed.FREEZE: "the note of a change freeze",
    owed.PERFORM: "the next step of a restart",
    owed.PROGRESS: "how far a restart has come",
    owed.ALARM: "the alarm that a restart failed",
    owed.ALARM_OVER: "the end of an alarm",
    owed.CLEANUP: "deleting a dropped private key",
    owed.EXPIRY: "the warning that something ends",
    owed.EXPIRY_SEEN: "the note who has seen a warning",
}
_UNINVITED = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel"})


def section(several: Sequence[Stuck]) -> list[Block]:
    """A line for each; nothing where nothing is stuck."""
    if not several:
        return []
    lines = words.folded([_line(one) for one in several], SHOWN, "\n")
    return [blocks.section(f"*Could not be sent yet* (only owners and admins see this)\n{lines}")]


def _line(one: Stuck) -> str:
    zone = one.environment.timezone
    again = f"Next attempt: {moments.minute(one.again_at, zone)}." if one.again_at else "It is being tried now."
    what = _WHAT.get(one.kind, "a message")
    since = moments.minute(one.since, zone)
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
