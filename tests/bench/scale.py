"""A hundred thousand certificates: what people and programs ask of the store, against the bare statement.

    python -m tests.bench.scale [--certificates 100000] [--environments 1000] [--url postgresql://…]

Without an address it runs on SQLite and on PostgreSQL from the wheel. Each line is the store's way to ask, the SQL
statement alone in a transaction like its own, their ratio, and the indexes that the database says it uses. The
certificates are deposited as an import deposits them, but neither made nor opened: tests.bench.opening measures that.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretBytes, SecretStr
from sqlalchemy import Select, text

from store import KeyRing, Store, Transaction, certificates, environments, expiry, open_store, searching
from store.models import VersionRow
from tests.databases import _get_server
from tests.store.facts import ALICE, NOW, a_version, an_environment, an_upload

Ask = Callable[[Transaction], Awaitable[object]]

ROUNDS = 25
_INDEXES = ("ix_", "uq_", "pk_", "sqlite_autoindex")
KEY = SecretBytes(b"k" * 138)  # as long as an EC key; each is sealed anew all the same


async def fill(store: Store, each: int, places: range) -> None:
    """That many certificates in each of these environments; an environment in a transaction."""
    for number in places:
        async with store.transaction() as tx:
            place = await an_environment(tx, f"app{number // 4}/env{number % 4}", channel=f"C{number:08}")
            for at in range(each):
                name = f"client-{number}-{at}.partner{at % 97}.example"
                ends = NOW + timedelta(days=(number * 7 + at * 13) % 730)
                await certificates.deposit(
                    tx,
                    upload_id=await an_upload(tx),
                    environment_id=place.id,
                    label=f"label-{at}",
                    pins=(f"h{at}.example",),
                    new=a_version(name, key=KEY, effective_end=ends, not_after=ends),
                    by=ALICE,
                    at=NOW,
                )


async def _filled(store: Store, url: str, entry: SecretStr, each: int, places: int) -> None:
    """On PostgreSQL by as many processes as there are cores; SQLite has one writer."""
    if store.engine.dialect.name == "sqlite":
        await fill(store, each, range(places))
        return
    cores = os.cpu_count() or 1
    share = -(-places // cores)
    running = []
    for start in range(0, places, share):
        part = ("--fill", f"{start}:{min(start + share, places)}:{each}", "--url", url)
        command = (sys.executable, "-m", "tests.bench.scale", *part)
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        running.append(process.communicate(entry.get_secret_value().encode()))
    await asyncio.gather(*running)


async def _fill_part(url: str, part: str) -> None:
    """A process of :func:`_filled`; the key ring comes on standard input."""
    start, stop, each = (int(number) for number in part.split(":"))
    async with open_store(url, KeyRing.parse(SecretStr(sys.stdin.read()))) as store:
        await fill(store, each, range(start, stop))


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Median seconds."""
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


async def compare(store: Store, name: str, ask: Ask, query: Select[Any]) -> None:
    """The store's way, the bare statement, and the plan."""
    bare_sql = text(
        str(query.compile(dialect=store.engine.dialect, compile_kwargs={"literal_binds": True})).replace(":", "\\:")
    )

    async def ours() -> None:
        async with store.transaction() as tx:
            await ask(tx)

    async def bare() -> None:
        async with store.transaction() as tx:
            (await tx.session.execute(bare_sql)).all()

    explain = "EXPLAIN " if store.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    async with store.transaction() as tx:
        lines = [str(row[-1]) for row in await tx.session.execute(text(explain + bare_sql.text))]
    scans = [line.strip() for line in lines if "Seq Scan" in line or line.startswith("SCAN")]
    indexes = sorted({word for line in lines for word in re.split(r"[ ()]", line) if word.startswith(_INDEXES)})
    mine, its = await timed(ours), await timed(bare)
    plan = f"SCANS {scans}" if scans else ", ".join(indexes)
    print(f"    {name:<34}{mine * 1000:>9.2f} ms{its * 1000:>9.2f} ms bare{mine / its:>7.2f} x   {plan}", flush=True)


async def measure(url: str, count: int, places: int) -> None:
    """Fill and ask."""
    entry = KeyRing.new_entry("k1")
    ring = KeyRing.parse(entry)
    async with open_store(url, ring) as store:
        started = time.perf_counter()
        await _filled(store, url, entry, count // places, places)
        took = time.perf_counter() - started
        print(f"{store.engine.dialect.name}: {count:,} in {places:,} environments, {took:.0f} s ({count / took:.0f}/s)")
        async with store.transaction() as tx:
            await tx.session.execute(text("ANALYZE"))
            place = (await environments.bound_to(tx, f"C{places // 2:08}"))[0]
            sha = (await certificates.current(tx, place.id))[0].sha256
        for name, ask, query in _questions(place.id, sha, places):
            await compare(store, name, ask, query)
    started = time.perf_counter()
    async with open_store(url, ring):
        print(f"    {'start-up':<34}{(time.perf_counter() - started) * 1000:>9.2f} ms")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"    {'memory of this process at most':<34}{most:>9.0f} MB")


def _questions(place: str, sha: str, places: int) -> Iterator[tuple[str, Ask, Select[Any]]]:
    """What people and programs ask: a name, the store's way, and the statement that it comes down to."""
    of_place = certificates.current_query().where(certificates.in_environment(place))
    yield "one environment", lambda tx: certificates.current(tx, place), of_place
    for name, said in (("search by words", f"client partner5 {places // 2}"), ("search by a common word", "client")):
        query = searching.by_words(said)
        if query is not None:
            limited = query.order_by(VersionRow.id).limit(50)
            yield name, lambda tx, said=said: searching.search(tx, said), limited  # type: ignore[misc]  # bound now
    yield "search by fingerprint", lambda tx: searching.search(tx, sha[:12]), searching.by_fingerprint(sha[:12])
    for name, begins, lasts in (("what ends in a certain hour", 30, 1 / 24), ("what ends within 30 days", 0, 30)):
        window = (NOW + timedelta(days=begins), NOW + timedelta(days=begins + lasts))
        ask = partial(_ending, window)
        yield name, ask, expiry.ending_query(after=window[0], until=window[1])


async def _ending(window: tuple[datetime, datetime], tx: Transaction) -> object:
    return await expiry.ending(tx, after=window[0], until=window[1])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale")
    parser.add_argument("--certificates", type=int, default=100_000)
    parser.add_argument("--environments", type=int, default=1_000)
    parser.add_argument("--url")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = (options.certificates, options.environments)
    if options.fill:
        asyncio.run(_fill_part(options.url, options.fill))
        return
    if options.url:
        asyncio.run(measure(options.url, *sizes))
        return
    folder = Path(tempfile.mkdtemp(prefix="certdesk-"))
    try:
        if options.only != "postgresql":
            asyncio.run(measure(f"sqlite:///{folder / 'scale.sqlite3'}", *sizes))
        if options.only == "sqlite":
            return
        server = _get_server(folder)
        asyncio.run(measure(server.get_uri(), *sizes))
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
