"""The bot's Slack side on a real desk, against the practice workspace: what a person would do and see there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request

from bot.desk.base.desk import Desk, Policy
from bot.desk.base.platforms import PlatformKind, Platforms
from bot.desk.kinds import KINDS
from bot.desk.opener.pool import Opener
from bot.desk.outbox.runner import run_due
from bot.desk.restarts.performer import Performer
from bot.desk.restarts.steps import Pace
from bot.platforms import open_session, restart_platforms
from bot.slack import SCOPES, Client, InFlight, QueueClient, SlackFiles, build, build_courier
from bot.slack.outbox.courier import Courier
from bot.workspace import Workspace
from bot.workspace.deploy_api import DeployApi
from store import KeyRing, open_store, queue
from tests.leaks import leaked, said_by_the_bot
from tests.patience import PATIENCE_SECONDS

ALICE, BOB, DAVE = "U0ALICE", "U0BOB", "U0DAVE"
ORDERS, GENERAL = "C0ORDERS", "C0GENERAL"
PRODUCTION = "orders/production"

Json = dict[str, Any]


@dataclass
class Office:
    """A workspace, the desk behind the bot, and short words for what people do."""

    workspace: Workspace
    desk: Desk
    tracker: InFlight
    cloud: DeployApi

    async def cert(self, text: str = "", *, member: str = ALICE, channel: str = ORDERS) -> Json:
        """Type `/cert …`, and wait for the answer that this member alone sees.

        That a key is still in the channel is said when it is due, and answers nothing.
        """
        before = len(self.workspace.ephemerals(member, channel))
        result = await self.workspace.command(member, channel, f"/cert {text}".rstrip())
        assert result.ok, result.error

        def answers() -> list[Json]:
            new = self.workspace.ephemerals(member, channel)[before:]
            return [message for message in new if "its private key is still in this channel" not in shown(message)]

        await self.workspace.wait_for(answers)
        return answers()[-1]

    async def whispered(self, member: str = ALICE, *, channel: str = ORDERS, after: int = 0, text: str = "") -> Json:
        """Wait for a message to this member alone beyond the first ``after``, holding ``text``; the newest of them."""

        def found() -> list[Json]:
            new = self.workspace.ephemerals(member, channel)[after:]
            return [message for message in new if text in shown(message)]

        await self.workspace.wait_for(found)
        return found()[-1]

    async def posted(self, text: str, *, channel: str = ORDERS) -> Json:
        """Wait for a message in the channel that holds ``text``; the newest such."""

        def found() -> list[Json]:
            return [message for message in self.workspace.messages(channel) if text in shown(message)]

        await self.workspace.wait_for(found)
        return found()[-1]

    async def days_pass(self, found: Callable[[], Any], *, most: int = 4) -> None:
        """Move the clock a day at a time until ``found()``: a working day has begun then, whichever day today is."""
        for _ in range(most):
            self.workspace.clock.advance(timedelta(days=1))
            with suppress(TimeoutError):
                await self.workspace.wait_for(found, 3)
                return
        assert found()

    async def click(self, message: Json, action: str, *, member: str = ALICE) -> None:
        """Press a button under a message."""
        ack = await self.workspace.click(member, message["ts"], action)
        assert ack.ok, ack.error

    async def modal(self, title: str = "", *, member: str = ALICE) -> Json:
        """Wait until the view on top has this title."""

        def top() -> Json | None:
            views = self.workspace.views(member)
            return views[-1] if views and title in views[-1]["title"]["text"] else None

        found: Json = await self.workspace.wait_for(top)
        return found

    async def fill(self, values: Json, *, member: str = ALICE, files: list[tuple[str, bytes]] | None = None) -> Any:
        """Type into the view on top, and submit it."""
        view = self.workspace.views(member)[-1]
        typed = {name: {"value": value} for name, value in values.items()}
        given = {"files": {"value": files}} if files else None
        return await self.workspace.submit(member, view["id"], typed, given)

    async def production(self) -> None:
        """Add orders/production to #orders."""
        await self.cert(f"env add {PRODUCTION} Europe/Berlin")

    async def unlocked(self, data: bytes, *, name: str = "partner.pfx") -> Json:
        """Drop a file, and click what is offered; the modal."""
        await self.workspace.drop_file(ALICE, ORDERS, name, data)
        offer = await self.whispered(text=name)
        await self.click(offer, buttons(offer)[0])
        return await self.modal()


