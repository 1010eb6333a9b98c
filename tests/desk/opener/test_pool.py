"""Opening in worker processes: within the budget, one at a time for a member, and never the end of the bot."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from bot.certificates import Code, Context, Format, Survey
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


async def test_few_members_hold_files_at_a_time(opener: Opener) -> None:
    """As many as there are workers, and each member once; who waits is told so; within a turn there is no other."""
    inside: list[str] = []
    most, overlaps, told = 0, 0, [Progress() for _ in range(24)]

    async def hold(number: int) -> None:
        nonlocal most, overlaps
        member = f"U{number % 12}"
        async with opener.fetching(member, progress=told[number]), opener.fetching(member):
            overlaps += member in inside
            inside.append(member)
            most = max(most, len(inside))
            await asyncio.sleep(0.01)
            inside.remove(member)

    running = [asyncio.create_task(hold(number)) for number in range(24)]
    await asyncio.sleep(0)
    assert sum(one.waiting for one in told) == 22
    await asyncio.gather(*running)
    assert (most, overlaps) == (2, 0)
    assert not any(one.waiting for one in told)


def _takes_memory(size: int) -> int:
    return len(bytearray(size))


def _dies(_: int) -> int:
    raise SystemExit(3)


async def test_memory_is_limited() -> None:
    """A file that takes more memory than its budget is too expensive, and nothing else happens."""
    async with Opener(seconds=5.0, memory=256 * pool.MEBIBYTE, workers=1) as opener:
        with pytest.raises(pool.OverBudget):
            await opener._run(int, _takes_memory, 1024 * pool.MEBIBYTE)
        assert (await opener.survey(b"text", CONTEXT)).format is Format.UNKNOWN


async def test_a_worker_that_dies_is_replaced(opener: Opener) -> None:
    """A worker that crashes ends its own file and no other."""
    with pytest.raises((pool.OverBudget, pool.Unreadable)):
        await opener._run(int, _dies, 0)
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


def _who(_: int) -> int:
    return os.getpid()


async def test_no_worker_serves_two_members(opener: Opener) -> None:
    """A member's next file may come to the same one; nobody else's ever does, and not one's that nobody is known of."""
    seen: dict[str | None, set[int]] = {}
    for member in ("U1", "U2", "U1", None, "U3", "U2", None, "U1"):
        seen.setdefault(member, set()).add(await opener._run(int, _who, 0, member=member))
    everybody = [pid for pids in seen.values() for pid in pids]
    assert len(everybody) == len(set(everybody))


def _tries(port: int) -> str:
    """What a file that has taken over would try; the names of what it could do."""
    could = []
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        could.append("network")
    with suppress(OSError), tempfile.NamedTemporaryFile("w") as file:
        file.write("x")
        file.flush()
        could.append("write")
    # Python sets the locale itself where there is none (PEP 538); the others are of the clock of these tests.
    could += sorted(set(os.environ) - {"LC_CTYPE", "PYTHONPATH", "TESTS_CLOCK_SHIFT"})
    # Its pipes, and the descriptor through which they are listed.
    could += sorted({one.name for one in Path("/proc/self/fd").iterdir()} - {"0", "1", "2", "3", "4"})
    return " ".join([*could, *([] if "NoNewPrivs:\t1" in Path("/proc/self/status").read_text() else ["privileges"])])


async def test_a_worker_has_nothing_to_take(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment, no network, no file that it could write, no descriptor but its pipes, no new privileges."""
    monkeypatch.setenv("CERTDESK_KEYS", "canary-of-a-ring")
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = int(server.sockets[0].getsockname()[1])
        assert "network" in _tries(port)
        could = await opener._run(str, _tries, port)
    allowed = "network" if "no network" in opener.lacking else ""
    assert could == allowed


@pytest.mark.parametrize("answer", ["os.system", "a string", {"x": 1}, 7])
async def test_what_a_worker_returns_is_a_report_or_nothing(opener: Opener, answer: Any) -> None:
    """It is parsed into the type that is expected; everything else is a file that cannot be read."""
    with pytest.raises(pool.Unreadable):
        await opener._run(Survey, _returns, answer)


def _returns(answer: Any) -> Any:
    return answer
