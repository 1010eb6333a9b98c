"""Connecting an environment to a platform that restarts its app: which one, then its settings and its secret.

A secret is asked for and never put back into a form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import BadConnection
from bot.desk.base.platforms import Field, PlatformKind
from bot.desk.restarts import connections
from bot.desk.restarts.connections import Tried
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import submission
from bot.slack.kit import blocks, errors, modals
from bot.slack.kit.blocks import Block, View
from bot.slack.kit.escape import code
from bot.slack.restarts import progress
from bot.slack.restarts.platform_errors import why
from store import AppState, Connection, Environment

NEXT, CONNECT = "Next", "Connect"
TITLE = "Connect an app"
CHOOSE_KIND = "What restarts this app when somebody clicks *Restart now…*?"


def register_connections(app: AsyncApp, context: Context) -> None:
    """Listen for the modal that asks for the platform, and for the form of each platform."""
    app.view("connect")(submission(context, choose))
    for kind in context.desk.platforms.kinds:
        app.view(_form_id(kind))(submission(context, _connecting(kind)))


def _connecting(kind: PlatformKind) -> Callable[[Call], Awaitable[None]]:
    async def connect_platform(call: Call) -> None:
        await connect(call, kind)

    return connect_platform


def _form_id(kind: PlatformKind) -> str:
    return f"connect_{kind.name}"


async def ask(call: Call, arguments: Arguments) -> None:
    """`/cert env connect`."""
    environment = await connections.propose(call.desk, await call.member(), call.channel, arguments.path or None)
    await call.open(kind_form(environment, call.desk.platforms.kinds))


async def choose(call: Call) -> None:
    """Replace the question by the form of the platform that was chosen."""
    environment = await connections.environment_of(call.desk, await call.member(), call.metadata)
    kind = call.desk.platforms.kind(call.typed("kind"))
    await call.answer("update", connection_form(environment, kind))


async def connect(call: Call, kind: PlatformKind) -> None:
    """Store what was typed and close the form, then tell what the platform answers: Slack may not wait so long."""
    given = {field.name: call.typed(field.name) for field in kind.fields}
    secret = SecretStr(call.typed(kind.secret.name))
    try:
        environment = await connections.connect(
            call.desk, await call.member(), call.metadata, kind, given=given, secret=secret
        )
    except BadConnection as error:
        await call.answer_errors({error.field: errors.sentence(error, errors.PLAIN)})
        return
    await call.answer("clear")
    connection = await connections.connection_of(call.desk, environment.id)
    if connection is None:
        return
    attempt = await connections.attempt(call.desk, environment.id)
    more = [tried(attempt, kind)] if attempt else []
    if attempt is None or not attempt.trouble:
        more.append(may_restart(environment))
    said = blocks.say(connected(environment, connection, kind), *(blocks.section(one) for one in more))
    await call.whisper_in(environment.channel, said)


async def disconnect(call: Call, arguments: Arguments) -> None:
    """`/cert env disconnect`."""
    gone = await connections.disconnect(call.desk, await call.member(), call.channel, arguments.path or None)
    await call.respond(blocks.say(disconnected(gone)))


def kind_form(environment: Environment, kinds: Sequence[PlatformKind]) -> View:
    """Return the form that asks what restarts the app."""
    choices = [blocks.option(one.words.title, one.name, about=one.words.summary) for one in kinds]
    asked = [
        blocks.section(f"*{environment.path}*\n{CHOOSE_KIND}"),
        blocks.input_("kind", "Restarted through", blocks.radio(choices, chosen=kinds[0].name)),
    ]
    return modals.form("connect", TITLE, asked, about=environment.id, submit=NEXT)


def connection_form(environment: Environment, kind: PlatformKind) -> View:
    """Return the form for a platform's settings, and the secret that it is used with."""
    asked = [_input(field, environment) for field in (*kind.fields, kind.secret)]
    intro = blocks.section(f"*{environment.path}*\n{kind.words.about}")
    return modals.form(_form_id(kind), TITLE, [intro, *asked], about=environment.id, submit=CONNECT)


def _input(field: Field, environment: Environment) -> Block:
    typed = blocks.text_input(
        initial=field.suggested(environment), placeholder=field.placeholder, longest=field.longest
    )
    return blocks.input_(field.name, field.label, typed, hint=field.hint, optional=field.is_optional)


def connected(environment: Environment, connection: Connection, kind: PlatformKind) -> str:
    """Return how an environment is connected, without a secret."""
    details = ", ".join(f"{name} {code(value, 120)}" for name, value in kind.details(connection.settings).items())
    return f"*{environment.path}* is connected to {kind.words.api}: {details}."


def may_restart(environment: Environment) -> str:
    """Return what a new connection makes possible."""
    return f"`/cert restart now {environment.path}` restarts it, and so does *{progress.RESTART_NOW}* on its reminders."


def tried(one: Tried, kind: PlatformKind) -> str:
    """Return what the platform answered when the connection was tried."""
    if one.trouble:
        return f"*It does not work yet.* {why(one.trouble, kind.words)}"
    said = {AppState.RUNNING: "runs", AppState.STOPPED: "is stopped"}.get(one.state)
    return f"I tried it: the app {said}." if said else "I tried it: it answers, but does not say whether the app runs."


def disconnected(environment: Environment) -> str:
    """Return the answer to `/cert env disconnect`."""
    return f"*{environment.path}* is no longer connected. Its credentials are deleted."


CONNECTION_COMMANDS = (
    Command(
        "env connect",
        "say what restarts the app: Mendix Cloud, or a webhook",
        Group.RESTARTS,
        ask,
        usage="[app/environment]",
        read=maybe_environment,
    ),
    Command(
        "env disconnect",
        "forget the credentials that it is restarted with",
        Group.RESTARTS,
        disconnect,
        usage="[app/environment]",
        read=maybe_environment,
    ),
)
