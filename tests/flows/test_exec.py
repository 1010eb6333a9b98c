"""`certdesk exec` starts a command with its certificates, against a bot that is really there, or is not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flows.delivering import PRODUCTION, App, added, an_app, base_of
from tests.flows.process import free_port
from tests.flows.test_hook import changed, waiting
from tests.flows.world import World, shown

# What the command does: it writes down what it was started with, and stays until it is told to end.
SHOW = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(os.environ.get("CERTDESK_DIR") or "/nowhere")
files = {one.name: oct(one.stat().st_mode) for one in folder.iterdir()} if folder.is_dir() else {}
seen = {"environment": dict(os.environ), "files": files, "folder": str(folder), "pid": os.getpid()}
def ended(number, frame):
    time.sleep(float(os.environ.get("SLOW_END", "0")))
    pathlib.Path(sys.argv[1]).with_suffix(".ended").write_text(str(number))
    sys.exit(int(sys.argv[2]))
signal.signal(signal.SIGTERM, ended)
signal.signal(signal.SIGUSR1, ended)
beside = pathlib.Path(sys.argv[1] + ".new")
beside.write_text(json.dumps(seen))
beside.replace(sys.argv[1])
while sys.argv[3] == "stay":
    time.sleep(0.05)
sys.exit(int(sys.argv[2]))
"""


@dataclass
class Started:
    """A running `certdesk exec`, and what its command wrote down."""

    process: asyncio.subprocess.Process
    out: Path

    async def seen(self) -> dict[str, Any]:
        await until(self.out.exists)
        found: dict[str, Any] = json.loads(self.out.read_text())
        return found

    async def again(self, before: dict[str, Any]) -> dict[str, Any]:
        """What the command wrote down when it was started anew."""
        await until(lambda: json.loads(self.out.read_text())["pid"] != before["pid"])
        return await self.seen()

    async def ends(self) -> tuple[int, str]:
        async with asyncio.timeout(60):
            _, said = await self.process.communicate()
        return self.process.returncode or 0, said.decode()


