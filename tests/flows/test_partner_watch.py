"""A daily look at partners' servers: the channel reads what is new, once, in one message a day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from OpenSSL import SSL
from sqlalchemy import select

from bot.desk.base.handshakes import Handshake, Identity, Tls
from bot.desk.delivery.partners.watch import PARTNERS_LOOK, PARTNERS_NEWS, PartnerWatch
from bot.desk.outbox.kind import Loading
from bot.platforms.handshake import PartnerHandshakes
from store import DueItem, queue
from store.models import DueRow
from tests.flows.delivering import added
from tests.flows.world import World, open_world, shown
from tests.platforms.partner import listening
from tests.today import NOW

HOST = "partner.example"
DAY = timedelta(days=1)
# Whatever day it is, there is a working morning in between.
DAYS = timedelta(days=4)
TITLE = "*Daily check of your partners' servers*"


class Partners:
    """Real handshakes, with servers of this machine that stand for those of the names."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.asked: list[tuple[str, int, Identity | None]] = []
        self._real = PartnerHandshakes(frozenset({"127.0.0.1"}))

    async def shake(self, host: str, port: int, identity: Identity | None, tls: Tls) -> Handshake:
        self.asked.append((host, port, identity))
        return await self._real.shake("127.0.0.1", self.ports.get(host, 9), identity, tls)


def server(issuer: trustme.CA, days: int) -> SSL.Context:
    """A partner's server whose certificate ends so many days after the tests began."""
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    issuer.issue_cert(HOST, not_before=NOW - 80 * DAY, not_after=NOW + days * DAY).configure_cert(made)
    return made


@pytest.fixture
async def watching(tmp_path: Path) -> AsyncIterator[World]:
    """A bot that looks at partners, with a certificate for one."""
    async with open_world(tmp_path, start=False) as opened:
        opened.settings = opened.settings.model_copy(update={"check_partners": True})
        await opened.start()
        await opened.has_environment()
        await added(opened, "bank", pins=HOST)
        yield opened


async def looks(world: World, count: int, *, done: bool = True) -> None:
    """Wait until so many looks are done, or planned."""

    async def found() -> int:
        async with world.desk.store.transaction() as tx:
            query = select(DueRow).where(DueRow.kind == PARTNERS_LOOK.name, DueRow.done_at.is_not(None) == done)
            return len(list(await tx.session.scalars(query)))

    async with asyncio.timeout(60):
        while await found() < count:  # noqa: ASYNC110  the row announces nothing
            await asyncio.sleep(0.05)


async def restarted(world: World, partners: Partners) -> None:
    """The bot starts anew, which plans a look for the channel."""
    await world.restart()
    world.desk.handshakes = partners
    await looks(world, 1, done=False)


def told(world: World, text: str) -> list[str]:
    return [shown(one) for one in world.workspace.messages(world.orders) if text in shown(one)]


async def test_what_is_new_is_told_once_and_in_one_message(watching: World) -> None:
    """An unknown authority, then another one with a certificate that ends; what was told survives a restart."""
    partners, old, new = Partners(), trustme.CA(organization_name="Old CA"), trustme.CA(organization_name="New CA")
    async with AsyncExitStack() as servers:
        partners.ports[HOST] = await servers.enter_async_context(listening(server(old, 60)))
        await restarted(watching, partners)
        watching.workspace.advance(DAYS)
        (message,) = await watching.sees(TITLE)
        assert f"<@{watching.alice}>" in shown(message)
        assert "*orders/production*: The server's certificate" in shown(message)
        assert "is *not trusted*" in shown(message)
        assert "Old CA" in shown(message)
        await restarted(watching, partners)
        watching.workspace.advance(DAYS)
        await looks(watching, 2)
        assert len(told(watching, "not trusted")) == 1
        partners.ports[HOST] = await servers.enter_async_context(listening(server(new, 20)))
        watching.workspace.advance(DAYS)
        _, second = await watching.sees(TITLE, count=2)
        assert "At the last look it was" in shown(second)
        assert "expires on" in shown(second)
        assert "New CA" in shown(second)
    assert partners.asked
    assert all(asked == (HOST, 443, None) for asked in partners.asked)


async def test_a_server_that_does_not_answer_is_no_news(watching: World) -> None:
    """The look is done, nothing is said, and the next one is planned."""
    await restarted(watching, Partners())
    for number in (1, 2):
        watching.workspace.advance(DAYS)
        await looks(watching, number)
    assert not told(watching, TITLE)


async def test_a_look_that_is_taken_twice_plans_and_tells_once(watching: World) -> None:
    """Whoever dies after a look and before it is marked leaves it to another."""
    partners = Partners()
    async with listening(server(trustme.CA(), 60)) as port:
        partners.ports[HOST] = port
        await restarted(watching, partners)
        desk = watching.desk
        async with desk.store.reading() as tx:
            (subject,) = await queue.waiting(tx, PARTNERS_LOOK.name, lane=queue.CALL)
            item = DueItem("i", PARTNERS_LOOK.name, subject, "k", desk.clock(), 0, None, None, payload={"known": {}})
            facts = await PARTNERS_LOOK.load(Loading(tx, desk, item, desk.clock()))
        assert facts is not None
        for _ in range(2):
            await PartnerWatch(desk).send(facts, item)  # type: ignore[arg-type]  # loaded, and not put off
    async with desk.store.transaction() as tx:
        kinds = list(await tx.session.scalars(select(DueRow.kind).where(DueRow.kind.startswith("partners-"))))
    assert sorted(kinds) == [PARTNERS_LOOK.name, PARTNERS_NEWS.name, "partners-round"]


async def test_nobody_is_called_unless_the_operator_wants_it(world: World) -> None:
    """Without the setting there is no round and no look."""
    await world.has_environment()
    await added(world, "bank", pins=HOST)
    await world.restart()
    async with world.desk.store.transaction() as tx:
        assert not list(await tx.session.scalars(select(DueRow.kind).where(DueRow.kind.startswith("partners-"))))
