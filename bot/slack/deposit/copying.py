"""`/cert copy`: a certificate of one environment is added to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from slack_bolt.async_app import AsyncApp

from bot.certificates import Code
from bot.desk.certificates import inventory
from bot.desk.deposit.copying import copy_certificate
from bot.desk.deposit.outcomes import AsksAgain, Refused
from bot.desk.environments import environments
from bot.slack.bolt.arguments import Arguments, label_and_more
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.certificates.card_menu import chosen
from bot.slack.deposit import messages
from bot.slack.kit import blocks, labels, modals
from bot.slack.kit.blocks import Message, View
from bot.slack.kit.escape import code
from store import Environment, Version

COPY_ANYWAY = "Copy anyway"


class _Asked(NamedTuple):
    """What to copy: a label, to the environment ``path``, from the environment ``source`` if it was said."""

    label: str
    path: str
    source: str = ""


def register_copying(app: AsyncApp, context: Context) -> None:
    """Listen for the menu of a card, its form, and the button that copies in spite of warnings."""
    app.action("card_menu", matchers=[chosen("copy")])(acknowledged(context, ask_where))
    app.view("copy")(submission(context, copy_from_form))
    app.action("copy_anyway")(acknowledged(context, copy_anyway))


WARNED_COPY = "*Nothing was copied yet.* Read this first; *Copy anyway* copies it as it is:"
ONLY_ONE = "*{path}* is the only environment of this channel. Add another one to copy to."
_CODES = {one.value: one for one in Code}


async def copy(call: Call, arguments: Arguments) -> None:
    """`/cert copy`."""
    await call.respond(await _copied(call, _Asked(arguments.label, arguments.path), call.channel))


async def ask_where(call: Call) -> None:
    """Ask for the environment to copy to (*Copy…*)."""
    member = await call.member()
    member.must_manage()
    version_id = call.value.partition(":")[2]
    source = (await inventory.details(call.desk, version_id, call.channel)).environment
    others = [one for one in await environments.listing(call.desk, call.channel) if one.id != source.id]
    if not others:
        begin = blocks.button(labels.ADD_ENVIRONMENT, "environment_add", call.channel)
        await call.respond(blocks.say(ONLY_ONE.format(path=source.path), blocks.actions(begin)))
        return
    await call.open(_form(version_id, others))


def _form(version_id: str, others: Sequence[Environment]) -> View:
    options = [blocks.option(one.path, one.path) for one in others[: blocks.OPTIONS]]
    asked = [blocks.input_("environment", "Copy to", blocks.select(options, placeholder="Choose one"))]
    return modals.form("copy", "Copy a certificate", asked, about=version_id, submit="Copy")


async def copy_from_form(call: Call) -> None:
    """Copy the certificate to the environment that was chosen; the answer comes in the channel."""
    await call.answer("clear")
    found = await inventory.details(call.desk, call.metadata)
    label = found.target.label if isinstance(found.target, Version) else ""
    asked = _Asked(label, call.typed("environment"), found.environment.path)
    await call.whisper_in(found.environment.channel, await _copied(call, asked, found.environment.channel))


async def copy_anyway(call: Call) -> None:
    """Copy in spite of the warnings that were shown."""
    path, codes, label, *source = call.parts(3)
    accepted = frozenset(_CODES[word] for word in codes.split(",") if word in _CODES)
    answer = await _copied(call, _Asked(label, path, "".join(source)), call.channel, accepted=accepted)
    await call.respond(answer, replace=True)


async def _copied(call: Call, asked: _Asked, channel: str, *, accepted: frozenset[Code] = frozenset()) -> Message:
    label, path, source = asked
    outcome = await copy_certificate(
        call.desk, await call.member(), channel, label, path=path, source=source, accepted=accepted
    )
    if isinstance(outcome, Refused):
        return blocks.say(messages.BLOCKED, *messages.findings(outcome.report.findings))
    if isinstance(outcome, AsksAgain):
        codes = ",".join(sorted({one.code.value for one in outcome.report.warnings}))
        button = blocks.button(COPY_ANYWAY, "copy_anyway", f"{path}:{codes}:{label}:{source}")
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