async def until(found: Callable[[], Any], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not found():  # noqa: ASYNC110  another process does it
            await asyncio.sleep(0.02)


@dataclass
class Machine:
    """Where the app runs."""

    app: App
    home: Path
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(
        self, *options: str, status: int = 0, stay: bool = True, command: list[str] | None = None
    ) -> Started:
        out = self.home / "seen.json"
        out.unlink(missing_ok=True)
        shown = command or [sys.executable, "-c", SHOW, str(out), str(status), "stay" if stay else "go"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CERTDESK_")},
            "CERTDESK_URL": self.app.base,
            "CERTDESK_TOKEN": self.app.token,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "exec", "--environment", PRODUCTION, "--instance", "app-1", "--settle", "0",
            *options, "--", *shown, env=environment, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.running.append(process)
        return Started(process, out)


@pytest.fixture
async def machine(world: World, tmp_path: Path) -> Any:
    await world.has_environment()
    await added(world, "bank", pins="bank.example")
    where = Machine(await an_app(world), tmp_path)
    yield where
    for one in where.running:
        if one.returncode is None:
            one.kill()
            await one.wait()


async def test_the_build_packs_variables_and_the_exit_status(machine: Machine) -> None:
    """The command finds its certificates in its environment, and no token there; its status is passed on."""
    started = await machine.start("--form", "buildpack", status=7, stay=False)
    assert (await started.ends())[0] == 7
    found = (await started.seen())["environment"]
    (client,) = json.loads(found["CLIENT_CERTIFICATES"])
    assert client["pin_to"] == ["bank.example"]
    assert found["CERTIFICATE_AUTHORITIES"] == ""
    assert found["CERTDESK_REVISION"] == "1"
    assert machine.app.token not in json.dumps(found)


@pytest.mark.parametrize("form", ["files", "runtime", "json"])
async def test_files_are_there_while_the_command_runs(machine: Machine, form: str) -> None:
    """For its owner alone, in a folder that is gone afterwards; settings and variables name them."""
    started = await machine.start("--form", form)
    seen = await started.seen()
    folder = Path(seen["environment"].get("CERTDESK_DIR") or Path(seen["environment"]["CERTDESK_BUNDLE"]).parent)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}
    assert set(names.values()) == {0o600}
    expected = {"files": "bank.p12", "runtime": "client-1.p12", "json": "bundle.json"}[form]
    assert expected in names
    if form == "runtime":
        assert seen["environment"]["MXRUNTIME_ClientCertificates"] == f"{folder}/client-1.p12"
    started.process.terminate()
    await started.ends()
    assert not folder.exists()


async def test_signals_reach_the_command(machine: Machine) -> None:
    """It ends by itself, with the status that it wants; what it was told came through as it was."""
    for number in (signal.SIGTERM, signal.SIGUSR1):
        started = await machine.start(status=9)
        await started.seen()
        started.process.send_signal(number)
        assert (await started.ends())[0] == 9
        assert started.out.with_suffix(".ended").read_text() == str(int(number))


async def test_a_command_that_a_signal_ends(machine: Machine) -> None:
    """Its status is the one that shells give."""
    started = await machine.start()
    os.kill((await started.seen())["pid"], signal.SIGKILL)
    assert (await started.ends())[0] == 128 + 9


async def test_a_killed_starter_leaves_nothing(machine: Machine) -> None:
    """The command is asked to end, and the folder with the keys disappears."""
    started = await machine.start()
    seen = await started.seen()
    folder = Path(seen["environment"]["CERTDESK_DIR"])
    assert folder.exists()
    started.process.kill()
    await started.process.wait()
    await until(started.out.with_suffix(".ended").exists)
    await until(lambda: not folder.exists())


@pytest.mark.parametrize(("command", "status"), [(["/nowhere/at/all"], 127), (["/etc/passwd"], 126)])
async def test_a_command_that_cannot_be_started(machine: Machine, command: list[str], status: int) -> None:
    """The status is the one that shells give, and a sentence names it."""
    ended, said = await (await machine.start(command=command)).ends()
    assert ended == status
    assert command[0] in said


async def test_the_desk_is_away(machine: Machine, world: World) -> None:
    """With a cache the command starts from the last bundle, whose age is told; without one it is not started."""
    cache = machine.home / "bundle.cache"
    await (await machine.start("--cache", str(cache), stay=False)).ends()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in cache.read_bytes()
    await world.stop()
    started = await machine.start("--cache", str(cache), "--wait", "1", stay=False)
    status, said = await started.ends()
    assert status == 0
    assert "Starting from the last bundle, revision 1, fetched 0 min ago" in said
    assert "bank.p12" in (await started.seen())["files"]
    status, said = await (await machine.start("--wait", "1")).ends()
    assert status == 125
    assert "there is no --cache with the last bundle" in said
    machine.app.token = "cdd_" + "A" * 43
    status, said = await (await machine.start("--cache", str(cache), "--wait", "0")).ends()
    assert status == 125
    assert "written with another token" in said


async def test_a_revoked_token_starts_nothing(machine: Machine, world: World) -> None:
    """Not from the cache either: whoever revoked it wants that. An expired one may go on with what it has."""
    cache = machine.home / "bundle.cache"
    await (await machine.start("--cache", str(cache), stay=False)).ends()
    world.workspace.advance(timedelta(days=91))
    status, said = await (await machine.start("--cache", str(cache), stay=False)).ends()
    assert status == 0
    assert "This token has expired" in said
    assert "Starting from the last bundle" in said
    token = machine.app.token
    await world.workspace.command(world.alice, world.orders, f"/cert env revoke {token[-4:]} {PRODUCTION}")
    await world.sees_privately(world.alice, "is revoked")
    status, said = await (await machine.start("--cache", str(cache), stay=False)).ends()
    assert status == 125
    assert "the desk refuses (unauthorized)" in said
    assert token not in said


async def test_a_restart_that_proves_itself(machine: Machine, world: World) -> None:
    """With --watch a change restarts the command with it, and the reminder closes without anybody's click."""
    started = await machine.start("--watch")
    before = await started.seen()
    await world.sees("1 of 1 instance runs `bank` version 1")
    await changed(world, "Partner Root")
    after = await started.again(before)
    assert "ca.pem" in after["files"]
    assert after["environment"]["CERTDESK_REVISION"] == "2"
    assert not Path(before["folder"]).exists()
    (ended,) = await world.sees("1 of 1 instance runs this change")
    assert "restart_done" not in shown(ended)
    assert await waiting(world) == []
    started.process.terminate()
    await started.ends()


async def test_who_ends_it_during_a_restart_gets_no_next_one(
    machine: Machine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor's signal comes while the old command ends: nothing is started any more."""
    monkeypatch.setenv("SLOW_END", "2")
    started = await machine.start("--watch")
    before = await started.seen()
    await changed(world, "Partner Root")
    async with asyncio.timeout(30):
        assert started.process.stderr is not None
        while b"Restarting" not in await started.process.stderr.readline():
            pass
    started.process.terminate()
    assert (await started.ends())[0] == 128 + signal.SIGTERM
    assert (await started.seen())["pid"] == before["pid"]


async def test_no_restart_in_a_change_freeze(machine: Machine, world: World) -> None:
    """The command goes on running with what it has."""
    today = world.workspace.clock.now().date()
    await world.workspace.command(world.alice, world.orders, f"/cert freeze {today} {today + timedelta(days=9)}")
    await world.sees("change freeze")
    started = await machine.start("--watch")
    before = await started.seen()
    await added(world, "shop")
    await asyncio.sleep(3)
    assert (await started.seen())["pid"] == before["pid"]
    started.process.terminate()
    assert "waits for the end of the change freeze" in (await started.ends())[1]


async def test_a_desk_that_comes_back(machine: Machine, world: World) -> None:
    """Away while the command runs: it is told once, the command goes on, and the next change gets there."""
    world.port = free_port()
    await world.restart()
    machine.app.base = base_of(world)
    started = await machine.start("--watch")
    before = await started.seen()
    await world.stop()
    await asyncio.sleep(2)
    await world.start()
    await changed(world, "Partner Root")
    after = await started.again(before)
    assert after["environment"]["CERTDESK_REVISION"] == "2"
    started.process.terminate()
    status, said = await started.ends()
    assert status == 0
    assert said.count("No news from the desk") == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"CERTDESK_URL": ""}, "CERTDESK_URL is missing"),
        ({"CERTDESK_URL": "http://desk.example"}, "would send private keys unencrypted"),
        ({"CERTDESK_TOKEN": ""}, "CERTDESK_TOKEN (or CERTDESK_TOKEN_FILE"),
        ({"CERTDESK_TOKEN_FILE": "/nowhere"}, "CERTDESK_TOKEN (or CERTDESK_TOKEN_FILE"),
    ],
)
async def test_what_is_missing_is_named(changes: dict[str, str], sentence: str) -> None:
    """With status 2, before anything is asked of anybody."""
    known = {"CERTDESK_URL": "https://desk.example", "CERTDESK_TOKEN": "cdd_x"}
    environment = {**os.environ, **known, **changes}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "exec", "--environment", PRODUCTION, "--", "true",
        env=environment, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 2
    assert sentence in said.decode()
