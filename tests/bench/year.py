"""A year, day by day, with a hundred thousand certificates: what a day costs, against what is due on it.

    python -m tests.bench.year [--certificates 100000] [--environments 1000] [--days 365] [--spread 730]
                                [--only sqlite|postgresql]

Every warning and every weekly list is held against what was reckoned by hand (tests/desk/endings_of_a_year.py). Slack
is left out: what is said is only written down. The rows are made up and put in by SQL; their watches by the desk's own
rule. Printed are, for each month, what was due and what it took; the time for an item on days with little and with much
to say; a look when nothing is due, with a hundredth of the rows and with all of them; the rows that PostgreSQL read for
an item, by table, and how many of them by reading a table whole; and how each query of the queue is planned.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, text

from bot.desk.base.desk import Desk
from bot.desk.kinds import KINDS
from bot.desk.outbox import runner
from store import Environment, KeyRing, Store, expiry, open_store, queue
from tests.databases import _get_server
from tests.desk.expiry import many_certificates

LOOKS = 100
_STATISTICS = text(
    "SELECT relname, coalesce(seq_tup_read, 0), coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables ORDER BY relname"
)


class Clock:
    """The desk's, moved by hand."""

    time = many_certificates.MONDAY

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class Size:
    """How much of everything; the ends are spread over so many days."""

    certificates: int
    environments: int
    days: int
    spread: int


@dataclass(frozen=True)
class Spent:
    """A day: how many items were said or passed over, the seconds it took, and the rows that were read."""

    evening: datetime
    items: int
    seconds: float
    rows: Counter[str]
    scanned: Counter[str]


