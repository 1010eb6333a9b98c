"""Commands and buttons for stored certificates: overview, list, details, versions, pins, and removing."""

from __future__ import annotations

from datetime import datetime

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import BadButton
from bot.desk.certificates import inventory, versions
from bot.desk.certificates.versions import Proposal
from bot.desk.outbox import stuck
from bot.slack.bolt.arguments import Arguments, Quoted, label, label_and_more, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.certificates import cards, messages
from bot.slack.kit import blocks, labels, times
from bot.slack.kit.escape import code
from bot.slack.kit.text import pin_list
from store import Authority, Environment, Version

ROLL_BACK = "Go back to version"

NOTHING_CHANGED = "Nothing was changed."
REMOVED_NOT = "Nothing was removed."


def register_certificates(app: AsyncApp, context: Context) -> None:
    """Listen for the buttons of the questions before a removal and before a rollback."""
    app.action("remove_yes")(acknowledged(context, remove))
    app.action("remove_undo")(acknowledged(context, undo_removal))
    app.action("remove_no")(acknowledged(context, keep))
    app.action("rollback_yes")(acknowledged(context, roll_back))
    app.action("rollback_no")(acknowledged(context, leave_version))


async def overview(call: Call, _arguments: Arguments) -> None:
    """`/cert` alone."""
    found, member = await inventory.overview(call.desk, call.channel), await call.member()
    if not found.environments:
        await call.respond(messages.hello(call.channel, guest=member.is_guest))
        return
    late = await stuck.shown_to(member, found.stuck)
    now, platforms = call.desk.clock(), call.desk.platforms
    await call.respond(messages.overview(found.environments, now, platforms, late, guest=member.is_guest))


async def listed(call: Call, arguments: Arguments) -> None:
    """`/cert list`: one environment if it is named, else all of the channel."""
    found = await inventory.listed(call.desk, call.channel, arguments.path or None)
    await call.respond(messages.listed(found, call.desk.clock()))


async def show(call: Call, arguments: Arguments) -> None:
    """`/cert show`."""
    found = await inventory.show(call.desk, call.channel, arguments.label, arguments.path or None)
    chain = found.target.chain_names if isinstance(found.target, Version) else ()
    await call.respond(messages.shown(found, chain, call.desk.clock()))


async def ask_removal(call: Call, arguments: Arguments) -> None:
    """`/cert remove`: asks first."""
    removal = await inventory.propose_removal(
        call.desk, await call.member(), call.channel, arguments.label, arguments.path or None
    )
    await call.respond(messages.ask_removal(removal))


async def remove(call: Call) -> None:
    """Remove it (*Remove*)."""
    kind, _, id_ = call.value.partition(":")
    gone = await inventory.remove(call.desk, await call.member(), call.channel, kind, id_)
    name = gone.target.label if isinstance(gone.target, Version) else gone.target.name
    text = cards.removed_text(name, gone.environment, call.member_id)
    undo = blocks.button(labels.UNDO, "remove_undo", f"{gone.kind}:{gone.id}")
    await call.respond(blocks.say(text, blocks.actions(undo)), replace=True)


async def undo_removal(call: Call) -> None:
    """Bring back what was removed (*Undo*)."""
    kind, _, id_ = call.value.partition(":")
    done = await versions.undo_removal(call.desk, await call.member(), call.channel, kind, id_)
    await call.respond(blocks.say(_is_current(done.version, done.environment)), replace=True)


async def keep(call: Call) -> None:
    """Remove nothing (*Keep*)."""
    await call.respond(blocks.say(REMOVED_NOT), replace=True)


async def ask_rollback(call: Call, arguments: Arguments) -> None:
    """`/cert rollback`: show which version would be current, and ask."""
    number = int(arguments.rest[0]) if arguments.rest else None
    proposal = await versions.propose_rollback(
        call.desk, await call.member(), call.channel, arguments.label, number=number, path=arguments.path or None
    )
    current, wanted = proposal.current, proposal.wanted
    value = f"{current.certificate_id}:{wanted.number}:{current.number}"
    yes = blocks.button(f"{ROLL_BACK} {wanted.number}", "rollback_yes", value, style="primary")
    no = blocks.button(messages.KEEP, "rollback_no", value)
    await call.respond(blocks.say(_rollback_question(proposal, call.desk.clock()), blocks.actions(yes, no)))


