"""`/cert rollback`, `restore`, `pin` and `copy`."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.certificates import Code
from bot.desk.certificates import versions
from bot.desk.deposit import copying
from bot.desk.deposit.outcomes import AsksAgain, Outcome, Refused
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged
from bot.slack.certificates import cards, words
from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code

_CODES = {one.value: one for one in Code}


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the buttons under what is asked first."""
    app.action("rollback_yes")(acknowledged(room, roll_back))
    app.action("rollback_no")(acknowledged(room, leave))
    app.action("copy_anyway")(acknowledged(room, copy_anyway))


async def ask_rollback(call: Call, command: Command) -> None:
    """`/cert rollback`: shows what would be current, and asks."""
    number = int(command.rest[0]) if command.rest else None
    proposal = await versions.propose_rollback(
        call.desk, await call.member(), call.channel, command.label, number=number, path=command.path or None
    )
    current, wanted = proposal.current, proposal.wanted
    value = f"{current.certificate_id}:{wanted.number}:{current.number}"
    yes = blocks.button(f"{labels.ROLL_BACK} {wanted.number}", "rollback_yes", value, style="primary")
    no = blocks.button(labels.KEEP, "rollback_no", value)
    await call.respond(blocks.say(words.ask_rollback(proposal, call.desk.clock()), blocks.actions(yes, no)))


async def roll_back(call: Call) -> None:
    """Yes, make it current."""
    certificate_id, number, seen = call.value.split(":")
    done = await versions.roll_back(
        call.desk,
        await call.member(),
        call.channel,
        certificate_id=certificate_id,
        number=int(number),
        seen=int(seen),
    )
    await call.respond(blocks.say(words.is_current(done.version, done.environment)), replace=True)


async def leave(call: Call) -> None:
    """No."""
    await call.respond(blocks.say(words.NOTHING_CHANGED), replace=True)


async def restore(call: Call, command: Command) -> None:
    """`/cert restore`."""
    done = await versions.restore(call.desk, await call.member(), call.channel, command.label, command.path or None)
    await call.respond(blocks.say(words.is_current(done.version, done.environment)))


async def pin(call: Call, command: Command) -> None:
    """`/cert pin`."""
    done = await versions.pin(
        call.desk,
        await call.member(),
        call.channel,
        command.label,
        pins=" ".join(command.rest),
        path=command.path or None,
    )
    await call.respond(blocks.say(words.is_pinned(done.version, done.environment)))


async def copy(call: Call, command: Command) -> None:
    """`/cert copy`."""
    outcome = await copying.copy(call.desk, await call.member(), call.channel, command.label, path=command.path)
    await call.respond(_copied(command.label, command.path, outcome))


async def copy_anyway(call: Call) -> None:
    """Copy it although there are warnings, which were shown."""
    path, codes, label = call.value.split(":", 2)
    accepted = frozenset(_CODES[word] for word in codes.split(",") if word in _CODES)
    outcome = await copying.copy(call.desk, await call.member(), call.channel, label, path=path, accepted=accepted)
    await call.respond(_copied(label, path, outcome), replace=True)


def _copied(label: str, path: str, outcome: Outcome) -> Message:
    if isinstance(outcome, Refused):
        return blocks.say(words.BLOCKED, *cards.findings(outcome.report.findings))
    if isinstance(outcome, AsksAgain):
        codes = ",".join(sorted({one.code.value for one in outcome.report.warnings}))
        button = blocks.button(labels.COPY_ANYWAY, "copy_anyway", f"{path}:{codes}:{label}")
        return blocks.say(words.WARNED_COPY, *cards.findings(outcome.report.findings), blocks.actions(button))
    return blocks.say(f"{code(label)} is copied to *{outcome.environment.path}*. The card is in the channel.")
