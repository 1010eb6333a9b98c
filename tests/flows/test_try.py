"""`/cert try`: a member asks what the partner says to a certificate, and reads it in words."""

from __future__ import annotations

import re

from store import audit
from store.audit import Tag
from tests import making
from tests.flows.delivering import added
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
