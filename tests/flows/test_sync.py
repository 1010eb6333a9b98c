"""`certdesk sync` keeps a folder up to date: complete at every moment, whenever it is killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificate

from bot.desk.base.desk import Member
from bot.desk.certificates import versions
from tests.desk.everywhere import EVERYWHERE
from tests.flows.delivering import PRODUCTION, App, added, an_app
from tests.flows.test_exec import until
from tests.flows.test_hook import changed, waiting
from tests.flows.world import World


@pytest.fixture
async def app(world: World) -> App:
    await world.has_environment()
    await added(world, "bank")
    return await an_app(world)


async def start(app: App, folder: Path, *options: str) -> asyncio.subprocess.Process:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CERTDESK_")},
        "CERTDESK_URL": app.base,
        "CERTDESK_TOKEN": app.token,
    }
    command = [sys.executable, "-m", "bot", "sync", str(folder), "--environment", PRODUCTION, "--instance", "app-1"]
    return await asyncio.create_subprocess_exec(
        *command, *options, env=environment, stderr=asyncio.subprocess.PIPE, start_new_session=True
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    return process.returncode or 0, said.decode()


def whole(folder: Path) -> dict[str, Any]:
    """The folder's note, once all that it names is there and belongs together."""
    current = folder.resolve()
    note: dict[str, Any] = json.loads((current / ".certdesk.json").read_text())
    assert {one.name for one in current.iterdir()} == {*note["files"], ".certdesk.json"}
    password = (current / "bank.p12.password").read_bytes()
    key, leaf, _ = pkcs12.load_key_and_certificates((current / "bank.p12").read_bytes(), password)
    assert leaf == load_pem_x509_certificate((current / "bank.crt").read_bytes())
    beside: Any = load_pem_private_key((current / "bank.key").read_bytes(), None)
    assert key is not None
    assert beside.private_numbers() == key.private_numbers()  # type: ignore[union-attr]  # an EC key
    return note


async def test_once_for_an_init_container(app: App, tmp_path: Path) -> None:
    """It fetches, runs the command, reports, and ends; everything is for its owner alone."""
    folder, told = tmp_path / "certificates", tmp_path / "told"
    status, said = await ended(await start(app, folder, "--once", "--on-change", f"ls $CERTDESK_DIR > {told}"))
    assert status == 0, said
    assert whole(folder)["revision"] == 1
    assert folder.is_symlink()
    assert stat.S_IMODE(folder.resolve().stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    assert "bank.p12" in told.read_text()
    before = folder.resolve()
    assert (await ended(await start(app, folder, "--once")))[0] == 0
    assert folder.resolve() == before, "the same revision is not written again"


async def test_it_keeps_up_and_proves_it(app: App, world: World, tmp_path: Path) -> None:
    """A change arrives with one switch, the app is told, and the restart that waits for it closes."""
    folder, told = tmp_path / "certificates", tmp_path / "told"
    process = await start(app, folder, "--on-change", f"echo $CERTDESK_DIR >> {told}")
    await until(lambda: folder.exists() and whole(folder)["revision"] == 1)
    await world.sees("1 of 1 instance runs `bank` version 1")
    await changed(world, "Partner Root")
    await until(lambda: whole(folder)["revision"] == 2)
    assert (folder / "ca.pem").exists()
    await world.sees("1 of 1 instance runs this change")
    assert await waiting(world) == []
    assert len(told.read_text().splitlines()) == 2
    assert len([one for one in tmp_path.iterdir() if one.name.startswith(".certificates")]) == 1
    process.terminate()
    await ended(process)


async def test_an_app_that_cannot_reload_is_not_proven(app: App, world: World, tmp_path: Path) -> None:
    """The command fails: it is told, and the restart goes on waiting."""
    status, said = await ended(await start(app, tmp_path / "certificates", "--once", "--on-change", "exit 3"))
    assert status == 3
    assert "ended with 3" in said
    assert await waiting(world) == ["bank"]


async def test_a_folder_of_somebody_else_is_left_alone(app: App, tmp_path: Path) -> None:
    """A real folder is no link of ours: nothing is done with it."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").write_text("kept")
    status, said = await ended(await start(app, tmp_path / "mine", "--once"))
    assert status == 2
    assert "name a path inside of it" in said
    assert (tmp_path / "mine" / "kept").read_text() == "kept"


async def test_the_desk_is_away(app: App, world: World, tmp_path: Path) -> None:
    """What is there stays as it is, and the status says that it is not up to date."""
    folder = tmp_path / "certificates"
    assert (await ended(await start(app, folder, "--once")))[0] == 0
    await world.stop()
    status, said = await ended(await start(app, folder, "--once", "--wait", "0"))
    assert status == 1
    assert "was not brought up to date: the desk cannot be reached" in said
    assert whole(folder)["revision"] == 1


async def test_killed_at_any_moment_the_folder_is_whole(app: App, world: World, tmp_path: Path) -> None:
    """A hundred kills while a hundred revisions pass: at each of them there is all of one revision."""
    await added(world, "bank")
    folder = tmp_path / "certificates"
    assert (await ended(await start(app, folder, "--once")))[0] == 0
    passing = asyncio.create_task(_a_hundred_revisions(world))
    pause = random.Random(20261128)  # noqa: S311  a moment is no secret
    reached = set()
    for _ in range(100):
        process = await start(app, folder)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.6 + pause.random() * 0.8):
                await process.wait()
        process.kill()
        await process.wait()
        reached.add(whole(folder)["revision"])
    await passing
    assert len(reached) > 10
    assert (await ended(await start(app, folder, "--once")))[0] == 0
    assert whole(folder)["revision"] == 102
    assert len([one for one in tmp_path.iterdir() if one.name.startswith(".certificates")]) == 1


async def _a_hundred_revisions(world: World) -> None:
    """Bob goes back and forth between two versions."""
    bob = Member(world.bob, channels=EVERYWHERE)
    for number in range(100):
        proposal = await versions.propose_rollback(world.desk, bob, world.orders, "bank", number=1 + number % 2)
        await versions.roll_back(
            world.desk,
            bob,
            world.orders,
            certificate_id=proposal.current.certificate_id,
            number=proposal.wanted.number,
            seen=proposal.current.number,
        )
        await asyncio.sleep(0.9)