class Statistics:
    """What PostgreSQL read since the last time; nothing elsewhere."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._before: tuple[Counter[str], Counter[str]] = (Counter(), Counter())

    async def since(self) -> tuple[Counter[str], Counter[str]]:
        """Rows by index and by reading whole tables, by table."""
        if self._store.engine.dialect.name != "postgresql":
            return Counter(), Counter()
        async with self._store.transaction() as tx:
            await tx.session.execute(text("SELECT pg_stat_force_next_flush()"))
        async with self._store.transaction() as tx:
            rows = (await tx.session.execute(_STATISTICS)).all()
        now = Counter({name: index for name, _, index in rows}), Counter({name: whole for name, whole, _ in rows})
        before, self._before = self._before, now
        return now[0] - before[0], now[1] - before[1]


async def count_done(store: Store) -> int:
    """How many items were ever done."""
    async with store.transaction() as tx:
        return int(await tx.session.scalar(text("SELECT count(*) FROM due WHERE done_at IS NOT NULL")) or 0)


async def a_year(url: str, size: Size) -> None:
    """Fill, look when nothing is due, and let the days pass."""
    clock, ring = Clock(), KeyRing.parse(KeyRing.new_entry("k1"))
    async with open_store(url, ring) as store:
        desk = Desk(store=store, opener=None, clock=clock)  # type: ignore[arg-type]  # no file is opened
        print(store.engine.dialect.name, flush=True)
        here = await many_certificates.places(desk, size.environments)
        planned = await _filled(desk, here, size)
        await _plans(store, here, clock.time)
        await _pass(desk, clock, planned, size.days)


async def _filled(desk: Desk, here: Sequence[Environment], size: Size) -> list[many_certificates.Planned]:
    """A hundredth of it first, so that a look can be compared with a look when everything is there."""
    each, few = size.certificates // size.environments, max(size.environments // 100, 1)
    planned: list[many_certificates.Planned] = []
    looks, started = [], time.perf_counter()
    for some, first in ((here[:few], 0), (here[few:], few)):
        planned += await many_certificates.fill(desk, some, each, first=first, spread=size.spread)
        await _analyze(desk.store)
        looks.append(await _look(desk))
        print(f"    nothing due, {len(planned):>7,} watched {looks[-1] * 1000:>9.2f} ms a look", flush=True)
    print(f"    {looks[1] / looks[0]:.2f} x; filled in {time.perf_counter() - started:.0f} s", flush=True)
    return planned


async def _analyze(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.session.execute(text("ANALYZE"))


async def _look(desk: Desk) -> float:
    """Median seconds of finding out that there is nothing to do, and when to look again."""
    recorder, took = many_certificates.Recorder(desk), []
    for _ in range(LOOKS):
        started = time.perf_counter()
        assert not await runner.run_once(desk, KINDS, recorder)
        async with desk.store.transaction() as tx:
            assert await queue.next_due(tx, now=desk.clock()) is not None
        took.append(time.perf_counter() - started)
    return statistics.median(took)


async def _pass(desk: Desk, clock: Clock, planned: Sequence[many_certificates.Planned], days: int) -> None:
    recorder, read = many_certificates.Recorder(desk), Statistics(desk.store)
    replacing, known = many_certificates.to_replace(planned), {one.id: one for one in planned}
    spent: list[Spent] = []
    await read.since()
    for evening in many_certificates.days_of(days):
        clock.time = evening
        before = await count_done(desk.store)
        await read.since()
        started = time.perf_counter()
        await many_certificates.say(desk, recorder)
        seconds = time.perf_counter() - started
        rows, scanned = await read.since()
        spent.append(Spent(evening, await count_done(desk.store) - before, seconds, rows, scanned))
        for one in replacing.get(evening.date(), ()):
            if both := await many_certificates.replace_(desk, one):
                known.update({each.id: each for each in both})
        if evening.day == 1:
            await _vacuum(desk.store)
            _month(spent[-31:])
    _judge(recorder, list(known.values()), clock.time)
    _summary(spent)


async def _vacuum(store: Store) -> None:
    """What autovacuum does by itself in the weeks that are skipped here."""
    if store.engine.dialect.name != "postgresql":
        return
    async with store.engine.connect() as connection:
        apart = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await apart.execute(text("VACUUM ANALYZE due"))


def _month(several: Sequence[Spent]) -> None:
    items, seconds = sum(one.items for one in several), sum(one.seconds for one in several)
    print(
        f"    until {several[-1].evening:%Y-%m-%d} {items:>8,} items {seconds:>8.1f} s"
        f" {seconds / max(items, 1) * 1000:>7.2f} ms an item",
        flush=True,
    )


def _judge(recorder: many_certificates.Recorder, known: Sequence[many_certificates.Planned], now: datetime) -> None:
    until = now.date()
    warned, listed = many_certificates.warnings_expected(known, until), many_certificates.digests_expected(known, until)
    sound = dict(recorder.warned) == warned and dict(recorder.listed) == listed and not recorder.others
    names = sum(len(ids) for (only,) in listed.values() for ids in [only])
    replaced = sum(one.replaced_on is not None for one in known)
    print(f"    warnings {sum(map(len, recorder.warned.values())):,} of {len(warned):,} expected, each once")
    print(f"    lists    {sum(map(len, recorder.listed.values())):,} of {len(listed):,} expected, {names:,} names")
    print(f"    {replaced:,} were replaced meanwhile; everything as reckoned: {sound}", flush=True)


def _summary(spent: Sequence[Spent]) -> None:
    busy = sorted((one for one in spent if one.items), key=lambda one: one.items)
    tenth = max(len(busy) // 10, 1)
    _kind_of_day("the tenth of the days with least", busy[:tenth])
    _kind_of_day("the tenth of the days with most", busy[-tenth:])


def _kind_of_day(name: str, several: Sequence[Spent]) -> None:
    items, seconds = sum(one.items for one in several), sum(one.seconds for one in several)
    print(f"    {name:<36}{items / len(several):>9.0f} items a day {seconds / items * 1000:>7.2f} ms an item")
    rows, scanned = _together([one.rows for one in several]), _together([one.scanned for one in several])
    if not rows:
        return
    print(
        f"        {sum(rows.values()) / items:.1f} rows an item by index, {sum(scanned.values()) / items:.1f} otherwise"
    )
    for table, count in rows.most_common(8):
        print(f"        {table:<20}{count / items:>9.2f} by index {scanned[table] / items:>9.2f} otherwise")


def _together(several: Sequence[Counter[str]]) -> Counter[str]:
    return sum(several, Counter[str]())


async def _plans(store: Store, here: Sequence[Environment], now: datetime) -> None:
    soon = now + timedelta(days=9)
    window = {"after": now + timedelta(days=28), "until": now + timedelta(days=92)}
    ids = [one.id for one in here if one.channel == here[0].channel]
    waiting, planned = queue.next_queries(now=soon, lane=queue.SAY)
    queries: dict[str, Select[Any]] = {
        "claim": queue.claim_query(now=soon, limit=10),
        "next, of what waits": waiting,
        "next, of what is planned": planned,
        "list, versions": expiry.versions_ending_query(ids, **window),
        "list, authorities": expiry.authorities_ending_query(ids, **window),
    }
    for name, query in queries.items():
        print(f"    {name:<26}{await _plan(store, query)}", flush=True)


async def _plan(store: Store, query: Select[Any]) -> str:
    bare = str(query.compile(dialect=store.engine.dialect, compile_kwargs={"literal_binds": True})).replace(":", "\\:")
    explain = "EXPLAIN " if store.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    async with store.transaction() as tx:
        lines = [str(row[-1]).strip() for row in await tx.session.execute(text(explain + bare))]
    told = [line for line in lines if "Scan" in line or line.startswith(("SCAN", "SEARCH"))]
    return "; ".join(line.split("  (cost")[0].removeprefix("->  ") for line in told)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.year")
    parser.add_argument("--certificates", type=int, default=100_000)
    parser.add_argument("--environments", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--spread", type=int, default=many_certificates.SPREAD, help="days over which ends spread")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    size = Size(options.certificates, options.environments, options.days, options.spread)
    folder = Path(tempfile.mkdtemp(prefix="certdesk-"))
    try:
        if options.only != "postgresql":
            asyncio.run(a_year(f"sqlite:///{folder / 'year.sqlite3'}", size))
        if options.only != "sqlite":
            server = _get_server(folder)
            asyncio.run(a_year(server.get_uri(), size))
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
