"""A database that goes away for a while and comes back: said, survived, and nothing lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.settings import load_settings
from store import KeyRing
from store.certificates import clients
from tests import making
from tests.databases import PostgresServer, postgres
from tests.flows.world import World, open_world, shown
from tests.making import PASSWORD
from tests.patience import PATIENCE_SECONDS, be_patient

__all__ = ["postgres"]

AWAY_SECONDS = float(os.environ.get("CERTDESK_TESTS_AWAY_SECONDS", "3"))
AWAY = "database does not answer"


class Server:
    """A database of its own that can be closed to everybody."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = server.fresh()
        self._name = self.url.partition("?")[0].rpartition("/")[2]

    async def leave(self) -> None:
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'"  # noqa: S608
        await asyncio.to_thread(self._server.run, f'ALTER DATABASE "{self._name}" WITH ALLOW_CONNECTIONS false', end)

    async def come_back(self) -> None:
        await asyncio.to_thread(self._server.run, f'ALTER DATABASE "{self._name}" WITH ALLOW_CONNECTIONS true')


@pytest.fixture
async def away(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[World, Server]]:
    """On a machine that is busy, a file takes longer to open than Slack waits; that is not what is tried here."""
    be_patient(monkeypatch)
    server = Server(postgres)
    async with open_world(
        tmp_path, start=False, retry_after=(0.5, 1.0, 2.0, 4.0, 4.0), patience=PATIENCE_SECONDS
    ) as world:
        workspace = world.workspace
        world.settings = load_settings(
            SLACK_BOT_TOKEN=workspace.bot_token,
            SLACK_SIGNING_SECRET=workspace.signing_secret,
            CERTDESK_SLACK_API_URL=workspace.api_url,
            CERTDESK_DATABASE_URL=server.url,
            CERTDESK_KEYS=KeyRing.new_entry("k1").get_secret_value(),
        )
        await world.start()
        yield world, server


async def ready(world: World) -> tuple[int, bool]:
    """What /readyz says: the status, and whether it has the database."""
    url = str(world.workspace.bot_url).replace("/slack/events", "/readyz")
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, bool((await answer.json())["database"])


async def test_away_and_back(away: tuple[World, Server]) -> None:
    """Commands get one sentence, a form keeps what was typed, a dropped file is offered afterwards; no restart."""
    world, server = away
    workspace, alice = world.workspace, world.alice
    await world.has_environment()
    await workspace.command(alice, world.orders, "/cert add")
    view = await world.sees_view(alice, "Add to Certdesk")
    workspace.state.members[world.bob] = replace(workspace.members[world.bob], is_admin=True)
    await workspace.command(world.bob, world.orders, "/cert env settings")
    form = await world.sees_view(world.bob, "Environment settings")
    assert (await ready(world))[1]

    await server.leave()
    gone = asyncio.get_running_loop().time()
    await workspace.command(alice, world.orders, "/cert list")
    await world.sees_privately(alice, AWAY)
    leaf, *above = making.make_chain("orders.example")
    files = [("orders.pfx", making.pfx(leaf, above))]
    values = {"label": {"value": "orders"}, "password": {"value": PASSWORD}}
    refused = await workspace.submit(alice, view["id"], values, {"files": {"value": files}})
    assert AWAY in refused.errors["environment"]
    set_ = await workspace.submit(world.bob, form["id"], {"patience": {"value": "5"}})
    assert AWAY in set_.errors["timezone"]
    status, database = await ready(world)
    assert (status, database) == (503, False)
    await workspace.drop_file(alice, world.orders, "payments.pfx", making.pfx(making.make("payments.example")))
    await asyncio.sleep(max(AWAY_SECONDS - (asyncio.get_running_loop().time() - gone), 0))

    await server.come_back()
    await world.sees_privately(alice, "payments.pfx")
    assert (await workspace.submit(alice, view["id"], values)).action in {"clear", "close"}
    assert (await workspace.submit(world.bob, form["id"])).action == "clear"
    await world.sees_privately(world.bob, "After 5 reminders")
    card = await world.sees("card_details")
    assert "`orders` was added" in shown(card[0])
    await world.sees("waits for a restart")
    assert (await ready(world))[1]
    async with world.desk.store.transaction() as tx:
        (place,) = await world.environments(tx)
        assert [one.label for one in await clients.current(tx, place.id)] == ["orders"]
