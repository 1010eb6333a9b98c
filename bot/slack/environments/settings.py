"""`/cert env settings` and `/cert freeze`: when an environment hears of things, and who is called."""

from __future__ import annotations

import asyncio

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import BadSettings
from bot.desk.environments import freezes
from bot.desk.environments import settings as schedules
from bot.desk.environments.freezes import Frozen
from bot.desk.environments.settings import MOST_OWNERS, Changed, Setting
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.client import Paused
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.deposit import modals
from bot.slack.environments import schedule_words, settings_modal
from bot.slack.kit import blocks, errors
from bot.slack.kit.errors import Voice
from store import Environment, Unavailable


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the button Settings…, and its modal."""
    app.action("environment_settings")(acknowledged(room, ask))
    app.view("settings")(submission(room, save))


async def settings(call: Call, command: Command) -> None:
    """`/cert env settings`."""
    await _open(call, await schedules.of(call.desk, await call.member(), call.channel, command.path or None))


async def ask(call: Call) -> None:
    """The button: its value is the environment."""
    await _open(call, await schedules.of_id(call.desk, await call.member(), call.value))


async def _open(call: Call, place: Environment) -> None:
    await call.open(settings_modal.settings(place, call.desk.policy.thresholds))


async def save(call: Call) -> None:
    """The modal was submitted; what the person left as it was shown stays as it is by now."""
    work = asyncio.create_task(_change(call))
    if not await call.in_time(work):
        await call.ack(response_action="update", view=settings_modal.noted(call.view, schedule_words.SAVING))
    try:
        changed = await work
    except (BadSettings, Unavailable, Paused) as error:
        await _refused(call, error)
        return
    text = _said(call, changed)
    if call.ack.response is None:
        await call.ack(response_action="clear")
    else:
        await call.update(modals.notice(text))
    await call.whisper_in(changed.environment.channel, blocks.say(text))


async def _refused(call: Call, error: BadSettings | Unavailable | Paused) -> None:
    """What was typed stays in the form, however long it took to find out that it cannot be so."""
    if call.ack.response is not None:
        text = _why(error, errors.MARKED)
        if not await call.update(settings_modal.noted(call.view, text)):
            await call.respond(blocks.say(text))
    elif isinstance(error, BadSettings):
        await call.ack(response_action="errors", errors=errors.under_fields(error))
    else:
        await call.tell_in_form(_why(error, errors.PLAIN))


def _why(error: BadSettings | Unavailable | Paused, voice: Voice) -> str:
    if isinstance(error, Paused):
        return errors.paused(error.seconds, voice)
    return errors.away(error) if isinstance(error, Unavailable) else errors.sentence(error, voice)


async def _change(call: Call) -> Changed:
    asked = settings_modal.changed(call.view, call.inputs)
    chosen = await asyncio.gather(*map(call.room.people.member, asked.get(Setting.OWNERS, ())[:MOST_OWNERS]))
    return await schedules.change(call.desk, await call.member(), call.metadata, asked, chosen=chosen)


def _said(call: Call, changed: Changed) -> str:
    say = schedule_words.settings_changed if changed.anything else schedule_words.settings_unchanged
    return say(changed.environment, call.desk.policy.thresholds, call.desk.clock())


async def freeze(call: Call, command: Command) -> None:
    """`/cert freeze`: shows, plans or ends."""
    await call.respond(blocks.say(schedule_words.freezes_now(await _frozen(call, command))))


async def _frozen(call: Call, command: Command) -> Frozen:
    path = command.path or None
    if not command.rest:
        return await freezes.of(call.desk, call.channel, path)
    member = await call.member()
    first, *more = command.rest
    if first == "none":
        return await freezes.end(call.desk, member, call.channel, path, day=next(iter(more), None))
    (last,) = more
    return await freezes.add(call.desk, member, call.channel, path, first=first, last=last)
