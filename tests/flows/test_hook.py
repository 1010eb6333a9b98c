"""A pipeline confirms a restart over HTTP, with a token that a member made in Slack."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from store import Store, Unavailable, audit
from store.audit import Tag
from store.restarts import pending, tokens
from tests import making
from tests.flows.world import World, shown
from tests.leaks import said_by_the_bot

ORDERS = "orders/production"


def address(world: World, path: str = ORDERS) -> str:
    return str(world.workspace.bot_url).replace("/slack/events", f"/v1/environments/{path}/restarted")


async def call(
    world: World, token: str | None, body: bytes | None = None, *, path: str = ORDERS, method: str = "POST", **more: str
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """What a pipeline does; status, JSON and headers of the answer."""
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, address(world, path), data=body, headers=headers) as answer,
    ):
        assert answer.content_type == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, await answer.json(), dict(answer.headers)


def at(moment: datetime) -> bytes:
    return json.dumps({"at": moment.isoformat()}).encode()


async def made_token(world: World, path: str = ORDERS, channel: str | None = None) -> str:
    """A token, as the member who made it reads it."""
    where = channel or world.orders

    def shown_tokens() -> list[str]:
        return re.findall(r"cdh_[\w-]{43}", shown({"all": world.workspace.ephemerals(world.alice, where)}))

    before = shown_tokens()
    await world.workspace.command(world.alice, where, f"/cert env token {path}")
    await world.workspace.wait_for(lambda: len(shown_tokens()) > len(before))
    return shown_tokens()[-1]


async def changed(world: World, name: str) -> None:
    """An authority is added, so that the app must be restarted."""
    root = making.make(name, ca=True)
    await world.workspace.command(world.alice, world.orders, f"/cert add {ORDERS}")
    view = await world.sees_view(world.alice, "Add to Certdesk")
    given_files = {"files": {"value": [("ca.pem", root.pem)]}}
    result = await world.workspace.submit(world.alice, view["id"], {}, given_files)
    assert result.action in {"clear", "update", "close"}
    await world.sees(f"`{name}` added as a CA certificate")


async def waiting(world: World) -> list[str]:
    async with world.desk.store.transaction() as tx:
        (place,) = [one for one in await world.environments(tx) if one.path == ORDERS]
        found = await pending.of(tx, place.id)
    return [one.label for one in found.changes] if found else []


def stored(folder: Path) -> list[Path]:
    found = list(folder.rglob("*.sqlite3*"))
    assert found
    return found


async def test_a_pipeline_confirms(world: World) -> None:
    """Its answer says so, the reminder in the channel says by which token, and a second call has nothing to do."""
    await world.has_environment()
    token = await made_token(world)
    await changed(world, "Partner Root")
    await world.sees("waits for a restart")
    status, said, _ = await call(world, token)
    assert (status, said) == (200, {"confirmed": True, "environment": ORDERS, "pending": 0})
    (confirmed,) = await world.sees("was restarted")
    assert f"a pipeline (token `…{token[-4:]}`) confirmed it" in shown(confirmed)
    assert not [one for one in world.workspace.messages(world.orders) if "restart_done" in shown(one)]
    status, said, _ = await call(world, token)
    assert (status, said) == (200, {"confirmed": False, "environment": ORDERS, "pending": 0})
    async with world.desk.store.transaction() as tx:
        (event,) = [one for one in await audit.events(tx) if one.tag == Tag.RESTART_CONFIRMED]
    assert event.actor == f"hook:{token[-4:]}"
    assert event.detail["where"].startswith("http:127.0.0.1:")


async def test_what_was_changed_after_the_moment_stays_pending(world: World) -> None:
    """With the moment of the restart, the change before it is confirmed and the one after has a reminder of its own."""
    await world.has_environment()
    token = await made_token(world)
    await changed(world, "Early Root")
    world.workspace.advance(timedelta(minutes=10))
    between = world.workspace.clock.now()
    world.workspace.advance(timedelta(minutes=10))
    await changed(world, "Late Root")
    long_ago = await call(world, token, at(between - timedelta(hours=1)))
    assert long_ago[:2] == (200, {"confirmed": False, "environment": ORDERS, "pending": 2})
    assert (await call(world, token, at(between)))[:2] == (
        200,
        {"confirmed": True, "environment": ORDERS, "pending": 1},
    )
    assert await waiting(world) == ["Late Root"]
    await world.sees("was restarted")
    (reminder,) = [one for one in await world.sees("restart_done")]
    assert "Late Root" in shown(reminder)
    assert "Early Root" not in shown(reminder)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"at": "2999-01-01T00:00:00Z"}', 400, "bad_at"),
        (b'{"at": "1999-01-01T00:00:00Z"}', 400, "bad_at"),
        (b'{"at": "2026-11-25T17:55:00"}', 400, "bad_at"),
        (b'{"at": 1764093300}', 400, "bad_at"),
        (b'{"at": "2026-02-30T00:00:00Z"}', 400, "bad_at"),
        (b'{"at": "0001-01-01T00:00:00+23:59"}', 400, "bad_at"),
        (b'{"time": "2026-11-25T17:55:00Z"}', 400, "unknown_field"),
        (b"at=2026-11-25", 400, "bad_body"),
        (b"[]", 400, "bad_body"),
        (b"[" * 4000, 400, "bad_body"),
        (b"\xff\xfe\x00", 400, "bad_body"),
        (b" " * 5000, 413, "too_large"),
        (b" \n", 200, ""),
        (b"{}", 200, ""),
        (b'{"at": null}', 200, ""),
    ],
)
async def test_a_bad_body_gets_a_sentence(world: World, body: bytes, status: int, code: str) -> None:
    """And nothing is confirmed by it; an empty one means now."""
    await world.has_environment()
    token = await made_token(world)
    await changed(world, "Partner Root")
    got, said, _ = await call(world, token, body)
    assert (got, said.get("error", "")) == (status, code)
    assert said["confirmed"] if status == 200 else said["message"].endswith(".")
    assert bool(await waiting(world)) == (status != 200)


async def test_who_has_no_token_learns_nothing(world: World) -> None:
    """No token, a wrong, a foreign or a revoked one, for what is there and what is not: one and the same answer."""
    await world.has_environment()
    await world.has_environment("payments/production", world.payments)
    good = await made_token(world)
    foreign = await made_token(world, "payments/production", world.payments)
    gone = await made_token(world)
    await world.workspace.command(world.alice, world.orders, f"/cert env revoke {gone[-4:]}")
    await world.sees_privately(world.alice, "is revoked")
    tries = [
        (token, path) for token in (None, "cdh_x", "cdh_" + "A" * 43, foreign, gone) for path in (ORDERS, "no/such")
    ]
    tries += [(good, "payments/production"), (good, "no/such"), (good, "Not%20a/pa%2Fth"), ("\xe9" * 20, ORDERS)]
    answers = [await call(world, token, path=path) for token, path in tries]
    assert {(status, json.dumps(said)) for status, said, _ in answers} == {(401, json.dumps(answers[0][1]))}
    assert {headers["WWW-Authenticate"] for _, _, headers in answers} == {"Bearer"}
    assert (await call(world, good))[0] == 200
    assert (await call(world, good, path="Orders/Production"))[0] == 200


async def test_an_environment_that_was_removed_takes_its_tokens_along(world: World) -> None:
    """Added anew under the same path, it has none."""
    await world.has_environment()
    token = await made_token(world)
    await world.workspace.command(world.alice, world.orders, f"/cert env remove {ORDERS}")
    question = await world.sees_privately(world.alice, "environment_remove")
    await world.workspace.click(world.alice, question["ts"], "environment_remove")
    await world.sees_privately(world.alice, "is removed")
    assert (await call(world, token))[0] == 401
    await world.workspace.command(world.alice, world.orders, f"/cert env add {ORDERS}")
    await world.sees_privately(world.alice, "is added")
    assert (await call(world, token))[0] == 401
    await world.workspace.command(world.alice, world.orders, "/cert env tokens")
    await world.sees_privately(world.alice, "has no tokens")


async def test_other_methods_and_addresses(world: World) -> None:
    """They get JSON as well."""
    status, said, headers = await call(world, None, method="GET")
    assert (status, said["error"], headers["Allow"]) == (405, "method_not_allowed", "POST")
    assert (await call(world, None, path="orders/production/x"))[:1] == (404,)


async def test_a_flood_of_refusals_is_bounded_in_the_trail(world: World) -> None:
    """Of a hundred tries twenty are written down; those of the next hour begin with how many were not."""
    await world.has_environment()
    for _ in range(100):
        assert (await call(world, "cdh_" + "A" * 43))[0] == 401
    world.workspace.advance(timedelta(hours=2))
    await call(world, None)
    async with world.desk.store.transaction() as tx:
        tried = [one for one in await audit.events(tx) if one.tag == Tag.ATTEMPT_REFUSED]
    assert len(tried) == 21
    assert tried[0].detail["unwritten"] == 80
    assert tried[1].detail["path"] == ORDERS
    assert str(tried[1].detail["where"]).startswith("http:127.0.0.1:")


async def test_a_database_away_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 503 and when to try again."""
    await world.has_environment()
    token = await made_token(world)

    async def away(_store: Store, _secret: object) -> None:
        raise Unavailable("busy")

    with monkeypatch.context() as patch:
        patch.setattr(tokens, "known", away)
        status, said, headers = await call(world, token)
    assert (status, said["error"], headers["Retry-After"]) == (503, "unavailable", "5")
    assert (await call(world, token))[0] == 200


