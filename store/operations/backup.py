"""Backup and restore: every row as it is stored, sealed as it is stored, as JSON lines for either database.

The first line is a header. The last one says how many rows there are, the SHA-256 of all lines before it, by which a
file that was cut off is found, and the HMAC-SHA-256 of that under a key of the database's own. The backup holds that
key encrypted under the ring, so whoever changes a backup cannot make the code that fits. Bytes are base64, times
RFC 3339 in UTC.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, delete, func, inspect, select, text
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from store.database import Store, begun, make_engine, try_file
from store.errors import RingError, StoreError
from store.models import AuditHeadRow, Base, SecretRow, UtcTime
from store.operations import schema
from store.operations.open import opened_key, own_key_of
from store.secrets.ring import Ring

FORMAT, LAYOUT, _WITHOUT_MAC = "certdesk-backup", 2, 1
_FOR_BACKUPS = b"certdesk backup\0"
_AT_A_TIME = 500
# Tables that a backup of an earlier version may hold, and that nothing needs.
_GONE = frozenset({"search_term"})
_CHANGED = "This backup was changed since it was made, so nothing of it was restored. Take another one."
_OLD = (
    "This backup was made by a version that did not protect backups against changes. If you know where it was kept, "
    "restore it with --unprotected."
)
_NOT_ONE = "This is not a whole backup of Certdesk: it was cut off, changed, or is another kind of file."

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: rows by table."""

    rows: dict[str, int]


async def dump(store: Store, *, at: datetime) -> AsyncIterator[str]:
    """Yield the lines of a backup, each with its line end; consistent, while others go on writing."""
    digest, count = hashlib.sha256(), 0
    async with store.reading() as tx:
        connection = await tx.session.connection()
        revision = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        header = {"format": FORMAT, "layout": LAYOUT, "revision": revision, "at": _rfc3339(at)}
        yield _hashed(digest, header)
        for table in Base.metadata.sorted_tables:
            async for row in _rows(connection, table):
                count += 1
                yield _hashed(digest, {"table": table.name, "row": row})
    end = {"end": count, "sha256": digest.hexdigest(), "mac": _mac(store.audit_key, digest.hexdigest())}
    yield json.dumps(end) + "\n"


def _mac(key: bytes, sha256: str) -> str:
    return hmac.new(key, _FOR_BACKUPS + sha256.encode(), hashlib.sha256).hexdigest()


async def restore(url: str, ring: Ring, lines: Iterable[str], *, unprotected: bool = False) -> Restored:
    """Put a backup into an empty database, in one transaction; ``unprotected`` takes one that has no HMAC, too.

    Raises :class:`StoreError` for a database that holds anything, and for a file that is not whole or was changed, and
    :class:`RingError` where the ring does not open what is in it.
    """
    reading = _Reading(lines)
    whole = reading.rows()
    header = next(whole)
    if header["layout"] == _WITHOUT_MAC and not unprotected:
        raise StoreError(_OLD)
    engine = make_engine(url)
    try:
        try_file(engine)
        await schema.upgrade(engine, str(header["revision"]))
        async with begun(engine) as session:
            await _make_room(session)
            try:
                counts = await _put_back(session, whole)
            except (OperationalError, InterfaceError, InternalError):
                raise  # the database is away, which says nothing about the file
            except (KeyError, TypeError, ValueError, AttributeError, StatementError):
                # A row of another shape, or one that the database does not take: found before the end is reached.
                raise StoreError(_NOT_ONE) from None
            key = await _prove(session, ring)
            if header["layout"] != _WITHOUT_MAC and not hmac.compare_digest(reading.mac, _mac(key, reading.sha256)):
                raise StoreError(_CHANGED)
        await schema.upgrade(engine)
        return Restored(counts)
    finally:
        await engine.dispose()


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[Line]:
    query = select(table).order_by(*table.primary_key.columns)
    async for row in await connection.stream(query, execution_options={"yield_per": _AT_A_TIME}):
        yield {column.name: _out(row[at]) for at, column in enumerate(table.columns)}


def _out(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return _rfc3339(value) if isinstance(value, datetime) else value


def _rfc3339(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def _hashed(digest: Any, line: Line) -> str:
    written = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
    digest.update(written.encode())
    return written


class _Reading:
    """Reads a backup's lines; ``sha256`` and ``mac`` are known when all of them were read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.sha256 = self.mac = ""

    def rows(self) -> Iterator[Line]:
        """Yield the header and the rows. Raises :class:`StoreError` if the file is not whole."""
        digest, count, before = hashlib.sha256(), -1, ""
        for line in self._lines:
            if before:
                digest.update(before.encode())
                yield _line(before, header=count < 0)
                count += 1
            before = line
        end = _parsed(before)
        self.sha256, self.mac = digest.hexdigest(), str(end.get("mac") or "")
        if end.get("end") != count or end.get("sha256") != self.sha256 or not self.mac.isascii():
            raise StoreError(_NOT_ONE)


def _line(written: str, *, header: bool) -> Line:
    line = _parsed(written)
    known = line.get("format") == FORMAT and line.get("layout") in {LAYOUT, _WITHOUT_MAC}
    if header and not (known and isinstance(line.get("revision"), str)):
        raise StoreError(_NOT_ONE)
    return line


def _parsed(written: str) -> Line:
    try:
        line = json.loads(written)
    except ValueError:
        line = None
    if not isinstance(line, dict):
        raise StoreError(_NOT_ONE)
    return line


async def _make_room(session: AsyncSession) -> None:
    """Remove the canary and the head of the empty trail, which every opened database has; refuse any other row."""
    there = await (await session.connection()).run_sync(lambda connection: inspect(connection).get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name in {SecretRow.__tablename__, AuditHeadRow.__tablename__} or table.name not in there:
            continue
        if (await session.execute(select(func.count()).select_from(table))).scalar_one():
            raise StoreError("The database is not empty: a backup is restored into a new one.")
    await session.execute(delete(SecretRow))
    await session.execute(delete(AuditHeadRow))


async def _put_back(session: AsyncSession, lines: Iterator[Line]) -> dict[str, int]:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    counts: dict[str, int] = {}
    batch: list[Line] = []
    current = ""
    for line in lines:
        name = str(line.get("table"))
        if name in _GONE:
            continue
        if name not in tables:
            raise StoreError(_NOT_ONE)
        if name != current or len(batch) >= _AT_A_TIME:
            await _insert(session, tables.get(current), batch)
            batch, current = [], name
        row = line["row"]
        batch.append({one.name: _in(one, row[one.name]) for one in tables[name].columns if one.name in row})
        counts[name] = counts.get(name, 0) + 1
    await _insert(session, tables.get(current), batch)
    return counts


async def _insert(session: AsyncSession, table: Table | None, batch: list[Line]) -> None:
    if table is not None and batch:
        await session.execute(table.insert(), batch)


def _in(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if isinstance(column.type, UtcTime) else value


async def _prove(session: AsyncSession, ring: Ring) -> bytes:
    """Open the database's own key: a ring that does not fit is found out now, and not when a key is needed."""
    row = await own_key_of(session)
    if row is None:
        raise StoreError(_NOT_ONE)
    try:
        return await opened_key(row, ring)
    except RingError:
        raise RingError(
            f"The key ring does not open this backup: it was sealed with the key {row.key_id}. "
            "Give the ring that it was made with."
        ) from None
