"""`/cert copy`: a certificate of one environment is added to another."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.certificates import Code
from bot.desk.deposit.copying import copy_certificate
from bot.desk.deposit.outcomes import AsksAgain, Outcome, Refused
from bot.slack.bolt.arguments import Arguments, label_and_more
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.deposit import messages
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code

COPY_ANYWAY = "Copy anyway"


def register_copying(app: AsyncApp, context: Context) -> None:
    """Listen for the button that copies in spite of warnings."""
    app.action("copy_anyway")(acknowledged(context, copy_anyway))


WARNED_COPY = "*Nothing was copied yet.* Read this first; *Copy anyway* copies it as it is:"
_CODES = {one.value: one for one in Code}


async def copy(call: Call, arguments: Arguments) -> None:
    """`/cert copy`."""
    outcome = await copy_certificate(call.desk, await call.member(), call.channel, arguments.label, path=arguments.path)
    await call.respond(_copied(arguments.label, arguments.path, outcome))


async def copy_anyway(call: Call) -> None:
    """Copy in spite of the warnings that were shown."""
    path, codes, label = call.value.split(":", 2)
    accepted = frozenset(_CODES[word] for word in codes.split(",") if word in _CODES)
    outcome = await copy_certificate(call.desk, await call.member(), call.channel, label, path=path, accepted=accepted)
    await call.respond(_copied(label, path, outcome), replace=True)


def _copied(label: str, path: str, outcome: Outcome) -> Message:
    if isinstance(outcome, Refused):
        return blocks.say(messages.BLOCKED, *messages.findings(outcome.report.findings))
    if isinstance(outcome, AsksAgain):
        codes = ",".join(sorted({one.code.value for one in outcome.report.warnings}))
        button = blocks.button(COPY_ANYWAY, "copy_anyway", f"{path}:{codes}:{label}")
        return blocks.say(WARNED_COPY, *messages.findings(outcome.report.findings), blocks.actions(button))
    return blocks.say(f"{code(label)} is copied to *{outcome.environment.path}*. The card is in the channel.")


def _label_and_environment(words: list[str]) -> Arguments | None:
    read = label_and_more(words)
    return read if read and read.path and not read.rest else None


COPY_COMMANDS = (
    Command(
        "copy",
        "copy a certificate into another environment of this channel",
        Group.CERTIFICATES,
        copy,
        usage="LABEL app/environment",
        read=_label_and_environment,
    ),
)
