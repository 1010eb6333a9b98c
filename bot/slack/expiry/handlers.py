"""The buttons *Seen* of an expiry warning and of the weekly list."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.expiry.seen import see_list, see_warning
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.listening import acknowledged
from bot.slack.kit import blocks, errors


def register_expiry(app: AsyncApp, context: Context) -> None:
    """Listen for the buttons."""
    app.action("expiry_seen")(acknowledged(context, seen))
    app.action("digest_seen")(acknowledged(context, list_seen))


async def seen(call: Call) -> None:
    """Mark a warning as seen; the button carries what it shows, and the outbox updates the message."""
    item, *marks = call.value.split(" ")
    if not await see_warning(call.desk, await call.member(), item, marks, channel=call.asked_in):
        await call.respond(blocks.say(errors.NOT_THERE))


async def list_seen(call: Call) -> None:
    """Mark the weekly list as seen; the button carries what the list shows."""
    item, *marks = call.value.split(" ")
    if not await see_list(call.desk, await call.member(), item, marks, channel=call.asked_in):
        await call.respond(blocks.say(errors.NOT_THERE))