def shown(thing: Any) -> str:
    """Everything that was sent, as text."""
    return json.dumps(thing, ensure_ascii=False)


def buttons(message: Json) -> list[str]:
    """The action ids under a message."""
    rows = [block for block in message.get("blocks", ()) if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


@asynccontextmanager
async def open_office(
    home: Path, *, seconds: float = 30.0, patience: float = PATIENCE_SECONDS, more: tuple[PlatformKind, ...] = ()
) -> AsyncIterator[Office]:
    """A workspace and a bot on a fresh database; the due runner goes along. ``more`` platforms restart apps.

    Files have ``seconds`` to be opened. Slack waits ``patience`` seconds: longer than it does, for machines that are
    busy with other tests.
    """
    async with AsyncExitStack() as stack:
        workspace = Workspace(
            signing_secret="signing",
            bot_token="xoxb-tests",
            scopes=SCOPES,
            retry_after=(0.05,),
            ack_seconds=patience,
            trigger_seconds=patience,
        )
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        ring = KeyRing.parse(KeyRing.new_entry("tests"))
        store = await stack.enter_async_context(open_store(f"sqlite:///{home / 'desk.sqlite3'}", ring))
        opener = await stack.enter_async_context(Opener(seconds=seconds))
        cloud = DeployApi()
        await cloud.start()
        stack.push_async_callback(cloud.stop)
        session = await stack.enter_async_context(open_session(seconds=2.0))
        hosts = frozenset({"127.0.0.1"})
        platforms = restart_platforms(session, workspace.clock.now, deploy_api=cloud.base_url, hosts=hosts)
        platforms = Platforms((*platforms.kinds, *more))
        desk = Desk(store, opener, workspace.clock.now, Policy(), platforms=platforms)
        workspace.clock.on_move(desk.nudge.set)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        tracker = InFlight()
        await _serve(stack, workspace, desk, http, tracker)
        yield Office(workspace, desk, tracker, cloud)
        await tracker.wait(5)
        assert not leaked(said_by_the_bot(workspace))


async def _serve(
    stack: AsyncExitStack, workspace: Workspace, desk: Desk, http: aiohttp.ClientSession, tracker: InFlight
) -> None:
    client = Client(token=workspace.bot_token, base_url=workspace.api_url, session=http)
    hosts = frozenset({workspace.base_url.removeprefix("http://")})
    bolt = build(desk, client=client, signing_secret="signing", http=http, file_hosts=hosts, tracker=tracker)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    workspace.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    owing = QueueClient(client, desk.store)
    files = SlackFiles(client=owing, http=http, token=SecretStr(workspace.bot_token), hosts=hosts)
    stack.push_async_callback(_stopped, _started(desk, build_courier(desk, client=owing, files=files)))


def _started(desk: Desk, courier: Courier) -> Callable[[], Any]:
    stop = asyncio.Event()
    running = [
        asyncio.create_task(run_due(desk, KINDS, courier, stop=stop, lane=lane)) for lane in (queue.SAY, queue.LOOK)
    ]
    running.append(
        asyncio.create_task(run_due(desk, KINDS, Performer(desk, Pace(poll=0.05)), stop=stop, lane=queue.DO))
    )

    async def end() -> None:
        stop.set()
        desk.nudge.set()
        await asyncio.wait_for(asyncio.gather(*running), 30)

    return end


async def _stopped(end: Callable[[], Any]) -> None:
    await end()
