"""`/cert env settings` and `/cert freeze`: an environment's calendar, owners and thresholds."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import BadSettings
from bot.desk.environments import freezes, settings
from bot.desk.environments.freezes import Frozen
from bot.desk.environments.settings import Changed
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.client import Paused
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.environments import messages, settings_modal
from bot.slack.environments.errors import under_fields
from bot.slack.kit import blocks, errors
from bot.slack.kit.errors import Voice
from store import Environment, Unavailable


def register_settings(app: AsyncApp, context: Context) -> None:
    """Listen for the button *Settings…*, and its form."""
    app.action("environment_settings")(acknowledged(context, ask))
    app.view("settings")(submission(context, save))


async def show_settings(call: Call, arguments: Arguments) -> None:
    """`/cert env settings`."""
    await _open(call, await settings.of(call.desk, await call.member(), call.channel, arguments.path or None))


async def ask(call: Call) -> None:
    """Open the form; the button's value is the environment."""
    await _open(call, await settings.of_id(call.desk, await call.member(), call.value))


async def _open(call: Call, environment: Environment) -> None:
    groups = await call.context.people.all_groups()
    await call.open(settings_modal.settings(environment, call.desk.policy.thresholds, groups))


async def save(call: Call) -> None:
    """Save the submitted form; a field that was left as shown keeps what is stored by now."""
    try:
        changed = await _change(call)
    except (BadSettings, Unavailable, Paused) as error:
        await _refused(call, error)
        return
    text = _said(call, changed)
    await call.answer("clear", late=text)
    await call.whisper_in(changed.environment.channel, blocks.say(text))


async def _refused(call: Call, error: BadSettings | Unavailable | Paused) -> None:
    """Show the error and keep what was typed, however long it took to find out."""
    text = _why(error, errors.PLAIN if call.in_form else errors.MARKED)
    await call.answer_errors(under_fields(error) if isinstance(error, BadSettings) else {call.first_field: text}, text)


def _why(error: BadSettings | Unavailable | Paused, voice: Voice) -> str:
    if isinstance(error, Paused):
        return errors.paused(error.seconds, voice)
    return errors.away(error) if isinstance(error, Unavailable) else errors.sentence(error, voice)


async def _change(call: Call) -> Changed:
    asked = settings_modal.changed(call.view, call.inputs)
    return await settings.change(call.desk, await call.member(), call.metadata, asked, people=call.context.people)


def _said(call: Call, changed: Changed) -> str:
    say = messages.settings_changed if changed.anything else messages.settings_unchanged
    return say(changed.environment, call.desk.policy.thresholds, call.desk.clock())


async def freeze(call: Call, arguments: Arguments) -> None:
    """`/cert freeze`: show, plan or end change freezes."""
    await call.respond(blocks.say(messages.freeze_answer(await _frozen(call, arguments))))


async def _frozen(call: Call, arguments: Arguments) -> Frozen:
    path = arguments.path or None
    if not arguments.rest:
        return await freezes.of(call.desk, call.channel, path)
    member = await call.member()
    first, *more = arguments.rest
    if first == "none":
        return await freezes.end(call.desk, member, call.channel, path, day=next(iter(more), None))
    (last,) = more
    return await freezes.add(call.desk, member, call.channel, path, first=first, last=last)


_BETWEEN = frozenset({"to", "until", "till", "-", "\N{EN DASH}", "\N{EM DASH}"})
_NONE = frozenset({"none", "off", "end"})


def _days(words: list[str]) -> Arguments | None:
    """Read two days, one, or "none" and perhaps one; and the environment, in which there is one slash."""
    path = words[-1] if words and words[-1].count("/") == 1 else ""
    days = [word for word in (words[:-1] if path else words) if word.lower() not in _BETWEEN]
    if len(days) > 2 or any(word.lower() in _NONE for word in days[1:]):
        return None
    if days and days[0].lower() in _NONE:
        return Arguments(path=path, rest=("none", *days[1:]))
    if len(days) == 1:
        days *= 2  # one day: its first is its last
    return Arguments(path=path, rest=tuple(days))


FREEZE_COMMANDS = (
    Command(
        "freeze",
        "no reminders on these days, as 2026-12-20 2027-01-05; none ends it",
        Group.RESTARTS,
        freeze,
        usage="[FROM [TO] | none [DAY]] [app/environment]",
        read=_days,
        synonyms=("freezes",),
    ),
)
SETTINGS_COMMANDS = (
    Command(
        "env settings",
        "when reminders come, who is mentioned, what is announced",
        Group.ENVIRONMENTS,
        show_settings,
        usage="[app/environment]",
        read=maybe_environment,
        synonyms=("env setting", "env set", "env config", "env schedule", "env owners"),
    ),
)
