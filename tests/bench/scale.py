"""A hundred thousand certificates: what people and programs ask of the store, against the bare statement.

    python -m tests.bench.scale [--certificates 100000] [--environments 1000] [--url postgresql://…] [--deposit]

Without an address it runs on PostgreSQL from the wheel, and on an SQLite file that gets what is there by backup and
restore. Each line is the store's way to ask, the SQL statement alone in a transaction like its own, their ratio, and
the indexes that the database uses. The certificates come in by the import: each is made, opened by a worker, judged
and sealed. ``--deposit`` leaves all that out and deposits made-up rows, for a quick look.
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

from bot.desk.base.desk import Desk, Member
from bot.desk.deposit.importing import Fate, Imported, finish, import_file
from bot.desk.environments.environments import add
from bot.desk.opener.pool import Opener
from store import Environment, KeyRing, Store, Transaction, environments, expiry, open_store
from store.certificates import clients
from store.models import CertificateRow
from store.operations import backup
from tests import making
from tests.databases import _get_server
from tests.desk.everywhere import EVERYWHERE
from tests.store.facts import ALICE, NOW, a_version, an_environment, an_upload

Ask = Callable[[Transaction], Awaitable[object]]

ROUNDS = 25
TOGETHER = 4
_INDEXES = ("ix_", "uq_", "pk_", "sqlite_autoindex")
KEY = SecretBytes(b"k" * 138)  # as long as an EC key; each is sealed anew all the same


async def bring_in(store: Store, each: int, places: range) -> None:
    """Import that many certificates, each with its key in a PEM file, into each of these environments."""
    authority, alice = making.make("Bench CA", ca=True), Member(ALICE, timezone="Europe/Berlin", channels=EVERYWHERE)
    async with Opener(workers=2) as opener:
        desk = Desk(store, opener, lambda: NOW)
        for number in places:
            path, channel = f"app{number // 4}/env{number % 4}", f"C{number:08}"
            place = await add(desk, alice, channel, path)
            for start in range(0, each, TOGETHER):
                some = range(start, min(start + TOGETHER, each))
                fates = await asyncio.gather(*(_import(desk, place, authority, number, at) for at in some))
                if any(one.fate is not Fate.TAKEN for one in fates):
                    raise SystemExit(f"an import was refused: {fates}")
            await finish(desk, place)


async def _import(desk: Desk, place: Environment, authority: making.Made, number: int, at: int) -> Imported:
    name, ends = f"client-{number}-{at}.partner{at % 97}.example", timedelta(days=1 + (number * 7 + at * 13) % 730)
    made = making.make(name, authority, starts=NOW - making.DAY, ends=NOW + ends)
    return await import_file(desk, place, f"label-{at}.pem", made.key_pem() + made.pem, password=None, by=ALICE)


async def fill(store: Store, each: int, places: range) -> None:
    """That many made-up certificates in each of these environments; an environment in a transaction."""
    for number in places:
        async with store.transaction() as tx:
            place = await an_environment(tx, f"app{number // 4}/env{number % 4}", channel=f"C{number:08}")
            for at in range(each):
                name = f"client-{number}-{at}.partner{at % 97}.example"
                ends = NOW + timedelta(days=(number * 7 + at * 13) % 730)
                await clients.deposit(
                    tx,
                    upload_id=await an_upload(tx),
                    environment_id=place.id,
                    label=f"label-{at}",
                    pins=(f"h{at}.example",),
                    new=a_version(name, key=KEY, effective_end=ends, not_after=ends),
                    by=ALICE,
                    at=NOW,
                )


async def _filled(store: Store, url: str, entry: SecretStr, each: int, places: int, *, deposit: bool) -> None:
    """On PostgreSQL by as many processes as there are cores; SQLite has one writer."""
    if store.engine.dialect.name == "sqlite":
        await (fill if deposit else bring_in)(store, each, range(places))
        return
    cores = os.cpu_count() or 1
    share = -(-places // cores)
    running = []
    for start in range(0, places, share):
        part = ("--fill", f"{start}:{min(start + share, places)}:{each}", "--url", url, *["--deposit"] * deposit)
        command = (sys.executable, "-m", "tests.bench.scale", *part)
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        running.append(process.communicate(entry.get_secret_value().encode()))
    await asyncio.gather(*running)


async def _fill_part(url: str, part: str, *, deposit: bool) -> None:
    """A process of :func:`_filled`; the key ring comes on standard input."""
    start, stop, each = (int(number) for number in part.split(":"))
    async with open_store(url, KeyRing.parse(SecretStr(sys.stdin.read()))) as store:
        await (fill if deposit else bring_in)(store, each, range(start, stop))


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


async def measure_filled(url: str, count: int, places: int, *, deposit: bool, move_to: str = "") -> None:
    """Fill and ask; then move all of it by backup and restore to another, empty database and ask that too."""
    entry = KeyRing.new_entry("k1")
    ring = KeyRing.parse(entry)
    async with open_store(url, ring) as store:
        started = time.perf_counter()
        await _filled(store, url, entry, count // places, places, deposit=deposit)
        took = time.perf_counter() - started
        name = store.engine.dialect.name
    print(f"{name}: {count:,} in {places:,} environments, {took:.0f} s ({count / took:.0f}/s)", flush=True)
    await measure(url, ring, places)
    if move_to:
        await _move(url, move_to, ring)
        await measure(move_to, ring, places)


async def _move(url: str, to: str, ring: KeyRing) -> None:
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as copy:
        async with open_store(url, ring) as store:
            async for line in backup.dump(store, at=NOW):
                copy.write(line)
        copy.seek(0)
        written = time.perf_counter() - started
        rows = sum((await backup.restore(to, ring, copy)).rows.values())
    took = time.perf_counter() - started - written
    print(f"moved to {to.partition(':')[0]}: {rows:,} rows, backup {written:.0f} s, restore {took:.0f} s", flush=True)


async def measure(url: str, ring: KeyRing, places: int) -> None:
    """Ask what people and programs ask."""
    async with open_store(url, ring) as store:
        async with store.transaction() as tx:
            await tx.session.execute(text("ANALYZE"))
            place = (await environments.bound_to(tx, f"C{places // 2:08}"))[0]
        for name, ask, query in _questions(place.id):
            await compare(store, name, ask, query)
    started = time.perf_counter()
    async with open_store(url, ring):
        print(f"    {'start-up':<34}{(time.perf_counter() - started) * 1000:>9.2f} ms")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"    {'memory of this process at most':<34}{most:>9.0f} MB")


def _questions(place: str) -> Iterator[tuple[str, Ask, Select[Any]]]:
    """What people and programs ask: a name, the store's way, and the statement that it comes down to."""
    of_place = clients.current_query().where(CertificateRow.environment_id == place)
    yield "one environment", lambda tx: clients.current(tx, place), of_place
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
    parser.add_argument("--deposit", action="store_true")
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = (options.certificates, options.environments)
    if options.fill:
        asyncio.run(_fill_part(options.url, options.fill, deposit=options.deposit))
        return
    if options.url:
        asyncio.run(measure_filled(options.url, *sizes, deposit=options.deposit))
        return
    folder = Path(tempfile.mkdtemp(prefix="certdesk-"))
    try:
        embedded = f"sqlite:///{folder / 'scale.sqlite3'}"
        if options.only == "sqlite":
            asyncio.run(measure_filled(embedded, *sizes, deposit=options.deposit))
            return
        server, move_to = _get_server(folder), "" if options.only else embedded
        asyncio.run(measure_filled(server.get_uri(), *sizes, deposit=options.deposit, move_to=move_to))
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
