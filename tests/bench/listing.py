"""`/cert` and `/cert list` with 1, 600 and 10,000 certificates in one environment, alone and beside an import.

    python -m tests.bench.listing [--sizes 1 600 10000] [--rounds 100] [--only sqlite]

On SQLite and on PostgreSQL from the wheel. Each line is p50 and p99 of the use case, p50 of the bare SQL statement that
its first lines come down to, on a connection of its own in the same run, and the ratio of the two medians. The import
runs in another process, 600 files with a key each. Below that, 16 people ask at once through Bolt: answers a second of
Certdesk, of a bare Bolt app that answers one word to the same commands by the same response_url, and of that app when
it reads one row from the store first: the most that any answer from the database can reach.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import Select, text

from bot.desk.base.desk import Desk
from bot.desk.certificates import inventory
from bot.desk.opener.pool import Opener
from bot.slack import Client, InFlight, build
from store import KeyRing, Store, environments, open_store
from store.certificates import clients, summaries
from store.models import CertificateRow
from tests.bench.scale import KEY, bring_in
from tests.databases import _get_server
from tests.store.facts import ALICE, NOW, a_version, an_environment, an_upload

PEOPLE, EACH = 16, 25
IMPORTED = 600
_SECRET = "signing"
_WORD = "certificate"


def channel_of(size: int) -> str:
    return f"C{size:08}"


async def fill(store: Store, size: int) -> None:
    """Deposit ``size`` certificates in one environment of a channel of its own."""
    async with store.transaction() as tx:
        place = await an_environment(tx, f"size{size}/production", channel=channel_of(size))
    for start in range(0, size, 500):
        async with store.transaction() as tx:
            for at in range(start, min(start + 500, size)):
                await clients.deposit(
                    tx,
                    upload_id=await an_upload(tx),
                    environment_id=place.id,
                    label=f"label-{at}",
                    pins=(f"h{at}.example",),
                    new=a_version(
                        f"client-{size}-{at}", key=KEY, effective_end=NOW + timedelta(days=at * 7 % 730, seconds=at)
                    ),
                    by=ALICE,
                    at=NOW,
                )


async def durations(work: Callable[[], Awaitable[Any]], rounds: int) -> list[float]:
    """Milliseconds of each round, ascending; five before them are not counted."""
    took = []
    for _ in range(rounds + 5):
        started = time.perf_counter()
        await work()
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took[5:])


async def compare(desk: Desk, size: int, rounds: int, beside: str) -> None:
    """Print both use cases beside the bare statements."""
    async with desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, channel_of(size))
    cases: tuple[tuple[str, Callable[[], Awaitable[Any]], Select[Any]], ...] = (
        (
            "/cert",
            lambda: inventory.overview(desk, channel_of(size)),
            summaries.first_query(place.id, CertificateRow.label),
        ),
        ("/cert list", lambda: inventory.listed(desk, channel_of(size)), summaries.page_query(place.id, 15)),
    )
    for name, work, query in cases:
        engine = desk.store.engine
        compiled = query.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
        statement = text(str(compiled).replace(":", "\\:"))

        async def bare(statement: Any = statement) -> None:
            async with desk.store.reading() as tx:
                (await tx.session.execute(statement)).all()

        ours, its = await durations(work, rounds), await durations(bare, rounds)
        p50, p99, base = statistics.median(ours), ours[int(len(ours) * 0.99)], statistics.median(its)
        print(f"  {name:<11}{size:>7,} {beside:<18}{p50:>8.2f}{p99:>9.2f}{base:>9.2f}{p50 / base:>8.2f} x", flush=True)


@asynccontextmanager
async def an_import(url: str, entry: SecretStr) -> AsyncIterator[None]:
    """Another process imports for as long as the block lasts."""
    command = (sys.executable, "-m", "tests.bench.listing", "--import", url)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=-1)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(entry.get_secret_value().encode() + b"\n")
    process.stdin.write_eof()
    await process.stdout.readline()
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        else:
            print("  (the import ended before the measurement did)")
        await process.communicate()


async def import_for_ever(url: str, ring: KeyRing) -> None:
    async with open_store(url, ring) as store:
        print("ready", flush=True)
        async with store.reading() as tx:
            taken = len(await environments.all_(tx))
        while True:
            await bring_in(store, IMPORTED, range(4 * taken, 4 * taken + 1))
            taken += 1


async def people(desk: Desk) -> None:
    """Print answers a second for 16 people at once: Certdesk's two commands, and one word of a bare app."""
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(_slack())
        http = await stack.enter_async_context(aiohttp.ClientSession())
        client, tracker = Client(token="xoxb-bench", base_url=f"{base}/api/", session=http), InFlight()
        certdesk = build(
            desk, client=client, signing_secret=_SECRET, http=http, file_hosts=frozenset(), tracker=tracker
        )
        bare, reader = (AsyncApp(client=client, signing_secret=_SECRET) for _ in range(2))

        async def one_word(ack: Any, respond: Any) -> None:
            await ack()
            await respond(_WORD)

        async def one_row(ack: Any, respond: Any) -> None:
            await ack()
            async with desk.store.reading() as tx:
                (found,) = await environments.bound_to(tx, channel_of(1))
            await respond(f"{_WORD} {found.path}")

        bare.command("/cert")(tracker.track(one_word))
        reader.command("/cert")(tracker.track(one_row))
        word = await _rate(bare, tracker, base, channel_of(600), "")
        row = await _rate(reader, tracker, base, channel_of(600), "")
        print(f"  16 people at once: a bare app {word:.0f} answers/s", flush=True)
        print(
            f"    the bare app, with one row read from the store {row:.0f} answers/s{row / word:>8.2f} of it",
            flush=True,
        )
        for size in (1, 600):
            for command in ("", "list"):
                ours = await _rate(certdesk, tracker, base, channel_of(size), command)
                name = f"/cert {command}".strip()
                print(f"    {name:<11}{size:>5} {ours:>8.0f} answers/s{ours / word:>8.2f} of it", flush=True)


