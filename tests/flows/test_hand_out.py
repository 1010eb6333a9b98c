"""Handing out: a link for one person, a page that works once, and a container that the portal opens."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from store import audit
from store.audit import Tag
from tests.flows.delivering import added, base_of
from tests.flows.world import World, open_world, shown

CAROL = "U0CAROL"
LINK = re.compile(r"<(http://[^|>]+/hand-out/[A-Za-z0-9_-]{43})\|Open the page>.*?`(\d{3} \d{3})`")
FIELD = re.compile(r'name="(ticket|password)" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser without scripts."""

    session: aiohttp.ClientSession

    async def get(self, url: str) -> tuple[int, str]:
        async with self.session.get(url) as answer:
            return answer.status, unescape(await answer.text())

    async def post(self, url: str, **fields: str) -> tuple[int, str]:
        async with self.session.post(url, data=fields) as answer:
            return answer.status, unescape(await answer.text())

    async def save(self, url: str, page: str) -> aiohttp.ClientResponse:
        answer = await self.session.post(f"{url}/file", data=dict(FIELD.findall(page)))
        await answer.read()
        return answer


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession() as session:
        yield Visitor(session)


async def linked(world: World, label: str = "bank", member: str | None = None) -> tuple[str, str]:
    """The link and the code that somebody gets in Slack."""
    who = member or world.alice
    before = _links(world, who)
    await world.workspace.command(who, world.orders, f"/cert hand-out {label}")
    await world.workspace.wait_for(lambda: len(_links(world, who)) > len(before))
    return _link(_links(world, who)[-1])


def _link(message: Any) -> tuple[str, str]:
    found = LINK.search(shown(message))
    assert found is not None
    return found.group(1), found.group(2)


async def protect(world: World) -> None:
    """Let changes wait for Alice or Carol."""
    await world.workspace.command(world.alice, world.orders, "/cert env settings")
    view = await world.sees_view(world.alice, "Environment settings")
    typed = {"owners": {"value": [world.alice, CAROL]}, "protected": {"value": "yes"}}
    await world.workspace.submit(world.alice, view["id"], typed)
    await world.sees_privately(world.alice, "from now on")


async def test_a_certificate_is_handed_out(world: World, visitor: Visitor) -> None:
    """Link, code, page, file: the container opens with the page's password, and the channel and the trail know."""
    await world.has_environment()
    leaf = await added(world, "bank", pins="partner.example")
    url, code = await linked(world)
    status, asked = await visitor.get(url)
    assert (status, "stands beside the link in Slack" in asked) == (200, True)
    assert "bank" not in asked
    status, page = await visitor.post(url, code=code)
    assert status == 200
    assert "Outgoing Client Certificates" in page
    assert "partner.example" in page
    answer = await visitor.save(url, page)
    assert (answer.status, answer.headers["Content-Disposition"]) == (200, 'attachment; filename="bank.p12"')
    key, certificate, _ = pkcs12.load_key_and_certificates(
        await answer.read(), dict(FIELD.findall(page))["password"].encode()
    )
    assert certificate == leaf.certificate
    assert key is not None
    await world.sees("`bank` version 1 of *orders/production* was handed out *with its private key*")
    async with world.desk.store.reading() as tx:
        told = [one async for one in audit.everything(tx)]
    tags = [one.tag for one in told if one.tag in {Tag.LINK_MADE, Tag.LINK_OPENED, Tag.CERTIFICATE_REVEALED}]
    assert tags == [Tag.LINK_MADE, Tag.LINK_OPENED, Tag.CERTIFICATE_REVEALED]
    (revealed,) = [one for one in told if one.tag == Tag.CERTIFICATE_REVEALED]
    assert (revealed.actor, revealed.detail["why"]) == (world.alice, "hand out")
    assert "page:127.0.0.1:" in str(revealed.detail)


async def test_nothing_of_a_page_is_kept_or_passed_on(world: World, visitor: Visitor) -> None:
    """No cache, no other site's script or frame, no referrer: on the page, the file and a refusal."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    async with visitor.session.post(url, data={"code": code}) as opened:
        page = unescape(await opened.text())
    saved = await visitor.save(url, page)
    async with visitor.session.get(url) as refused:
        assert refused.status == 410
    for answer in (opened, saved, refused):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_a_link_works_once(world: World, visitor: Visitor) -> None:
    """Opened again, with its code or without, it shows nothing, and its person is told, once."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    assert (await visitor.post(url, code=code))[0] == 200
    for _ in range(3):
        assert (await visitor.post(url, code=code))[0] == 410
        assert (await visitor.get(url))[0] == 410
    await world.sees_privately(world.alice, "hand-out was tried from `127.0.0.1` and refused: it had been opened")
    assert _told(world) == 1


