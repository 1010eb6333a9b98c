"""Uploading on a private page: neither file nor password goes through Slack, and the findings are the same."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import aiohttp
import pytest

from store.certificates import clients
from tests import making
from tests.flows.test_hand_out import Visitor, protect, visitor
from tests.flows.world import World, shown

__all__ = ["visitor"]
LINK = re.compile(r"<(http://[^|>]+/upload/[A-Za-z0-9_-]{43})\|Open the page>.*?`(\d{3} \d{3})`")
FIELD = re.compile(r'name="(ticket|accepted|shown)" value="([^"]*)"')


def found(thing: Any) -> tuple[str, str]:
    match = LINK.search(shown(thing))
    assert match is not None, shown(thing)
    return match.group(1), match.group(2)


async def from_add(world: World, member: str | None = None) -> tuple[str, str]:
    """The link and code that `/cert add` leads to."""
    who = member or world.alice
    await world.workspace.command(who, world.orders, "/cert add")
    view = await world.sees_view(who, "Upload privately")
    await world.workspace.click(who, view["id"], "upload_privately")
    return found(await world.sees_view(who, "Open the page"))


async def sent(at: Visitor, url: str, page: str, files: list[bytes] | None = None, **fields: str) -> tuple[int, str]:
    """Send the form of a page."""
    environment = re.search(r'<option value="(\w+)"', page)
    form = aiohttp.FormData(default_to_multipart=True)
    known = {**dict(FIELD.findall(page)), "environment": environment.group(1) if environment else "", **fields}
    for name, value in known.items():
        form.add_field(name, value)
    for number, one in enumerate(files or []):
        form.add_field("files", one, filename=f"file-{number}.pfx", content_type="application/octet-stream")
    async with at.session.post(f"{url}/add", data=form) as answer:
        return answer.status, unescape(await answer.text())


async def current(world: World) -> list[tuple[str, int]]:
    async with world.desk.store.reading() as tx:
        (place,) = await world.environments(tx)  # type: ignore[arg-type]  # it only reads
        return [(one.label, one.number) for one in await clients.current(tx, place.id)]


async def test_a_certificate_is_uploaded_on_a_page(world: World, visitor: Visitor) -> None:
    """From `/cert add`: the code, a form with a masked password, the card in the channel; the page works once."""
    await world.has_environment()
    url, code = await from_add(world)
    assert (await visitor.get(url))[0] == 200
    status, page = await visitor.post(url, code=code)
    assert status == 200
    assert 'type="password"' in page
    leaf, *chain = making.make_chain("bank.example")
    container = making.pfx(leaf, chain)
    status, said = await sent(visitor, url, page, [container], label="bank", password=making.PASSWORD)
    assert (status, "The card is in the channel" in said) == (200, True)
    await world.sees("`bank` was added to")
    assert await current(world) == [("bank", 1)]
    assert (await sent(visitor, url, page, [container], label="again", password=making.PASSWORD))[0] in {403, 410}
    assert (await visitor.post(url, code=code))[0] == 410
    assert await current(world) == [("bank", 1)]


async def test_findings_stand_on_the_page(world: World, visitor: Visitor) -> None:
    """A wrong password stops it; a warning wants a second click; what was typed stays, but for the password."""
    await world.has_environment()
    url, code = await from_add(world)
    _, page = await visitor.post(url, code=code)
    leaf, *_ = making.make_chain("bank.example")
    container = making.pfx(leaf)
    status, wrong = await sent(visitor, url, page, [container], label="bank", password="canary-pw-of-a-page")
    assert (status, "The password does not open this file" in wrong) == (400, True)
    assert 'value="bank"' in wrong
    assert "canary-pw-of-a-page" not in wrong
    status, warned = await sent(visitor, url, wrong, [container], label="bank", password=making.PASSWORD)
    assert (status, "Read this first" in warned) == (400, True)
    assert await current(world) == []
    status, _ = await sent(visitor, url, warned, [container], label="bank", password=making.PASSWORD, anyway="yes")
    assert status == 200
    assert await current(world) == [("bank", 1)]


async def test_a_dropped_file_gets_its_password_on_a_page(world: World, visitor: Visitor) -> None:
    """The offer has the button; the page asks for no file."""
    await world.has_environment()
    leaf, *chain = making.make_chain("bank.example")
    await world.workspace.drop_file(world.alice, world.orders, "bank.pfx", making.pfx(leaf, chain))
    offer = await world.sees_privately(world.alice, "Upload privately")
    await world.workspace.click(world.alice, offer["ts"], "upload_privately")
    url, code = found(await world.sees_privately(world.alice, "Open the page"))
    _, page = await visitor.post(url, code=code)
    assert 'type="file"' not in page
    status, _ = await sent(visitor, url, page, label="bank", password=making.PASSWORD)
    assert status == 200
    await world.sees("`bank` was added to")


@pytest.mark.parametrize("label", ["<b>", "x" * 200])
async def test_what_is_refused_says_why(world: World, visitor: Visitor, label: str) -> None:
    """An error of the desk stands on the page, escaped, and the form can be sent again."""
    await world.has_environment()
    url, code = await from_add(world)
    _, page = await visitor.post(url, code=code)
    leaf, *chain = making.make_chain("bank.example")
    container = making.pfx(leaf, chain)
    status, refused = await sent(visitor, url, page, [container], label=label, password=making.PASSWORD)
    assert (status, 'class="wrong"' in refused) == (400, True)
    assert (await sent(visitor, url, refused, [container], label="bank", password=making.PASSWORD))[0] == 200


async def test_in_a_protected_environment_it_waits_for_approval(world: World, visitor: Visitor) -> None:
    """The page says so, and has done its part."""
    await world.has_environment()
    await protect(world)
    url, code = await from_add(world)
    _, page = await visitor.post(url, code=code)
    leaf, *chain = making.make_chain("bank.example")
    container = making.pfx(leaf, chain)
    status, said = await sent(visitor, url, page, [container], label="bank", password=making.PASSWORD)
    assert (status, "Asked for" in said) == (200, True), said
    assert "approve" in said
    await world.sees("asks to add `bank`")
    assert (await sent(visitor, url, page, [container], label="bank", password=making.PASSWORD))[0] in {403, 410}


async def test_notes_stand_on_the_page(world: World, visitor: Visitor) -> None:
    """What Slack's window says besides is said there as well."""
    await world.has_environment()
    url, code = await from_add(world)
    _, page = await visitor.post(url, code=code)
    leaf, *chain = making.make_chain("bank.example")
    container = making.pfx(leaf, chain, legacy=True)
    status, said = await sent(visitor, url, page, [container], label="bank", password=making.PASSWORD)
    assert (status, "For you to know" in said) == (200, True), said


