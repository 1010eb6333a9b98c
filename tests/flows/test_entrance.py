"""What reaches Slack's address from anybody: refused before it is looked into, counted, and logged once a minute."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import AsyncMock
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.response import BoltResponse

from bot import entrance, once
from bot.app import BOLT
from store import Store, environments
from tests.databases import postgres, postgres_url
from tests.flows.replicas import two_replicas
from tests.flows.test_metrics import scraped, value
from tests.flows.world import Message, World, open_world, shown

__all__ = ["postgres", "postgres_url"]

EVENT = json.dumps({"type": "event_callback", "event": {"type": "app_home_opened", "user": "U0ALICE", "tab": "home"}})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@dataclass
class Sent:
    """A request at Slack's address; signed as Slack signs, unless it says otherwise."""

    body: bytes = EVENT.encode()
    stamp: str | None = None
    signature: str | None = None
    content_type: str = "application/json"
    encoding: str = ""

    async def to(self, world: World, address: str = "") -> int:
        """Send it; the status of the answer."""
        stamp = str(int(time.time())) if self.stamp is None else self.stamp
        made = entrance.signature_of(SecretStr(world.workspace.signing_secret), stamp, self.body)
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": made if self.signature is None else self.signature,
            "Content-Type": self.content_type,
            **({"Content-Encoding": self.encoding} if self.encoding else {}),
        }
        async with (
            aiohttp.ClientSession(skip_auto_headers={"Content-Encoding"}) as session,
            session.post(address or str(world.workspace.bot_url), data=self.body, headers=headers) as answer,
        ):
            return answer.status


def _form(payload: str) -> Sent:
    return Sent(urlencode({"payload": payload}).encode(), content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        (Sent(signature=""), 401, entrance.UNSIGNED),
        (Sent(stamp=""), 401, entrance.UNSIGNED),
        (Sent(stamp="nan"), 401, entrance.UNSIGNED),
        (Sent(stamp="1e9"), 401, entrance.UNSIGNED),
        (Sent(stamp="\u0661\u0662"), 401, entrance.UNSIGNED),
        (Sent(stamp="9" * 40), 401, entrance.UNSIGNED),
        (Sent(stamp="1700000000"), 401, entrance.CLOCK),
        (Sent(signature="v0=0"), 401, entrance.SIGNATURE),
        (Sent(signature="v0=\u00e9"), 401, entrance.SIGNATURE),
        (Sent(b"x" * (entrance.MOST_BYTES + 1)), 413, entrance.TOO_LARGE),
        (Sent(b"{"), 400, entrance.MALFORMED),
        (Sent(b"[]"), 400, entrance.MALFORMED),
        (Sent(b"\xff\xfe"), 400, entrance.MALFORMED),
        (Sent(b"[" * 100_000), 400, entrance.MALFORMED),
        (_form("{"), 400, entrance.MALFORMED),
        (_form("[]"), 400, entrance.MALFORMED),
        (Sent(gzip.compress(EVENT.encode()), encoding="gzip"), 400, entrance.MALFORMED),
    ],
)
async def test_what_is_not_slacks_is_refused_and_counted(world: World, sent: Sent, status: int, reason: str) -> None:
    """By why it was refused: a wrong clock and a wrong secret are told from a stranger's attempt."""
    assert await sent.to(world) == status
    assert value(await scraped(world), "certdesk_requests_rejected_total", reason=reason) == 1


async def test_what_slack_signed_comes_in(world: World) -> None:
    """Nothing of it is counted as refused."""
    assert await Sent().to(world) == 200
    series = await scraped(world)
    assert sum(value(series, "certdesk_requests_rejected_total", reason=one) for one in entrance.REASONS) == 0