async def test_the_token_is_shown_once_and_kept_nowhere(
    world: World, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """At DEBUG, in use, refused and revoked: of all that is logged, sent and stored one private message holds it."""
    caplog.set_level(logging.DEBUG)
    await world.has_environment()
    token = await made_token(world)
    for path in (ORDERS, "no/such"):
        await call(world, token, path=path)
    await call(world, token, f'{{"at": "{token}"}}'.encode())
    # aiohttp refuses such a header itself, and would log the line that it stands in.
    host = urlsplit(address(world))
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    writer.write(f"POST {host.path} HTTP/1.1\r\nAuthorization: Bearer {token}\x01\r\n\r\n".encode())
    assert b" 400 " in await reader.readline()
    writer.close()
    # Whoever revokes by pasting the whole of it reads no more than its end.
    await world.workspace.command(world.alice, world.orders, f"/cert env revoke {token}")
    await world.sees_privately(world.alice, f"`…{token[-4:]}` of *{ORDERS}* is revoked")
    await call(world, token)
    secret = token[4:30]
    assert secret not in caplog.text
    assert said_by_the_bot(world.workspace).count(secret.encode()) == 1
    await world.stop()
    assert not [file for file in stored(tmp_path) if secret.encode() in file.read_bytes()]


async def test_tokens_are_made_listed_and_revoked_by_members(world: World) -> None:
    """Guests make none; the list says by whom, when, and when it was used last; ten are enough."""
    await world.has_environment()
    await world.workspace.command(world.dave, world.orders, "/cert env token")
    await world.sees_privately(world.dave, "Guests")
    first = await made_token(world)
    await world.workspace.command(world.alice, world.orders, "/cert env tokens")
    listed = await world.sees_privately(world.alice, "never used")
    assert f"`…{first[-4:]}` confirms restarts; made by <@{world.alice}>" in shown(listed)
    await call(world, first)
    await world.workspace.command(world.bob, world.orders, "/cert env tokens")
    assert "last used" in shown(await world.sees_privately(world.bob, f"…{first[-4:]}"))
    await world.workspace.command(world.alice, world.orders, "/cert env revoke ZZZZ")
    await world.sees_privately(world.alice, "No token of")
    for _ in range(9):
        await made_token(world)
    await world.workspace.command(world.alice, world.orders, "/cert env token")
    await world.sees_privately(world.alice, "has 10 tokens already")


async def test_the_line_to_paste_works(world: World) -> None:
    """What the message says to run, run as it stands, confirms."""
    await world.has_environment()
    token = await made_token(world)
    await changed(world, "Partner Root")
    message = await world.sees_privately(world.alice, "curl")
    (line,) = [
        part.strip("`")
        for block in message["blocks"]
        for part in re.findall(r"```curl.*?```", block.get("text", {}).get("text", ""))
    ]
    process = await asyncio.create_subprocess_shell(
        line, env={"CERTDESK_TOKEN": token, "PATH": "/usr/bin:/bin"}, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert json.loads(out) == {"confirmed": True, "environment": ORDERS, "pending": 0}
