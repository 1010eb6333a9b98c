"""Buttons and menu of a certificate's card: each choice asks what the command of its name asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import DeskError
from bot.desk.certificates import inventory, versions
from bot.desk.certificates.pins import pin_text
from bot.slack.bolt.arguments import Arguments
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.certificates import handlers, messages
from bot.slack.kit import blocks, modals
from bot.slack.kit.blocks import View
from store import Version

PINS_HINT = (
    'Host names, services or identifiers, one a line: partner.example, Module.Service, "Bank prod". '
    "Left empty, it has no pins."
)
SAVE = "Save"


def register_card_menu(app: AsyncApp, context: Context) -> None:
    """Listen for *Details*, for the menu, and for the form that *Pins…* opens."""
    app.action("card_details")(acknowledged(context, details))
    app.action("card_menu", matchers=[chosen("rollback")])(acknowledged(context, roll_back))
    app.action("card_menu", matchers=[chosen("pins")])(acknowledged(context, ask_pins))
    app.action("card_menu", matchers=[chosen("remove")])(acknowledged(context, remove))
    app.view("pins")(submission(context, save_pins))


def chosen(word: str) -> Callable[[dict[str, Any]], Awaitable[bool]]:
    """Return a matcher for a choice of the menu: its value is ``WORD:VERSION``."""

    async def matches(body: dict[str, Any]) -> bool:
        value = (body["actions"][0].get("selected_option") or {}).get("value") or ""
        return str(value).partition(":")[0] == word

    return matches


async def details(call: Call) -> None:
    """Show the version of the card in full (*Details*)."""
    found = await inventory.details(call.desk, call.value, call.channel)
    chain = found.target.chain_names if isinstance(found.target, Version) else ()
    await call.respond(messages.shown(found, chain, call.desk.clock()))


async def roll_back(call: Call) -> None:
    """Ask as `/cert rollback` does (*Roll back…*)."""
    await handlers.ask_rollback(call, await arguments(call))


async def remove(call: Call) -> None:
    """Ask as `/cert remove` does (*Remove…*)."""
    await handlers.ask_removal(call, await arguments(call))


async def arguments(call: Call) -> Arguments:
    """Return the label and the environment of the card whose menu was used."""
    found = await inventory.details(call.desk, call.value.partition(":")[2], call.channel)
    label = found.target.label if isinstance(found.target, Version) else found.target.name
    return Arguments(label=label, path=found.environment.path)


async def ask_pins(call: Call) -> None:
    """Open the form with the pins as they are (*Pins…*)."""
    member = await call.member()
    member.must_manage()
    version_id = call.value.partition(":")[2]
    found = await inventory.details(call.desk, version_id, call.channel)
    await call.open(_pins_form(version_id, found.target.pins if isinstance(found.target, Version) else ()))


def _pins_form(version_id: str, pins: tuple[str, ...]) -> View:
    field = blocks.text_input(multiline=True, initial="\n".join(map(pin_text, pins)))
    asked = [blocks.input_("pins", "Pins", field, hint=PINS_HINT, optional=True)]
    return modals.form("pins", "Pins", asked, about=version_id, submit=SAVE)


async def save_pins(call: Call) -> None:
    """Pin the certificate as the form says."""
    found = await inventory.details(call.desk, call.metadata)
    label = found.target.label if isinstance(found.target, Version) else ""
    place, member = found.environment, await call.member()
    pins = call.typed("pins").strip() or versions.NO_PINS
    try:
        done = await versions.pin(call.desk, member, place.channel, label, pins=pins, path=place.path)
    except DeskError as error:
        await call.refuse_field(error)
        return
    await call.answer("clear")
    await call.whisper_in(place.channel, blocks.say(handlers.pinned_text(done.version, done.environment)))
