"""The webhook: its receiver can prove who asks, and no call is made twice that may have been heard."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretBytes, SecretStr

from bot.desk.restarts import connections, performing
from bot.platforms.webhook import signature
from bot.workspace.deploy_api import Trouble
from store import KeyRing, KeysUnavailable, queue
from store.restarts.connections import put
from tests.databases import sqlite_template, sqlite_url
from tests.desk.restarts.performed import ALICE, PATH, Practice, practice
from tests.desk.restarts.test_performer import result
from tests.platforms.troubles import HTML, answers, cuts, hangs

__all__ = ["sqlite_template", "sqlite_url"]

SECRET = "a-secret-of-the-tests"
README = (Path(__file__).parents[2] / "README.md").read_text()


@dataclass
class Pipeline:
    """A receiver, written from the README alone: it takes nothing that is not signed."""

    answers: deque[Trouble] = field(default_factory=deque)
    orders: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    asked: int = 0
    refused: int = 0

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        signed = b"v1:" + request.headers["X-Certdesk-Timestamp"].encode() + b":" + body
        expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers["X-Certdesk-Signature"], expected):
            self.refused += 1
            return web.Response(status=401)
        self.keys.append(request.headers["Idempotency-Key"])
        self.queries.append(request.query_string)
        if request.method == "POST":
            self.orders.append(json.loads(body))
        else:
            self.asked += 1
        return await self.answers.popleft()(request) if self.answers else web.Response(text="restarted")


@pytest.fixture
async def pipeline() -> AsyncIterator[tuple[Pipeline, str]]:
    made, app = Pipeline(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield made, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def desk(sqlite_url: str, pipeline: tuple[Pipeline, str]) -> AsyncIterator[Practice]:
    async with practice(sqlite_url) as opened:
        await connect(opened, pipeline[1])
        yield opened


async def connect(
    desk: Practice, base: str, *, expect: str = "restarted", secret: str = SECRET, query: str = ""
) -> None:
    given, kind = {"url": f"{base}/restart{query}", "expect": expect}, desk.desk.platforms.kind("webhook")
    await connections.connect(desk.desk, ALICE, desk.place.id, kind, given=given, secret=SecretStr(secret))


async def test_a_signed_order_and_the_expected_answer(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """It says which run, where, for whom and since when; what was pending is confirmed."""
    await desk.change()
    desk.clock.moment += timedelta(seconds=1)
    run = await desk.restarted()
    assert result(run) == ("done", "running", "")
    assert pipeline[0].orders == [
        {"event": "restart", "run": run.id, "environment": PATH, "by": ALICE.id, "at": run.began_at.isoformat()}
    ]
    assert pipeline[0].keys == [run.id]
    assert await desk.pending() == []
    assert desk.cloud.calls == []


async def test_a_query_is_a_secret(desk: Practice, pipeline: tuple[Pipeline, str], sqlite_url: str) -> None:
    """What stands behind the question mark is sent with each call, and in no database and no answer."""
    await connect(desk, pipeline[1], query="?token=canary-query&env=a%20b")
    assert result(await desk.restarted()) == ("done", "running", "")
    assert pipeline[0].queries == ["token=canary-query&env=a b"]
    made = await connections.connection_of(desk.desk, desk.place.id)
    assert made is not None
    kind = desk.desk.platforms.of(made)
    assert kind.details(made.settings) == {"address": f"{pipeline[1]}/restart"}
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    assert not [one for one in folder.rglob("*") if one.is_file() and b"canary-query" in one.read_bytes()]


async def test_a_query_that_was_kept_before(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """Connections that were made when the query was still a setting go on as they are."""
    async with desk.desk.store.transaction() as tx:
        settings = {"url": f"{pipeline[1]}/restart?token=old", "expect": "restarted"}
        await put(
            tx,
            environment_id=desk.place.id,
            kind="webhook",
            settings=settings,
            secret=SecretStr(SECRET),
            by=ALICE.id,
            at=desk.clock(),
        )
    assert result(await desk.restarted()) == ("done", "running", "")
    assert pipeline[0].queries == ["token=old"]


async def test_another_secret_is_refused(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """The receiver finds out, and nothing was restarted."""
    await connect(desk, pipeline[1], secret="another-secret-of-the-tests")
    assert result(await desk.restarted()) == ("not_stopped", "running", "http_401")
    assert (pipeline[0].refused, pipeline[0].orders) == (1, [])


async def test_a_status_that_is_asked_for(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """202 with an address: it is asked there, signed as well, until it is not 202 any more."""
    accepted = answers(202, "", Location="/status/7")
    pipeline[0].answers.extend([accepted, answers(202), answers(202)])
    run = await desk.restarted()
    assert result(run) == ("done", "running", "")
    assert (len(pipeline[0].orders), pipeline[0].asked) == (1, 3)
    assert set(pipeline[0].keys) == {run.id}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answers(200, "no such thing"), ("unknown", "unknown", "unexpected")),
        (answers(200, HTML), ("unknown", "unknown", "unexpected")),
        (answers(500), ("unknown", "unknown", "http_500")),
        (answers(404), ("not_stopped", "running", "http_404")),
        (answers(302, "", Location="/elsewhere"), ("unknown", "unknown", "redirected")),
        (answers(202, "", Location="https://elsewhere.example/s"), ("unknown", "unknown", "foreign_status")),
        (hangs, ("unknown", "unknown", "no_answer")),
        (cuts, ("unknown", "unknown", "no_answer")),
    ],
)
async def test_wrong_answers(
    desk: Practice, pipeline: tuple[Pipeline, str], answer: Trouble, expected: tuple[str, str, str]
) -> None:
    """What may have been heard is not said a second time, and what is not known is not claimed."""
    await desk.change()
    pipeline[0].answers.append(answer)
    assert result(await desk.restarted()) == expected
    assert len(pipeline[0].orders) == 1
    assert await desk.pending() == ["bank"]
    assert len(desk.said.alarms()) == (1 if expected[0] == "unknown" else 0)


async def test_a_pipeline_that_says_it_failed(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """At the status: nobody knows how the app is, and people are called."""
    pipeline[0].answers.extend([answers(202, "", Location="/status/7"), answers(202), answers(410)])
    assert result(await desk.restarted()) == ("unknown", "unknown", "http_410")


async def test_whoever_died_while_calling(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """It may have been heard: it is not said again."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    async with desk.desk.store.transaction() as tx:
        await queue.claim(tx, now=desk.clock(), limit=1, lease=timedelta(seconds=120), lane=queue.DO)
    assert result(await desk.ended(run)) == ("unknown", "unknown", "lost")
    assert pipeline[0].orders == []


async def test_keys_that_are_away_before_the_call(desk: Practice, pipeline: tuple[Pipeline, str]) -> None:
    """Nothing was sent: it is sent once they are back, and nobody is called for it."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    blind = replace(desk, desk=replace(desk.desk, store=replace(desk.desk.store, ring=Away())))
    await blind.step()
    await blind.step()
    assert pipeline[0].orders == []
    assert result(await desk.ended(run)) == ("done", "running", "")
    assert len(pipeline[0].orders) == 1


class Away(KeyRing):
    """A ring whose service does not answer."""

    def __init__(self) -> None:
        super().__init__("k", {"k": SecretBytes(b"k" * 32)})

    async def unwrap(self, key_id: str, wrapped: bytes, binding: bytes) -> bytes:
        raise KeysUnavailable("away")


def test_the_example_of_the_readme() -> None:
    """What the README shows is signed with the secret that it names."""
    shown = README.split("**A webhook.**")[1].split("| you answer")[0]
    stamp, made, body = re.findall(r"Timestamp: (\d+)\nX-Certdesk-Signature: (\S+)\n\n(\{.*\})", shown)[0]
    (secret,) = re.findall(r"here `(\S+)`", shown)
    assert signature(SecretStr(secret), stamp, body.encode()) == made
