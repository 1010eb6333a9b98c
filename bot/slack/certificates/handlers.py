"""What there is: overview, list, one thing in full, and removing it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.certificates import inspect_authorities
from bot.desk.base.desk import Desk
from bot.desk.certificates import inventory
from bot.desk.outbox import stuck
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged
from bot.slack.certificates import messages, words
from bot.slack.kit import blocks
from store import Authority, Version


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the two buttons under the question whether to remove."""
    app.action("remove_yes")(acknowledged(room, remove))
    app.action("remove_no")(acknowledged(room, keep))


async def overview(call: Call, _command: Command) -> None:
    """`/cert` alone."""
    found = await inventory.overview(call.desk, call.channel)
    if not found:
        await call.respond(messages.hello(call.channel))
        return
    late = await stuck.of(call.desk, [one.environment for one in found])
    shown = stuck.shown_to(await call.member(), late) if late else []
    await call.respond(messages.overview(found, call.desk.clock(), shown))


async def listed(call: Call, command: Command) -> None:
    """`/cert list`: one environment where it is named, else all of the channel."""
    found = await inventory.listed(call.desk, call.channel, command.path or None)
    await call.respond(messages.listed(found, call.desk.clock()))


async def show(call: Call, command: Command) -> None:
    """`/cert show`."""
    found = await inventory.show(call.desk, call.channel, command.label, command.path or None)
    chain = chain_names(call.desk, found.target) if isinstance(found.target, Version) else ()
    await call.respond(messages.shown(found, chain, call.desk.clock()))


async def ask_removal(call: Call, command: Command) -> None:
    """`/cert remove`: asks first."""
    removal = await inventory.propose_removal(
        call.desk, await call.member(), call.channel, command.label, command.path or None
    )
    await call.respond(messages.ask_removal(removal))


async def remove(call: Call) -> None:
    """Yes, remove it."""
    kind, _, id_ = call.value.partition(":")
    gone = await inventory.remove(call.desk, await call.member(), call.channel, kind, id_)
    name = gone.target.label if isinstance(gone.target, Version) else gone.target.name
    await call.respond(blocks.say(words.removed(name, gone.environment, call.member_id)), replace=True)


async def keep(call: Call) -> None:
    """No, keep it."""
    await call.respond(blocks.say(words.REMOVED_NOT), replace=True)


def earliest_name(desk: Desk, target: Version | Authority) -> str:
    """What the certificate of the chain is called that ends before the client certificate does; empty for none."""
    if isinstance(target, Authority) or target.effective_end >= target.not_after:
        return ""
    chain = inspect_authorities(target.chain_der, desk.context()).shown
    return next((one.name for one in chain if one.not_after == target.effective_end), "a certificate")


def chain_names(desk: Desk, version: Version) -> tuple[str, ...]:
    """What the chain's certificates are called, from the leaf's issuer upwards. They were checked when deposited."""
    if not version.chain_der:
        return ()
    return tuple(one.name for one in inspect_authorities(version.chain_der, desk.context()).shown)
