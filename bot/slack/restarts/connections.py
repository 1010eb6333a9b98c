"""Connecting an environment to Mendix Cloud or a webhook: the kind, then its credentials.

A secret is asked for and never put back into a form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import BadConnection
from bot.desk.restarts import connections
from bot.desk.restarts.connections import Tried
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import submission
from bot.slack.kit import blocks, errors, modals
from bot.slack.kit.blocks import View
from bot.slack.kit.escape import code
from bot.slack.restarts import progress
from bot.slack.restarts.platform_errors import why
from store import AppState, Connection, Environment
from store.restarts.connections import MENDIX, WEBHOOK

NEXT, CONNECT = "Next", "Connect"
APP_HINT = "The app's subdomain: orders for orders.mendixcloud.com."
MODE_HINT = "Test, Acceptance, Production, or the name of a flexible environment."
USERNAME_HINT = "The login name of the Mendix account whose API key this is."
SEALED = (
    "Slack cannot mask what you type: it can be read on your screen. "
    "It is encrypted like a private key and never shown again."
)
API_KEY_HINT = "Made in the Mendix Portal under User Settings, API Keys. " + SEALED
URL_HINT = "https, without a user name or password in it. Redirects are not followed."
SECRET_HINT = "At least 16 characters, known to the pipeline as well: it signs what I send. " + SEALED
EXPECT_HINT = "A text that the answer must hold. Left empty, a status from 200 to 299 is enough."

TITLE = "Connect an app"
CHOOSE_KIND = "What restarts this app when somebody clicks *Restart now…*?"
MENDIX_ABOUT = (
    "I stop the app, start it and watch it, with the API key of a Mendix account that has *API Rights* and *Transport "
    "Rights* in this environment. Best is an account that nobody uses for anything else."
)
WEBHOOK_ABOUT = (
    "I send one signed POST to your pipeline, which restarts the app. How the signature is checked, and what I "
    "understand as an answer, stands in Certdesk's README."
)
_NAMES = {MENDIX: "the Mendix Deploy API", WEBHOOK: "a webhook"}


def register_connections(app: AsyncApp, context: Context) -> None:
    """Listen for the three modals."""
    app.view("connect")(submission(context, choose))
    app.view("connect_mendix")(submission(context, connect_mendix))
    app.view("connect_webhook")(submission(context, connect_webhook))


async def ask(call: Call, arguments: Arguments) -> None:
    """`/cert env connect`."""
    environment = await connections.propose(call.desk, await call.member(), call.channel, arguments.path or None)
    await call.open(kind_form(environment))


async def choose(call: Call) -> None:
    """Replace the question by the form of the kind that was chosen."""
    environment = await connections.environment_of(call.desk, await call.member(), call.metadata)
    form = webhook_form if call.typed("kind") == WEBHOOK else mendix_form
    await call.ack(response_action="update", view=form(environment))


async def connect_mendix(call: Call) -> None:
    """Connect a Mendix app: its form was submitted."""

    async def connect() -> Environment:
        return await connections.connect_mendix(
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
    """Connect a webhook: its form was submitted."""

    async def connect() -> Environment:
        return await connections.connect_webhook(
            call.desk,
            await call.member(),
            call.metadata,
            url=call.typed("url"),
            expect=call.typed("expect"),
            secret=SecretStr(call.typed("secret").strip()),
        )

    await _connect(call, connect)


async def disconnect(call: Call, arguments: Arguments) -> None:
    """`/cert env disconnect`."""
    gone = await connections.disconnect(call.desk, await call.member(), call.channel, arguments.path or None)
    await call.respond(blocks.say(disconnected(gone)))


async def _connect(call: Call, connect: Callable[[], Awaitable[Environment]]) -> None:
    """Store it, close the form, then tell what the platform answers: that may take longer than Slack waits."""
    try:
        environment = await connect()
    except BadConnection as error:
        await call.ack(response_action="errors", errors={error.field: errors.sentence(error, errors.PLAIN)})
        return
    await call.ack(response_action="clear")
    connection = await connections.connection_of(call.desk, environment.id)
    if connection is None:
        return
    attempt = await connections.attempt(call.desk, environment.id)
    more = [tried(attempt)] if attempt else []
    if attempt is None or not attempt.trouble:
        more.append(may_restart(environment))
    said = blocks.say(connected(environment, connection), *(blocks.section(one) for one in more))
    await call.whisper_in(environment.channel, said)


def kind_form(environment: Environment) -> View:
    """Return the form that asks what restarts the app."""
    choices = [
        blocks.option("Mendix Cloud", MENDIX, about="I stop and start it through the Deploy API"),
        blocks.option("A webhook", WEBHOOK, about="I ask your own pipeline to restart it"),
    ]
    asked = [
        blocks.section(f"*{environment.path}*\n{CHOOSE_KIND}"),
        blocks.input_("kind", "Restarted through", blocks.radio(choices, chosen=MENDIX)),
    ]
    return modals.form("connect", TITLE, asked, about=environment.id, submit=NEXT)


def mendix_form(environment: Environment) -> View:
    """Return the form for an app of Mendix Cloud, and an account that may restart it."""
    mode = environment.name.capitalize() if environment.name in {"test", "acceptance", "production"} else ""
    asked = [
        blocks.section(f"*{environment.path}*\n{MENDIX_ABOUT}"),
        blocks.input_("app", "App id", blocks.text_input(initial=environment.app, longest=63), hint=APP_HINT),
        blocks.input_("mode", "Environment", blocks.text_input(initial=mode, longest=40), hint=MODE_HINT),
        blocks.input_("username", "User name", blocks.text_input(longest=200), hint=USERNAME_HINT),
        blocks.input_("api_key", "API key", blocks.text_input(longest=200), hint=API_KEY_HINT),
    ]
    return modals.form("connect_mendix", TITLE, asked, about=environment.id, submit=CONNECT)


def webhook_form(environment: Environment) -> View:
    """Return the form for a webhook's address, and the secret that its receiver knows."""
    asked = [
        blocks.section(f"*{environment.path}*\n{WEBHOOK_ABOUT}"),
        blocks.input_(
            "url",
            "Address",
            blocks.text_input(placeholder="https://pipeline.example/restart", longest=500),
            hint=URL_HINT,
        ),
        blocks.input_("secret", "Secret", blocks.text_input(longest=200), hint=SECRET_HINT),
        blocks.input_(
            "expect", "Expected in the answer", blocks.text_input(longest=200), hint=EXPECT_HINT, optional=True
        ),
    ]
    return modals.form("connect_webhook", TITLE, asked, about=environment.id, submit=CONNECT)


def connected(environment: Environment, connection: Connection) -> str:
    """Return how an environment is connected, without a secret."""
    settings = connection.settings
    if connection.kind == WEBHOOK:
        return f"*{environment.path}* is connected to the webhook {code(settings['url'], 120)}."
    place = f"app {code(settings['app'], 63)}, environment {code(settings['mode'], 40)}"
    return f"*{environment.path}* is connected to {_NAMES[connection.kind]}: {place}."


def may_restart(environment: Environment) -> str:
    """Return what a new connection makes possible."""
    return f"`/cert restart now {environment.path}` restarts it, and so does *{progress.RESTART_NOW}* on its reminders."


def tried(one: Tried) -> str:
    """Return what the platform answered when the connection was tried."""
    if one.trouble:
        return f"*It does not work yet.* {why(one.trouble)}"
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
