"""From a dropped file, or `/cert add`, to the form of a deposit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.desk.base.desk import Desk
from bot.desk.base.errors import AlreadyStored
from bot.desk.deposit import forms, uploads
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.deposit import modals, submissions
from bot.slack.environments.form import add_typed, names_channel, open_form
from bot.slack.environments.messages import environment_added
from bot.slack.kit import blocks


def register_deposit(app: AsyncApp, context: Context) -> None:
    """Listen for dropped files, their buttons, and the modals of deposits."""

    async def already_noticed() -> None:
        """Do nothing: the row was written before the event was acknowledged (noticing), but Bolt wants a listener."""

    app.event("file_shared")(already_noticed)
    for action in ("upload_unlock", "upload_authority", "upload_combine"):
        app.action(action)(acknowledged(context, ask_about_file))
    app.action("expiry_replace")(acknowledged(context, replace))
    app.action("upload_environment")(acknowledged(context, ask_about_file))
    app.view("upload_environment")(submission(context, add_environment))
    # Offers and forms from before have the ids of an environment that is added by itself, with an upload's id in them.
    app.action("environment_add", matchers=[_clicked_for_file])(acknowledged(context, ask_about_file))
    app.view("environment", matchers=[_submitted_for_file])(submission(context, add_environment))
    app.view("deposit")(submission(context, submissions.deposit))
    app.view("authority")(submission(context, submissions.deposit_authorities))
    app.view("add")(submission(context, submissions.deposit_added))


def noticing(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return a middleware that commits a shared file's row before Bolt acknowledges the event.

    It runs ahead of authorization, whose failure bolt answers with 200: Slack would not deliver the event again.
    An error in here is answered with 500, and Slack does.
    """

    async def notice_file(body: dict[str, Any], next_: Callable[[], Awaitable[None]]) -> None:
        event = body.get("event") or {}
        if event.get("type") == "file_shared":
            file_id = event.get("file_id") or (event.get("file") or {}).get("id")
            channel, member = event.get("channel_id"), event.get("user_id")
            if file_id and channel and member:
                await uploads.notice(desk, file_id=str(file_id), channel=str(channel), member=str(member))
        await next_()

    return notice_file


async def ask_about_file(call: Call) -> None:
    """Open the form for a dropped file (the button of its offer), or first that of the environment it waits for."""
    form = await forms.form(call.desk, call.value, await call.member())
    if form.environments:
        await call.open(modals.dropped(form))
    else:
        await open_form(call, form.upload.channel, form.upload.id, "upload_environment")


async def add_environment(call: Call) -> None:
    """Add the environment that a dropped file waits for; the file's own form follows."""
    upload = await uploads.get(call.desk, call.metadata)
    added = await add_typed(call, upload.channel)
    if added is None:
        return
    try:
        form = await forms.form(call.desk, upload.id, await call.member())
    except AlreadyStored:
        await call.answer("clear")
    else:
        await call.answer("update", modals.dropped(form))
    await call.whisper_in(added.channel, blocks.say(environment_added(added)))


async def ask_for_files(call: Call, arguments: Arguments) -> None:
    """`/cert add`."""
    form = await forms.ask(call.desk, call.channel, await call.member(), environment=arguments.path or None)
    await call.open(modals.add(form, pages=bool(call.desk.pages_url)))


async def replace(call: Call) -> None:
    """Open the form for what follows the subject of an expiry warning (*Replace…*); a CA certificate has no label."""
    path, _, label = call.value.partition(" ")
    form = await forms.ask(call.desk, call.channel, await call.member(), environment=path)
    await call.open(modals.replace(form, label) if label else modals.add(form))


async def _clicked_for_file(body: dict[str, Any]) -> bool:
    return not names_channel(str(body["actions"][0].get("value") or ""))


async def _submitted_for_file(body: dict[str, Any]) -> bool:
    return not names_channel(str(body["view"].get("private_metadata") or ""))


DEPOSIT_COMMANDS = (
    Command(
        "add",
        "add a certificate; its file is never posted in a channel",
        Group.CERTIFICATES,
        ask_for_files,
        usage="[app/environment]",
        read=maybe_environment,
        synonyms=("upload",),
    ),
)
