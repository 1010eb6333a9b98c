"""Files that are not what they should be: one sentence that says what to do, and nothing stored."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests import making
from tests.flows.world import World, shown


async def nothing_stored(world: World) -> bool:
    async with world.desk.store.transaction() as tx:
        tables = ("certificate", "version", "authority", "pending_restart")
        counts = [await tx.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]  # noqa: S608  our own names
    return not any(counts)


async def test_a_truncated_container(world: World) -> None:
    """A container that was cut off is called damaged at once, before anybody is asked for its password."""
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "cut.pfx", making.pfx(making.make())[:-50])
    answer = await world.sees_privately(world.alice, "cut off or damaged")
    assert "upload_unlock" not in shown(answer)
    assert "Blocker:" in shown(answer)
    assert await nothing_stored(world)


async def test_a_bomb_is_refused_unopened(world: World) -> None:
    """A container that states more work than any budget allows is answered at once, with the figure."""
    await world.has_environment()
    bomb = making.hostile_pfx(making.make(), 2**31 - 1)
    await world.workspace.drop_file(world.alice, world.orders, "bomb.pfx", bomb)
    answer = await world.sees_privately(world.alice, "2,147,4")
    assert "upload_unlock" not in shown(answer)
    assert await nothing_stored(world)


async def test_a_bundle_with_one_broken_block(world: World) -> None:
    """Of a bundle with a broken block, the uploader reads which one, by its number."""
    _, intermediate, root = making.make_chain()
    broken = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    await world.has_environment()
    await world.workspace.drop_file(world.alice, world.orders, "ca.pem", root.pem + broken + intermediate.pem)
    answer = await world.sees_privately(world.alice, "Block 2")
    assert "BEGIN line to the END line" in shown(answer)
    assert "upload_authority" not in shown(answer)
    assert await nothing_stored(world)


async def test_windows_line_ends_and_text_around(world: World) -> None:
    """A PEM bundle as Windows tools write it, with text around its blocks, is none of the bad ones: it is stored."""
    _, intermediate, root = making.make_chain()
    lines = b"Bag Attributes\r\n  friendlyName: root\r\n" + root.pem.replace(b"\n", b"\r\n") + b"\r\nIssuing:\r\n"
    await world.has_environment()
    data = lines + intermediate.pem.replace(b"\n", b"\r\n")
    await world.workspace.drop_file(world.alice, world.orders, "ca.txt", data)
    offer = await world.sees_privately(world.alice, "upload_authority")
    await world.workspace.click(world.alice, offer["ts"], "upload_authority")
    view = await world.sees_view(world.alice, "environment")
    assert (await world.workspace.submit(world.alice, view["id"], {})).action in {"close", "clear"}
    await world.sees("2 CA certificates")


@pytest.mark.parametrize("command", ["list", "add", "restart", "show x", "remove x"])
async def test_a_command_in_a_channel_without_environment(world: World, command: str) -> None:
    """Every command that needs an environment says how to add one."""
    await world.workspace.command(world.bob, world.payments, f"/cert {command}")
    await world.sees_privately(world.bob, "/cert env add", channel=world.payments)
    assert await nothing_stored(world)