async def test_a_forwarded_link_opens_nothing(world: World, visitor: Visitor) -> None:
    """Without the code it is refused each time, ends with the third, and its person hears of each."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    wrong = "000 000" if code != "000 000" else "000 001"
    assert [(await visitor.post(url, code=one))[0] for one in (wrong, "", wrong)] == [403, 403, 410]
    assert (await visitor.post(url, code=code))[0] == 410
    await world.sees_privately(world.alice, "this was number 1")
    await world.sees_privately(world.alice, "this was number 2")
    await world.sees_privately(world.alice, "wrong three times")


async def test_a_link_that_is_old_or_guessed_opens_nothing(world: World, visitor: Visitor) -> None:
    """After ten minutes it is refused and its person told; one that never was is written down."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    world.workspace.advance(timedelta(minutes=10))
    assert (await visitor.post(url, code=code))[0] == 410
    await world.sees_privately(world.alice, "its ten minutes are over")
    guessed = f"{base_of(world)}/hand-out/{'A' * 43}"
    assert (await visitor.get(guessed))[0] == 404
    assert (await visitor.get(f"{base_of(world)}/hand-out/short"))[0] == 404
    async with world.desk.store.reading() as tx:
        refused = [one async for one in audit.everything(tx) if one.tag == Tag.ATTEMPT_REFUSED]
    assert [one.detail["what"] for one in refused] == ["hand-out", "page"]


async def test_guessing_takes_no_turn_of_a_writer(world: World, visitor: Visitor) -> None:
    """A link that never was is looked up beside whoever writes, and an old one fills no trail."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    async with world.desk.store.transaction(), asyncio.timeout(10):
        assert (await visitor.get(url))[0] == 200
    assert (await visitor.post(url, code=code))[0] == 200
    for _ in range(70):
        assert (await visitor.get(url))[0] == 410
    async with world.desk.store.reading() as tx:
        refused = [one async for one in audit.everything(tx) if one.tag == Tag.ATTEMPT_REFUSED]
    assert len(refused) == 60


async def test_a_page_left_open_hands_out_nothing_later(world: World, visitor: Visitor) -> None:
    """The file has the page's ticket and password, within the ten minutes, for somebody who still may."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    _, page = await visitor.post(url, code=code)
    sent = dict(FIELD.findall(page))
    assert (await visitor.post(f"{url}/file", ticket="A" * 43, password=sent["password"]))[0] == 404
    assert (await visitor.post(f"{url}/file", ticket=sent["ticket"], password="weak"))[0] == 404
    assert (await visitor.post(f"{url}/file", **sent, more="x" * 5000))[0] == 400
    world.workspace.advance(timedelta(minutes=10))
    assert (await visitor.save(url, page)).status == 410


async def test_who_has_left_gets_nothing(world: World, visitor: Visitor) -> None:
    """Rights are asked for when the link is opened and when the file is fetched, not when it was made."""
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world, member=world.bob)
    other_url, other_code = await linked(world, member=world.bob)
    _, page = await visitor.post(url, code=code)
    await world.workspace.command(world.alice, world.orders, "/remove @bob")
    assert (await visitor.save(url, page)).status == 403
    assert (await visitor.post(other_url, code=other_code))[0] == 403


async def test_guests_get_no_link(world: World) -> None:
    """Nor does somebody who asks for what is not there."""
    await world.has_environment()
    await added(world, "bank")
    await world.workspace.command(world.dave, world.orders, "/cert hand-out bank")
    await world.sees_privately(world.dave, "Guests")
    await world.workspace.command(world.alice, world.orders, "/cert hand-out bnk")
    await world.sees_privately(world.alice, "Did you mean")


async def test_without_a_public_address_there_is_no_page(tmp_path: Path, visitor: Visitor) -> None:
    """The command says who can change that, and so does the help."""
    async with open_world(tmp_path) as world:
        world.desk.pages_url = ""
        await world.has_environment()
        await added(world, "bank")
        await world.workspace.command(world.alice, world.orders, "/cert hand-out bank")
        await world.sees_privately(world.alice, "sets CERTDESK_PUBLIC_URL")
        await world.workspace.command(world.alice, world.orders, "/cert help")
        await world.sees_privately(world.alice, "need a page, which is not set up here")


async def test_in_a_protected_environment_somebody_else_approves_it(world: World, visitor: Visitor) -> None:
    """There is no link before; then who asked gets one, once, and nobody else does."""
    await world.has_environment()
    await added(world, "bank")
    await protect(world)
    await world.workspace.command(world.bob, world.orders, "/cert hand-out bank")
    await world.sees_privately(world.bob, "approve")
    assert _links(world, world.bob) == []
    (request,) = await world.sees("*with its private key*, to take it somewhere by hand")
    assert "Handed to" in shown(request)
    await world.workspace.click(CAROL, request["ts"], "request_approve")
    ready = await world.sees_privately(world.bob, "Get the link")
    await world.workspace.click(world.bob, ready["ts"], "hand_out_link")
    url, code = _link(await world.sees_privately(world.bob, "Open the page"))
    status, page = await visitor.post(url, code=code)
    assert status == 200
    assert (await visitor.save(url, page)).status == 200


def _links(world: World, member: str) -> list[Any]:
    return [one for one in world.workspace.ephemerals(member, world.orders) if "Open the page" in shown(one)]


def _told(world: World) -> int:
    said = world.workspace.ephemerals(world.alice, world.orders)
    return sum("and refused" in shown(one) for one in said)
