"""Opening in worker processes: within the budget, one at a time for a member, and never the end of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest
from pydantic import SecretStr

from bot.certificates import Code, Context, Format
from bot.desk.opener import pool
from bot.desk.opener.pool import Opener, Progress
from tests import making
from tests.today import NOW

CONTEXT = Context(now=NOW)
ANY = SecretStr("any")


@pytest.fixture
async def opener() -> AsyncIterator[Opener]:
    async with Opener(seconds=2.0, workers=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def hostile() -> bytes:
    return making.hostile_pfx(making.make())


async def test_past_the_budget_the_worker_is_killed(opener: Opener, hostile: bytes) -> None:
    """2^31 iterations, the better part of an hour, are answered at all, and the next file opens as ever."""
    report = await opener.client([hostile], ANY, CONTEXT)
    assert [one.code for one in report.findings] == [Code.TOO_EXPENSIVE]
    assert report.format is Format.PKCS12
    assert opener.kills == 1
    good = await opener.client([making.pfx(making.make())], SecretStr(making.PASSWORD), CONTEXT)
    assert good.client is not None


async def test_a_member_has_one_file_opened_at_a_time(opener: Opener, hostile: bytes) -> None:
    """A member's second file waits, and says so; another member's does not."""
    good, password = making.pfx(making.make()), SecretStr(making.PASSWORD)
    waiting, free = Progress(), Progress()
    opener._seconds = 20.0
    first = asyncio.create_task(opener.client([hostile], ANY, CONTEXT, member="U1"))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(opener.client([good], password, CONTEXT, member="U1", progress=waiting))
    await opener.client([good], password, CONTEXT, member="U2", progress=free)
    assert waiting.waiting
    assert not free.waiting
    assert not second.done()
    first.cancel()
    assert (await second).client is not None
    assert not waiting.waiting


def _takes_memory(size: int) -> int:
    return len(bytearray(size))


def _dies(_: int) -> int:
    raise SystemExit(3)


async def test_memory_is_limited() -> None:
    """A file that takes more memory than its budget is too expensive, and nothing else happens."""
    async with Opener(seconds=5.0, memory=256 * pool.MEBIBYTE, workers=1) as opener:
        with pytest.raises(pool.OverBudget):
            await opener._run(_takes_memory, 1024 * pool.MEBIBYTE)
        assert (await opener.survey(b"text", CONTEXT)).format is Format.UNKNOWN


async def test_a_worker_that_dies_is_replaced(opener: Opener) -> None:
    """A worker that crashes ends its own file and no other."""
    with pytest.raises((pool.OverBudget, pool.Unreadable)):
        await opener._run(_dies, 0)
    assert (await opener.survey(making.make("Root", ca=True).pem, CONTEXT)).authorities == 1


async def test_cancelling_kills_the_worker(opener: Opener, hostile: bytes) -> None:
    """Who gives up waiting leaves no worker behind that counts iterations."""
    task = asyncio.create_task(opener.client([hostile], ANY, CONTEXT))
    await asyncio.sleep(1.0)
    busy = {child.pid for child in psutil.Process().children()}
    assert busy
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [child for child in psutil.Process().children() if child.pid in busy]
    assert (await opener.survey(b"text", CONTEXT)).format is Format.UNKNOWN
