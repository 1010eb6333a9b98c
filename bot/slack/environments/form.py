"""The form that adds an environment: opened for a channel, or for a file that waits for an environment."""

from __future__ import annotations

from bot.desk.base.errors import DeskError
from bot.desk.environments import environments
from bot.slack.bolt.call import Call
from bot.slack.kit import blocks, modals
from bot.slack.kit.blocks import View
from store import Environment

ENVIRONMENT_HINT = "app/environment, such as orders/production: lower-case letters, digits and dashes."
TIMEZONE_HINT = "Reminders come Monday to Friday at 09:00 in this zone; /cert env settings changes that."

ENVIRONMENT = "environment"


def environment_form(about: str, *, zone: str, callback_id: str = ENVIRONMENT) -> View:
    """Return the form that asks for path and time zone; ``about`` is the channel, or what waits for the environment."""
    asked = [
        blocks.input_(
            "path",
            "Environment",
            blocks.text_input(placeholder="orders/production", longest=81),
            hint=ENVIRONMENT_HINT,
        ),
        blocks.input_("timezone", "Time zone", blocks.text_input(initial=zone, longest=64), hint=TIMEZONE_HINT),
    ]
    return modals.form(callback_id, "Add an environment", asked, about=about)


async def add_typed(call: Call, channel: str) -> Environment | None:
    """Add the environment that was typed; None when its form was answered with an error under a field."""
    try:
        return await environments.add(
            call.desk, await call.member(), channel, call.typed("path"), call.typed("timezone") or None
        )
    except DeskError as error:
        await call.refuse_field(error)
        return None


def names_channel(about: str) -> bool:
    """Return whether a button or a form is about a channel; ids of uploads are lower-case hexadecimal."""
    return about[:1] in {"C", "D", "G"}
