"""Whoever opens connections and says nothing, or half of it, keeps nobody out and is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot import connections
from bot.connections import GuardedRunner

MOST = 20
HALF = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    """A server that answers ``ok``, and waits for a body first where there is one; its port."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = GuardedRunner(app, most=MOST, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def opened(port: int, data: bytes, count: int) -> list[Pair]:
    made = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    for _, writer in made:
        writer.write(data)
        await writer.drain()
    await asyncio.sleep(0.1)
    return made


async def closed(several: list[Pair]) -> None:
    for _, writer in several:
        writer.close()


async def asked(port: int) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
        return await answer.text()


@pytest.mark.parametrize("data", [b"", HALF], ids=["nothing", "half of the headers"])
async def test_silent_connections_keep_nobody_out(data: bytes) -> None:
    """Fifteen times as many as an address may have: the oldest make room, and a request is answered."""
    async with served() as port:
        several = await opened(port, data, 15 * MOST)
        assert await asked(port) == "ok"
        await closed(several)


async def test_headers_that_do_not_end_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the deadline the connection is gone; one whose headers have ended is not, however long its body takes."""
    monkeypatch.setattr(connections, "_HEADERS_SECONDS", 0.3)
    async with served() as port:
        silent = await opened(port, HALF, 1)
        slow = await opened(port, HALF + b"\r\n", 1)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(5):
                await silent[0][0].readexactly(1)
        slow[0][1].write(b"hello")
        async with asyncio.timeout(5):
            assert (await slow[0][0].readline()).startswith(b"HTTP/1.1 200")
        await closed(slow)


async def test_headers_in_pieces_are_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their end is found wherever the pieces part."""
    monkeypatch.setattr(connections, "_HEADERS_SECONDS", 0.4)
    async with served() as port:
        ((reader, writer),) = await opened(port, b"", 1)
        for piece in (b"GET / HTTP/1.1\r\nHost: x\r", b"\n", b"\r", b"\n"):
            writer.write(piece)
            await asyncio.sleep(0.02)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.6)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            while b"HTTP/1.1 200" not in await reader.readline():
                pass
        writer.close()


async def test_so_many_requests_of_an_address_and_no_more() -> None:
    """Those that have asked keep their places: one more is refused until one of them is done."""
    async with served() as port:
        several = await opened(port, HALF + b"\r\n", MOST)
        with pytest.raises(aiohttp.ClientError):
            await asked(port)
        several[0][1].close()
        await asyncio.sleep(0.1)
        assert await asked(port) == "ok"
        await closed(several)
