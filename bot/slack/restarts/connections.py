"""Connecting an environment to what can restart its app: which kind, then its credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import BadConnection
from bot.desk.restarts import connections as connecting
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import submission
from bot.slack.kit import blocks, errors
from bot.slack.restarts import connection_views, progress, progress_words
from store import Environment
from store.restarts import connections


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the three modals."""
    app.view("connect")(submission(room, choose))
    app.view("connect_mendix")(submission(room, connect_mendix))
    app.view("connect_webhook")(submission(room, connect_webhook))


async def ask(call: Call, command: Command) -> None:
    """`/cert env connect`."""
    environment = await connecting.propose(call.desk, await call.member(), call.channel, command.path or None)
    await call.open(connection_views.kind(environment))


async def choose(call: Call) -> None:
    """The kind was chosen: its own form takes the place of the question."""
    environment = await connecting.environment_of(call.desk, await call.member(), call.metadata)
    form = connection_views.webhook if call.typed("kind") == connections.WEBHOOK else connection_views.mendix
    await call.ack(response_action="update", view=form(environment))


async def connect_mendix(call: Call) -> None:
    """The form of a Mendix app was submitted."""

    async def connect() -> Environment:
        return await connecting.connect_mendix(
            call.desk,
            await call.member(),
            call.metadata,
            app=call.typed("app"),
            mode=call.typed("mode"),
            username=call.typed("username"),
            api_key=SecretStr(call.typed("api_key").strip()),
        )

    await _connect(call, connect)


async def connect_webhook(call: Call) -> None:
    """The form of a webhook was submitted."""

    async def connect() -> Environment:
        return await connecting.connect_webhook(
            call.desk,
            await call.member(),
            call.metadata,
            url=call.typed("url"),
            expect=call.typed("expect"),
            secret=SecretStr(call.typed("secret").strip()),
        )

    await _connect(call, connect)


async def disconnect(call: Call, command: Command) -> None:
    """`/cert env disconnect`."""
    gone = await connecting.disconnect(call.desk, await call.member(), call.channel, command.path or None)
    await call.respond(blocks.say(progress_words.disconnected(gone)))


async def _connect(call: Call, connect: Callable[[], Awaitable[Environment]]) -> None:
    """Keep it, close the window, and say what the platform answers: asking may take longer than Slack waits."""
    try:
        environment = await connect()
    except BadConnection as error:
        await call.ack(response_action="errors", errors={error.field: errors.sentence(error, errors.PLAIN)})
        return
    await call.ack(response_action="clear")
    connection = await connecting.connection_of(call.desk, environment.id)
    if connection is None:
        return
    tried = await connecting.attempt(call.desk, environment.id)
    more = [progress_words.tried(tried)] if tried else []
    if tried is None or not tried.trouble:
        more.append(progress_words.may_restart(environment))
    said = progress_words.connected(environment, connection)
    await call.whisper_in(environment.channel, progress.connected(said, *more))
