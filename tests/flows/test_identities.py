"""Workload identities: an app gets its certificates because an issuer says who it is, and keeps no secret."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import audit
from store.audit import Tag
from tests.flows.delivering import PRODUCTION, App, added, base_of
from tests.flows.test_hand_out import protect
from tests.flows.world import World, open_world, shown
from tests.platforms.issuer import Issuer, issuing

CAROL = "U0CAROL"
APP = "system:serviceaccount:orders:app"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, issuer: Issuer) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False) as opened:
        opened.settings = opened.settings.model_copy(update={"oidc_issuers": (issuer.address,)})
        await opened.start()
        yield opened


async def named(world: World, issuer: Issuer, text: str, subject: str = APP, *, path: str = PRODUCTION) -> str:
    """Alice names a workload; what she is answered."""
    await world.workspace.command(world.alice, world.orders, f"/cert env identity {path} {issuer.address} {subject}")
    return shown(await world.sees_privately(world.alice, text))


def app_of(world: World, issuer: Issuer, subject: str = APP, path: str = PRODUCTION) -> App:
    return App(base_of(world), issuer.token(subject, world.workspace.clock.now()), path)


async def test_a_workload_gets_its_bundle(world: World, issuer: Issuer) -> None:
    """Named by an owner, announced, listed with its last use, counted as an instance, and revoked at once."""
    await world.has_environment()
    await added(world, "bank")
    before = await app_of(world, issuer).fetch()
    assert (before.status, before.error) == (401, "unauthorized")
    said = await named(world, issuer, "There is no secret to keep")
    assert "CERTDESK_TOKEN_FILE" in said
    await world.sees(f"`{APP}` of `{issuer.address}` gets the certificates and keys of *{PRODUCTION}* now")
    app = app_of(world, issuer)
    answer = await app.fetch()
    assert (answer.status, [one["label"] for one in answer.body["client_certificates"]]) == (200, ["bank"])
    assert (await app.comes_up("app-1")).body["confirmed"]
    await world.workspace.command(world.alice, world.orders, "/cert env tokens")
    listed = shown(await world.sees_privately(world.alice, "Tokens of"))
    assert f"gets the certificates: `{APP}` of `{issuer.address}`" in listed
    assert "from `127.0.0.1`" in listed
    async with world.desk.store.reading() as tx:
        delivered = next(one for one in await audit.events(tx) if one.tag == Tag.BUNDLE_DELIVERED)
    hint = delivered.actor.removeprefix("app:")
    await world.workspace.command(world.alice, world.orders, f"/cert env revoke {hint}")
    await world.sees_privately(world.alice, "no longer works")
    assert (await app_of(world, issuer).fetch()).status == 401


async def test_who_gets_nothing(world: World, issuer: Issuer) -> None:
    """Another subject, another environment, one that is not there, an old token, and the address for pipelines."""
    await world.has_environment()
    await world.has_environment("orders/test")
    await named(world, issuer, "There is no secret to keep")
    now = world.workspace.clock.now()
    assert (await app_of(world, issuer).fetch()).status == 200
    for one in (
        app_of(world, issuer, "system:serviceaccount:orders:other"),
        app_of(world, issuer, path="orders/test"),
        app_of(world, issuer, path="orders/nothing"),
    ):
        assert (await one.fetch()).error == "unauthorized"
    old = App(base_of(world), issuer.token(APP, now, exp=int(now.timestamp()) - 600))
    assert (await old.fetch()).error == "token_expired"
    assert (await app_of(world, issuer)._call("POST", "restarted")).error == "wrong_scope"


async def test_an_issuer_whose_keys_cannot_be_fetched(world: World, issuer: Issuer) -> None:
    """The app is told that nobody knows, and asks again."""
    await world.has_environment()
    await named(world, issuer, "There is no secret to keep")
    issuer.away = True
    answer = await app_of(world, issuer).fetch()
    assert (answer.status, answer.error) == (503, "issuer_unreachable")
    assert answer.headers["Retry-After"]


async def test_what_is_no_identity(world: World, issuer: Issuer) -> None:
    """An issuer that the operator does not name, the same one twice, a member, and a form of the command."""
    await world.has_environment()
    say = world.workspace.command
    await say(world.alice, world.orders, f"/cert env identity {PRODUCTION} https://another.example {APP}")
    told = shown(await world.sees_privately(world.alice, "I trust no issuer"))
    assert issuer.address in told
    await say(world.alice, world.orders, f"/cert env identity {PRODUCTION} {APP}")
    await world.sees_privately(world.alice, "Write it like this")
    await say(world.bob, world.orders, f"/cert env identity {issuer.address} {APP}")
    await world.sees_privately(world.bob, "owner")
    await named(world, issuer, "There is no secret to keep")
    await named(world, issuer, "has this identity already")


async def test_in_a_protected_environment_it_waits(world: World, issuer: Issuer) -> None:
    """Another owner sees who would get the keys, and approves it."""
    await world.has_environment()
    await protect(world)
    await named(world, issuer, "approve")
    (request,) = await world.sees(f"let `{APP}` get the certificates and keys of *{PRODUCTION}*")
    assert issuer.address in shown(request)
    assert (await app_of(world, issuer).fetch()).status == 401
    await world.workspace.click(CAROL, request["ts"], "request_approve")
    await world.sees("gets the certificates and keys")
    assert (await app_of(world, issuer).fetch()).status == 200


async def test_a_command_is_started_with_an_identity(world: World, issuer: Issuer, tmp_path: Path) -> None:
    """The token is read from its file each time, for platforms sign it anew; a cache would open with none of them."""
    await world.has_environment()
    await added(world, "bank")
    await named(world, issuer, "There is no secret to keep")
    file, now = tmp_path / "token", world.workspace.clock.now()
    known = {**os.environ, "CERTDESK_URL": base_of(world), "CERTDESK_TOKEN_FILE": str(file)}
    show = "import os; print(sorted(os.listdir(os.environ['CERTDESK_DIR'])), [n for n in os.environ if 'TOKEN' in n])"
    for token, options, status, text in (
        (issuer.token(APP, now), (), 0, "'bank.p12'"),
        (issuer.token("another", now), (), 125, "the desk refuses (unauthorized)"),
        (issuer.token(APP, now), ("--cache", str(tmp_path / "cache")), 2, "needs a delivery token"),
    ):
        file.write_text(token)
        done = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "exec", "--environment", PRODUCTION, "--wait", "0", *options),
            *("--", sys.executable, "-c", show),
            env=known,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await done.communicate()
        assert (done.returncode, text in said.decode()) == (status, True), said.decode()
        assert token not in said.decode()