async def test_what_is_no_form_is_refused(world: World, visitor: Visitor) -> None:
    """Another ticket, no ticket, too much, another kind of body, a form that ends in the middle: nothing is added."""
    await world.has_environment()
    url, code = await from_add(world)
    _, page = await visitor.post(url, code=code)
    leaf, *chain = making.make_chain("bank.example")
    container = making.pfx(leaf, chain)
    assert (await sent(visitor, url, page, [container], ticket="A" * 43))[0] == 404
    assert (await sent(visitor, url, page, [bytes(32 * 1024 * 1024)], label="bank"))[0] == 413
    assert (await visitor.post(f"{url}/add", label="bank"))[0] == 400
    assert (await sent(visitor, url, page, [container], environment="a\0b", label="bank"))[0] == 400
    for body in (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nhalf"):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        async with visitor.session.post(f"{url}/add", data=body, headers=headers) as answer:
            assert answer.status in {400, 404}, body
    assert await current(world) == []


async def test_who_has_left_uploads_nothing(world: World, visitor: Visitor) -> None:
    """Rights are asked for when the form is sent."""
    await world.has_environment()
    url, code = await from_add(world, world.bob)
    _, page = await visitor.post(url, code=code)
    await world.workspace.command(world.alice, world.orders, "/remove @bob")
    leaf, *chain = making.make_chain("bank.example")
    status, said = await sent(visitor, url, page, [making.pfx(leaf, chain)], label="bank", password=making.PASSWORD)
    assert (status, "This form is not known any more" in said) == (403, True), said
    assert await current(world) == []
