"""A practice workspace with a bot in it that is slack_bolt's own; nothing of Certdesk's takes part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import CommandHint, SampleFile, Workspace

ALICE, BOB, DAVE = "U0ALICE", "U0BOB", "U0DAVE"
ORDERS, GENERAL = "C0ORDERS", "C0GENERAL"
SCOPES = frozenset({"commands", "chat:write", "files:read", "files:write", "users:read", "channels:read"})

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Practice:
    """The workspace, and the bot in it: tests add listeners to ``bot``."""

    workspace: Workspace
    bot: AsyncApp

    @property
    def client(self) -> AsyncWebClient:
        return self.bot.client


@asynccontextmanager
async def open_workspace(**settings: Any) -> AsyncIterator[Workspace]:
    """A listening workspace with one sample file and one command."""
    workspace = Workspace(
        signing_secret="signing",
        bot_token="xoxb-practice",
        app_token="xapp-practice",
        scopes=SCOPES,
        samples=[SampleFile("a b.pfx", b"sample", "A sample.")],
        commands=[CommandHint("/cert list", "", "Lists.")],
        **settings,
    )
    await workspace.start()
    try:
        yield workspace
    finally:
        await workspace.stop()


@asynccontextmanager
async def open_practice(*, socket_mode: bool = False, **settings: Any) -> AsyncIterator[Practice]:
    """A workspace, and a bot that it reaches over signed HTTP or over Socket Mode."""
    async with open_workspace(**settings) as workspace, aiohttp.ClientSession() as http:
        client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, session=http)
        bot = AsyncApp(client=client, signing_secret=workspace.signing_secret)
        line = _socket(workspace, bot) if socket_mode else _http(workspace, bot)
        async with line:
            yield Practice(workspace, bot)


@asynccontextmanager
async def _http(workspace: Workspace, bot: AsyncApp) -> AsyncIterator[None]:
    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bot.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    async with serving(app) as address:
        workspace.bot_url = f"{address}/slack/events"
        yield


@asynccontextmanager
async def _socket(workspace: Workspace, bot: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(bot, workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # bolt leaves it so
    try:
        await workspace.wait_for(lambda: workspace.sockets.connected)
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # bolt leaves it so


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve ``app`` on a free port of loopback; its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_listening(handler: Handler, **settings: Any) -> AsyncIterator[Workspace]:
    """A workspace whose bot is one bare handler."""
    app = web.Application()
    app.router.add_post("/", handler)
    async with open_workspace(**settings) as workspace, serving(app) as address:
        workspace.bot_url = f"{address}/"
        yield workspace


async def opened(practice: Practice, view: Json) -> str:
    """Open a view for Alice; its id."""
    trigger = practice.workspace.permissions.trigger(ALICE)
    return str((await practice.client.views_open(trigger_id=trigger, view=view))["view"]["id"])


async def pushed(practice: Practice, view: Json) -> str:
    """Push a view onto Alice's; its id."""
    trigger = practice.workspace.permissions.trigger(ALICE)
    return str((await practice.client.views_push(trigger_id=trigger, view=view))["view"]["id"])


async def refusal(call: Any) -> str:
    """Slack's name for why it refuses the call."""
    try:
        await call
    except SlackApiError as error:
        return str(error.response["error"])
    return "not refused"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "press", text: str = "Press", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements) or [button()], **more}


def text_input(block_id: str = "name", *, optional: bool = False, **element: Any) -> Json:
    made = {"type": "plain_text_input", "action_id": "value", **element}
    return {"type": "input", "block_id": block_id, "label": plain("Name"), "optional": optional, "element": made}


def menu(*values: str, kind: str = "static_select", **more: Any) -> Json:
    options = [{"text": plain(value.upper()), "value": value} for value in values]
    return {"type": kind, "action_id": "choose", "options": options, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("A form"), "submit": plain("Send"), "blocks": list(blocks), **more}
