"""`/cert try`: a member asks what the partner says to a certificate, and reads it in words."""

from __future__ import annotations

import asyncio
import os
import re
import sys

import pytest

from store import audit
from store.audit import Tag
from tests import making
from tests.flows.delivering import PRODUCTION, added, an_app, base_of
from tests.flows.world import World, shown
from tests.platforms.partner import context, listening


async def tried(world: World, typed: str, text: str, member: str | None = None) -> str:
    """The answer that this member alone sees, and that holds ``text``."""
    who = member or world.alice
    await world.workspace.command(who, world.orders, f"/cert try {typed}")
    return shown(await world.sees_privately(who, text))


async def test_what_a_partner_says(
    world: World,
) -> None:
    """Accepted, by which versions; whether its own chain is trusted; and the use of the key is written down."""
    await world.has_environment()
    await added(world, "bank")
    server, _ = context(trusts=making.make("Another Root", ca=True))
    async with listening(server) as port:
        said = await tried(world, f"bank 127.0.0.1:{port}", "I tried `bank`")
    assert "TLS 1.3 and TLS 1.2: *rejected* with `unknown ca`" in said
    assert "does not know the authority that issued it" in said
    assert "*none of them issued this certificate*" in said
    assert "is *not trusted*" in said
    async with world.desk.store.reading() as tx:
        (event,) = [one for one in await audit.events(tx) if one.tag == Tag.CERTIFICATE_REVEALED]
    assert (event.actor, event.detail["why"]) == (world.alice, f"try 127.0.0.1:{port}")


async def test_a_card_is_tried(world: World) -> None:
    """*Try…* in its menu asks the certificate's own hosts, or for one."""
    await world.has_environment()
    await added(world, "bank", pins='"Bank prod"')
    (card,) = await world.sees("card_details")
    (option,) = [one for one in re.findall(r'"value": "(try:\w+)"', shown(card))]
    await world.workspace.click(world.alice, card["ts"], "card_menu", option)
    assert "/cert try LABEL partner.example" in shown(await world.sees_privately(world.alice, "No pin of `bank`"))


async def certdesk_try(world: World, *arguments: str, token: str = "") -> tuple[int, str]:
    """Run the command as somebody does where the app lives; its status, and all that it printed."""
    app = await an_app(world) if not token else None
    known = {**os.environ, "CERTDESK_URL": base_of(world), "CERTDESK_TOKEN": app.token if app else token}
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "try", "--environment", PRODUCTION, "--wait", "0", *arguments),
        env=known,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await done.communicate()
    return done.returncode or 0, said.decode()


async def test_a_certificate_is_tried_from_where_the_app_lives(world: World) -> None:
    """`certdesk try` says what `/cert try` says, in plain text, and its status tells a script."""
    await world.has_environment()
    root, another = making.make("Bank Root", ca=True), making.make("Another Root", ca=True)
    await added(world, "bank", making.make("bank.example", root), pins='"Bank prod"')
    for trusts, status, text in ((root, 0, "TLS 1.2: accepted"), (another, 1, "rejected with unknown ca")):
        server, _ = context(trusts=trusts)
        async with listening(server) as port:
            done = await certdesk_try(world, "bank", f"127.0.0.1:{port}")
        assert (done[0], text in done[1]) == (status, True), done
        assert "`" not in done[1]
        assert "*" not in done[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none", "partner.example"), "has no client certificate none. It has bank"),
        (("bank",), "No pin of bank is a host"),
        (("bank", "a..b"), "a..b is no host"),
    ],
)
async def test_what_is_not_tried_from_there(world: World, arguments: tuple[str, ...], said: str) -> None:
    """A label that is none, no host, and something that is no host: a sentence, and status 2."""
    await world.has_environment()
    await added(world, "bank", pins='"Bank prod"')
    status, text = await certdesk_try(world, *arguments)
    assert (status, said in text.replace("\n", " ")) == (2, True), text
    status, text = await certdesk_try(world, *arguments, token="cdd_" + "x" * 43)
    assert (status, "the desk refuses (unauthorized)" in text) == (1, True), text


async def test_whom_it_cannot_be_tried_with(world: World) -> None:
    """No host among the pins, something that is no host, this machine, and a guest."""
    await world.has_environment()
    await added(world, "bank", pins='Module.Service, "Bank prod"')
    await tried(world, "bank", "No pin of `bank` is a host")
    await tried(world, "bank partner.example:99999", "is no host")
    for typed in ("a..b.example", "x" * 64 + ".example", "*.example", "a_b/c.example:443"):
        await tried(world, f"bank {typed}", f"`{typed}` is no host")
    await tried(world, "bank 169.254.169.254", "I do not connect to my own machine")
    await tried(world, "bnk partner.example", "Nothing here is named")
    await tried(world, "bank partner.example", "Guests", world.dave)
