"""The form that adds an environment: opened for a channel, or for a file that waits for an environment."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.base.errors import DeskError
from bot.desk.environments import environments
from bot.slack.bolt.call import Call
from bot.slack.kit import blocks, errors, modals
from bot.slack.kit.blocks import View
from store import Environment

ENVIRONMENT_HINT = "app/environment, such as orders/production: lower-case letters, digits and dashes."
TIMEZONE_HINT = "Reminders come Monday to Friday at 09:00 in this zone; /cert env settings changes that."

ENVIRONMENT = "environment"
_SHARED = "shared"


def shared_with(companies: Sequence[str]) -> str:
    """Return what it means that other companies share a channel."""
    return (
        f"*This channel is shared with {errors.named(companies, errors.MARKED)}.* Their people read every card and "
        "reminder here, and can download what is dropped here."
    )


async def open_form(call: Call, channel: str, about: str, callback_id: str = ENVIRONMENT) -> None:
    """Open the form that adds an environment to ``channel``; it says with whom the channel is shared."""
    member = await call.member()
    member.must_manage()
    companies = await member.channels.companies(channel) if not channel.startswith("D") else ()
    await call.open(environment_form(about, zone=member.timezone, companies=companies, callback_id=callback_id))


def environment_form(about: str, *, zone: str, companies: Sequence[str] = (), callback_id: str = ENVIRONMENT) -> View:
    """Return the form that asks for path and time zone; ``about`` is the channel, or what waits for the environment."""
    asked = [
        *([blocks.section(shared_with(companies), block_id=_SHARED)] if companies else []),
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
            call.desk,
            await call.member(),
            channel,
            call.typed("path"),
            call.typed("timezone") or None,
            # Whoever submits the form has read there with whom.
            shared=any(block.get("block_id") == _SHARED for block in call.view["blocks"]),
        )
    except DeskError as error:
        await call.refuse_field(error)
        return None


def names_channel(about: str) -> bool:
    """Return whether a button or a form is about a channel; ids of uploads are lower-case hexadecimal."""
    return about[:1] in {"C", "D", "G"}