async def _rate(app: AsyncApp, tracker: InFlight, base: str, channel: str, command: str) -> float:
    body = urlencode(
        {
            "command": "/cert",
            "text": command,
            "channel_id": channel,
            "user_id": ALICE,
            "team_id": "T0PRACTICE",
            "trigger_id": "1.2.3",
            "response_url": f"{base}/respond",
        }
    )

    async def person(times: int) -> None:
        for _ in range(times):
            stamp = str(int(time.time()))
            signature = SignatureVerifier(_SECRET).generate_signature(timestamp=stamp, body=body) or ""
            headers: dict[str, str | Sequence[str]] = {
                "content-type": ["application/x-www-form-urlencoded"],
                "x-slack-request-timestamp": [stamp],
                "x-slack-signature": [signature],
            }
            answer = await app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
            if answer.status != 200:
                raise SystemExit(f"refused: {answer.status} {answer.body}")

    await person(5)
    await tracker.wait(30)
    before = await _answers(base)
    started = time.perf_counter()
    await asyncio.gather(*(person(EACH) for _ in range(PEOPLE)))
    await tracker.wait(60)
    took = time.perf_counter() - started
    if (given := await _answers(base) - before) != PEOPLE * EACH:
        raise SystemExit(f"{given} answers came to {PEOPLE * EACH} commands")
    return PEOPLE * EACH / took


async def _answers(base: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{base}/answers") as answer:
        return int(await answer.text())


@asynccontextmanager
async def _slack() -> AsyncIterator[str]:
    """A Slack that says yes to everything, in another process; its address."""
    command = (sys.executable, "-m", "tests.bench.listing", "--slack")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def say_yes() -> None:
    given = 0

    async def answered(request: web.Request) -> web.Response:
        nonlocal given
        given += _WORD.encode() in await request.read()  # an apology is no answer
        return web.Response(text="ok")

    async def answers(_request: web.Request) -> web.Response:
        return web.Response(text=str(given))

    async def yes(request: web.Request) -> web.Response:
        identity = {"ok": True, "user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0PRACTICE", "url": "", "user": "b"}
        person = {"ok": True, "user": {"id": ALICE, "tz": "Europe/Berlin"}}
        answer = person if request.path.endswith("users.info") else identity
        return web.json_response(answer, headers={"x-oauth-scopes": "commands"})

    app = web.Application()
    app.router.add_post("/respond", answered)
    app.router.add_get("/answers", answers)
    app.router.add_route("*", "/{anything:.*}", yes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def measure(url: str, sizes: list[int], rounds: int) -> None:
    entry = KeyRing.new_entry("k1")
    ring = KeyRing.parse(entry)
    async with open_store(url, ring) as store, Opener() as opener:
        desk = Desk(store, opener, lambda: NOW)
        for size in sizes:
            await fill(store, size)
        if store.engine.dialect.name == "postgresql":
            async with store.transaction() as tx:
                await tx.session.execute(text("ANALYZE"))
        print(store.engine.dialect.name)
        print(f"  {'':<11}{'':>7} {'':<18}{'p50 ms':>8}{'p99 ms':>9}{'bare ms':>9}{'ratio':>8}")
        for size in sizes:
            await compare(desk, size, rounds, "alone")
        async with an_import(url, entry):
            for size in sizes:
                await compare(desk, size, rounds, "beside an import")
        if {1, 600} <= set(sizes):
            await people(desk)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.listing")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 600, 10_000])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--import", dest="import_", help=argparse.SUPPRESS)
    parser.add_argument("--slack", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.slack:
        asyncio.run(say_yes())
    elif options.import_:
        asyncio.run(import_for_ever(options.import_, KeyRing.parse(SecretStr(sys.stdin.read().strip()))))
    else:
        _on_both(options)


def _on_both(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="certdesk-"))
    try:
        if options.only != "postgresql":
            asyncio.run(measure(f"sqlite:///{folder / 'listing.sqlite3'}", options.sizes, options.rounds))
        if options.only != "sqlite":
            server = _get_server(folder)
            asyncio.run(measure(server.get_uri(), options.sizes, options.rounds))
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
