"""The buttons of a warning that something ends, and of the weekly list."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.deposit import forms
from bot.desk.expiry.seen import see_list, see_warning
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.listening import acknowledged
from bot.slack.deposit import modals
from bot.slack.kit import blocks, errors


def register(app: AsyncApp, room: Room) -> None:
    """Listen for them."""
    app.action("expiry_replace")(acknowledged(room, replace))
    app.action("expiry_seen")(acknowledged(room, seen))
    app.action("digest_seen")(acknowledged(room, list_seen))


async def replace(call: Call) -> None:
    """The button Replace…: the modal of `/cert add`, for that label of that environment."""
    path, _, label = call.value.partition(" ")
    form = await forms.ask(call.desk, call.channel, await call.member(), environment=path)
    await call.open(modals.add(form, label=label))


async def seen(call: Call) -> None:
    """The button Seen: the message itself is brought up to date by the due queue."""
    if not await see_warning(call.desk, await call.member(), call.value, channel=call.asked_in):
        await call.respond(blocks.say(errors.NOT_THERE))


async def list_seen(call: Call) -> None:
    """The button Seen of the weekly list, which carries what it shows."""
    item, *marks = call.value.split(" ")
    if not await see_list(call.desk, await call.member(), item, marks, channel=call.asked_in):
        await call.respond(blocks.say(errors.NOT_THERE))
