"""A file is dropped into a channel: from the first private message to the confirmed restart."""

from __future__ import annotations

from tests import making
from tests.flows.delivering import added
from tests.flows.world import World, shown


def good() -> bytes:
    leaf, intermediate, root = making.make_chain("orders.example")
    return making.pfx(leaf, [intermediate, root])


async def test_from_drop_to_confirmed_restart(world: World) -> None:
    """Drop, unlock with a wrong and then the right password, card and reminder, restart confirmed by another member."""
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "orders.pfx", good())
    offer = await world.sees_privately(world.alice, "Unlock")
    assert not world.workspace.ephemerals(world.bob, world.orders)
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    values = {"label": {"value": "bank"}, "password": {"value": "wrong"}}
    result = await world.workspace.submit(world.alice, view["id"], values)
    assert set(result.errors) == {"password"}
    result = await world.workspace.submit(world.alice, view["id"], {"password": {"value": making.PASSWORD}})
    assert result.action in {"clear", "close"}, result
    await world.sees("card_details")
    (reminder,) = await world.sees("restart_done")
    await world.workspace.click(world.bob, reminder["ts"], "restart_done")
    await world.workspace.wait_for(lambda: "restart_done" not in shown(world.workspace.messages(world.orders)[-1]))


async def test_two_certificates_without_pins_are_a_warning(world: World) -> None:
    """The app could not tell them apart: the second needs a second click, and one that has a pin does not."""
    await world.has_environment()
    await added(world, "bank")
    leaf, *chain = making.make_chain("tax.example")
    await world.workspace.drop_file(world.alice, world.orders, "tax.pfx", making.pfx(leaf, chain))
    offer = await world.sees_privately(world.alice, "tax.pfx")
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    values = {"label": {"value": "tax"}, "password": {"value": making.PASSWORD}}
    assert (await world.workspace.submit(world.alice, view["id"], values)).action == "update"
    assert "Neither this certificate nor bank has a pin" in shown(world.top_view(world.alice))
    assert (await world.workspace.submit(world.alice, world.top_view(world.alice)["id"], {})).action == "clear"
