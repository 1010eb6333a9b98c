"""Environments: adding one by modal or command, moving it, its time zone, removing it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import AlreadyStored, DeskError, NoEnvironment
from bot.desk.deposit import forms, uploads
from bot.desk.environments import environments
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.certificates import messages, words
from bot.slack.deposit import modals
from bot.slack.deposit.handlers import title_of
from bot.slack.kit import blocks, errors
from bot.slack.kit.blocks import Message
from store import Environment


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the button that begins an environment, and its modal."""
    app.action("environment_add")(acknowledged(room, ask))
    app.view("environment")(submission(room, add_from_modal))


async def ask(call: Call) -> None:
    """The button: asks for path and time zone. Its value is the channel, or the upload that waits for it."""
    member = await call.member()
    member.must_manage()
    await call.open(modals.environment(call.value, zone=member.timezone))


async def add_from_modal(call: Call) -> None:
    """The modal: where a file waits for the environment, its own modal follows at once."""
    member, place = await call.member(), call.metadata
    is_channel = place[:1] in {"C", "D", "G"}
    channel = place if is_channel else (await uploads.get(call.desk, place)).channel
    try:
        added = await environments.add(call.desk, member, channel, call.typed("path"), call.typed("timezone") or None)
    except DeskError as error:
        field = errors.FIELDS.get(type(error), "")
        if field not in call.inputs:
            raise
        await call.ack(response_action="errors", errors={field: errors.sentence(error, errors.PLAIN)})
        return
    await _go_on(call, None if is_channel else place)
    await call.whisper_in(channel, _said(words.environment_added(added)))


async def _go_on(call: Call, upload_id: str | None) -> None:
    if upload_id is None:
        await call.ack(response_action="clear")
        return
    try:
        form = await forms.form(call.desk, upload_id, await call.member())
    except AlreadyStored:
        await call.ack(response_action="clear")
        return
    await call.ack(response_action="update", view=modals.dropped(form, title=title_of(form.upload.use)))


async def add(call: Call, command: Command) -> None:
    """`/cert env add`."""
    added = await environments.add(call.desk, await call.member(), call.channel, command.path, command.timezone or None)
    await call.whisper_in(call.channel, _said(words.environment_added(added)))


async def bind(call: Call, command: Command) -> None:
    """`/cert env bind`."""
    moved = await environments.bind(call.desk, await call.member(), call.channel, command.path)
    await call.whisper_in(call.channel, _said(words.environment_bound(moved)))


async def change_timezone(call: Call, command: Command) -> None:
    """`/cert env timezone`."""
    changed = await environments.set_timezone(
        call.desk, await call.member(), call.channel, command.path, command.timezone
    )
    await call.respond(_said(words.environment_zone(changed)))


async def remove(call: Call, command: Command) -> None:
    """`/cert env remove`."""
    gone: Environment = await environments.remove(call.desk, await call.member(), call.channel, command.path)
    await call.respond(_said(words.environment_removed(gone)))


async def listing(call: Call, _command: Command) -> None:
    """`/cert env list`."""
    here = await environments.listing(call.desk, call.channel)
    if not here:
        raise NoEnvironment
    await call.respond(messages.environments(here, call.desk.clock()))


def _said(text: str) -> Message:
    return blocks.say(text)