async def test_a_wrong_clock_is_said_once_a_minute(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """With the difference, and without filling the disk of somebody whose address is known to a stranger."""
    for _ in range(5):
        assert await Sent(stamp=str(int(time.time()) - 1000)).to(world) == 401
    (line,) = [one.getMessage() for one in caplog.records if "request_rejected" in one.getMessage()]
    assert "'clock_ahead_of_slack_seconds': 100" in line
    assert value(await scraped(world), "certdesk_requests_rejected_total", reason=entrance.CLOCK) == 5


async def test_a_bomb_is_not_inflated(world: World) -> None:
    """A megabyte that would be a gigabyte: what is not signed is not even read, and the bot answers meanwhile."""
    bomb = gzip.compress(bytes(2**30), 1)[: entrance.MOST_BYTES]
    sent = [Sent(bomb, signature="", encoding="gzip").to(world) for _ in range(4)]
    assert set(await asyncio.gather(*sent)) == {401}
    assert await Sent(bomb, encoding="gzip").to(world) == 400
    assert await Sent().to(world) == 200


async def test_half_a_body_is_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends no more is answered after a while, and holds nothing."""
    monkeypatch.setattr(entrance, "_SECONDS", 0.2)
    host, port = str(world.workspace.bot_url).removeprefix("http://").split("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    stamp = int(time.time())
    signed = f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0=1\r\n"
    writer.write(f"POST /slack/events HTTP/1.1\r\nHost: x\r\n{signed}Content-Length: 100\r\n\r\nhalf".encode())
    async with asyncio.timeout(30):
        assert b" 408 " in await reader.readline()
    writer.close()


async def test_a_replayed_request_is_executed_once(world: World) -> None:
    """The same signature comes in once, whoever sends it again; another request of the same second comes in."""
    sent = _adds_an_environment(world)
    assert [await sent.to(world) for _ in range(3)] == [200, 200, 200]
    await world.sees_privately(world.alice, "is added to")
    async with world.desk.store.reading() as tx:
        assert len(await environments.all_(tx)) == 1
    assert _told_that_it_exists(world) == []
    assert value(await scraped(world), "certdesk_requests_rejected_total", reason="replayed") == 2
    again = replace(sent, body=sent.body + b"&more=1")
    assert await again.to(world) == 200
    await world.sees_privately(world.alice, "exists already")


async def test_a_request_is_not_executed_again_after_a_restart(world: World) -> None:
    """What another process had first is answered as not available now: Slack would send it again, signed anew."""
    sent = _adds_an_environment(world)
    assert await sent.to(world) == 200
    await world.sees_privately(world.alice, "is added to")
    await world.restart()
    assert await sent.to(world) == 503
    assert _told_that_it_exists(world) == []
    assert value(await scraped(world), "certdesk_requests_rejected_total", reason="replayed") == 1


async def test_a_request_that_failed_comes_in_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At this process or at another: it did nothing, and Slack sends it again, maybe in the same second."""
    sent, dispatch = _adds_an_environment(world), _app(world)[BOLT].async_dispatch
    failing = AsyncMock(side_effect=[BoltResponse(status=500), Exception("broken")])
    monkeypatch.setattr(_app(world)[BOLT], "async_dispatch", failing)
    assert [await sent.to(world) for _ in range(2)] == [500, 500]
    monkeypatch.setattr(_app(world)[BOLT], "async_dispatch", dispatch)
    await world.restart()
    assert await sent.to(world) == 200
    await world.sees_privately(world.alice, "is added to")


async def test_a_store_that_is_away_keeps_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then each process remembers what it had itself: Slack waits three seconds for an answer."""
    monkeypatch.setattr(Store, "is_shared", True)  # as where others may hold what this one waits for
    monkeypatch.setattr(once, "_SHARED_SECONDS", 0.2)
    sent = Sent(stamp=str(int(time.time())))
    async with world.desk.store.transaction():  # SQLite has one writer
        assert [await sent.to(world) for _ in range(2)] == [200, 200]
    assert value(await scraped(world), "certdesk_requests_rejected_total", reason="replayed") == 1


async def test_replicas_share_what_they_let_in(tmp_path: Path, postgres_url: str) -> None:
    """A request that was sent to both at once, and to each again, is executed once."""
    async with (
        open_world(tmp_path, start=False) as world,
        two_replicas(world.workspace, tmp_path, postgres_url) as bots,
    ):
        sent = _adds_an_environment(world)
        addresses = [bot.url("slack/events") for bot in bots]
        answers = await asyncio.gather(*(sent.to(world, address) for address in addresses))
        assert sorted(answers) == [200, 503]
        assert [await sent.to(world, address) for address in addresses] == answers
        await world.sees_privately(world.alice, "is added to")
        assert _told_that_it_exists(world) == []


def _adds_an_environment(world: World) -> Sent:
    command = {
        "command": "/cert",
        "text": "env add orders/production",
        "user_id": world.alice,
        "channel_id": world.orders,
        "team_id": "T0PRACTICE",
        "trigger_id": "1.2.x",
        "response_url": "",
    }
    return Sent(urlencode(command).encode(), str(int(time.time())), content_type="application/x-www-form-urlencoded")


def _told_that_it_exists(world: World) -> list[Message]:
    return [one for one in world.workspace.ephemerals(world.alice, world.orders) if "exists already" in shown(one)]


def _app(world: World) -> web.Application:
    assert world.runner is not None
    return world.runner.app