async def roll_back(call: Call) -> None:
    """Roll back (*Go back to version*)."""
    certificate_id, number, seen = call.parts(3)[:3]
    if not (number.isdecimal() and seen.isdecimal()):
        raise BadButton
    done = await versions.roll_back(
        call.desk,
        await call.member(),
        call.channel,
        certificate_id=certificate_id,
        number=int(number),
        seen=int(seen),
    )
    await call.respond(blocks.say(_is_current(done.version, done.environment)), replace=True)


async def leave_version(call: Call) -> None:
    """Roll nothing back (*Keep*)."""
    await call.respond(blocks.say(NOTHING_CHANGED), replace=True)


async def restore(call: Call, arguments: Arguments) -> None:
    """`/cert restore`."""
    done = await versions.restore(call.desk, await call.member(), call.channel, arguments.label, arguments.path or None)
    await call.respond(blocks.say(_is_current(done.version, done.environment)))


async def pin(call: Call, arguments: Arguments) -> None:
    """`/cert pin`."""
    done = await versions.pin(
        call.desk,
        await call.member(),
        call.channel,
        arguments.label,
        pins=" ".join(f'"{one}"' if isinstance(one, Quoted) else one for one in arguments.rest),
        path=arguments.path or None,
    )
    await call.respond(blocks.say(pinned_text(done.version, done.environment)))


def _rollback_question(one: Proposal, now: datetime) -> str:
    """Return the question that is asked before a rollback."""
    current, wanted, zone = one.current, one.wanted, one.environment.timezone
    return (
        f"Make version {wanted.number} of {code(current.label)} current in *{one.environment.path}* again, in place of "
        f"version {current.number}? It {times.expires(wanted.effective_end, now, zone)}; "
        f"the one that is current {times.expires(current.effective_end, now, zone)}."
    )


def _is_current(version: Version | Authority, environment: Environment) -> str:
    """Return the answer to a rollback or a restore."""
    if isinstance(version, Authority):
        return f"{code(version.name)} is a CA certificate of *{environment.path}* again."
    return f"Version {version.number} of {code(version.label)} is current in *{environment.path}*."


def pinned_text(version: Version | Authority, environment: Environment) -> str:
    """Return the answer to `/cert pin`; an authority has no pins."""
    if isinstance(version, Authority):
        return _is_current(version, environment)
    return f"{code(version.label)} in *{environment.path}* has the pins {pin_list(version.pins)}."


def _rollback(words: list[str]) -> Arguments | None:
    """Read a label, and the number of a version where one follows."""
    read = label_and_more(words)
    if read is None or not read.rest:
        return read
    (number, *more) = read.rest
    return read if not more and number.isascii() and number.isdigit() and len(number) < 6 else None


def _pins(words: list[str]) -> Arguments | None:
    """Read a label and one pin or more."""
    read = label_and_more(words)
    return read if read and read.rest else None


OVERVIEW = Command(
    "", "what this channel's environments hold, and what waits for a restart", Group.CERTIFICATES, overview
)
CERTIFICATE_COMMANDS = (
    Command(
        "list",
        "all current certificates of the channel, or of one environment",
        Group.CERTIFICATES,
        listed,
        usage="[app/environment]",
        read=maybe_environment,
        synonyms=("ls",),
    ),
    Command(
        "show",
        "one certificate with its chain, pins and history",
        Group.CERTIFICATES,
        show,
        usage="LABEL [app/environment]",
        read=label,
    ),
    Command(
        "remove",
        "remove a certificate; asks first",
        Group.CERTIFICATES,
        ask_removal,
        usage="LABEL [app/environment]",
        read=label,
        synonyms=("rm", "delete"),
    ),
    Command(
        "restore",
        "bring back what was removed",
        Group.CERTIFICATES,
        restore,
        usage="LABEL [app/environment]",
        read=label,
        synonyms=("undelete",),
    ),
    Command(
        "rollback",
        "make an older version current again; asks first",
        Group.CERTIFICATES,
        ask_rollback,
        usage="LABEL [NUMBER] [app/environment]",
        read=_rollback,
        synonyms=("undo",),
    ),
    Command(
        "pin",
        "change which hosts and services a certificate is used for; or none",
        Group.CERTIFICATES,
        pin,
        usage="LABEL PINS… [app/environment]",
        read=_pins,
        synonyms=("pins",),
    ),
)
