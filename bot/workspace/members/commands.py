"""Slash commands that members type: the workspace's own, and the bot's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.workspace.core.core import Core
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.triggers import Response
from bot.workspace.members import answers, membership, payloads
from bot.workspace.members.conversations import conversation

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command.

    ``error`` is ``operation_timeout``, ``dispatch_failed``, ``invalid_command_response`` or ``unknown_command``; of
    ``/invite`` and ``/remove`` what ``conversations.invite`` and ``conversations.kick`` answer.
    """

    ok: bool
    error: str | None = None


async def command(core: Core, member: str, channel: str, text: str) -> CommandResult:
    """Type a command (``/cert list``) into a conversation, with or without the bot in it.

    ``/invite`` and ``/remove`` are the workspace's own: the bot does not hear them.
    """
    place = conversation(core, member, channel)
    name, _, rest = text.partition(" ")
    if change := membership.COMMANDS.get(name):
        try:
            change(core, member, place, rest)
        except SlackRefused as refused:
            return CommandResult(False, refused.error)
        return CommandResult(True)
    known = {one.text.split(" ")[0] for one in core.commands}
    if (known and name not in known) or "commands" not in core.scopes:
        return CommandResult(False, "unknown_command")
    payload = payloads.command(core, member, channel, name, rest.strip())
    ack = await core.delivery.send("command", payload)
    if ack.ok and (ack.body.get("text") or ack.body.get("blocks")):
        try:
            answers.apply(core, Response(channel, member), ack.body)
        except SlackRefused as refused:
            core.refused.append(refused)
            return CommandResult(False, "invalid_command_response")
    return CommandResult(ack.ok, ack.error)
