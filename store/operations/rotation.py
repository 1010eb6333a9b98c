"""Turning the key ring: what was sealed under an older key is sealed anew under the first, in batches.

Both layers are bound to the key's name, so a row is opened and sealed again rather than its data key alone wrapped
anew. A batch is a transaction: a kill leaves whole rows of the old key and whole rows of the new, and the next run goes
on with the old ones. Whoever reads meanwhile finds the one or the other, and the ring opens both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from store import audit
from store.certificates.clients import place_of
from store.database import ReadTransaction, Store, Transaction
from store.database.authentic import UNCHECKED
from store.errors import SealBroken
from store.models import CertificateRow, ConnectionRow, RequestRow, SecretRow, VersionRow
from store.operations.open import OWN_KEY_PLACE
from store.requests import requests
from store.requests.requests import State
from store.restarts import connections
from store.secrets.sealing import Place, Sealed, seal, unseal

BATCH = 200


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A table of sealed secrets: its rows that hold one, each with what says where it lies."""

    what: str
    table: type[VersionRow] | type[ConnectionRow] | type[RequestRow]
    holds: ColumnElement[bool]
    query: Any  # a Select of the rows, whose types differ
    place: Callable[[Any], Place]

    def after(self, id_: str, batch: int) -> Select[Any]:
        """Return the next ``batch`` rows, also those that were changed behind our back: a seal says of itself."""
        query: Select[Any] = self.query.where(self.holds, self.table.id > id_).order_by(self.table.id).limit(batch)
        return query.execution_options(**UNCHECKED)


_VERSIONS = _Shelf(
    "version",
    VersionRow,
    VersionRow.purged_at.is_(None),
    select(VersionRow, CertificateRow).join(CertificateRow, CertificateRow.id == VersionRow.certificate_id),
    lambda row: place_of(row[1], row[0].id),
)
_CONNECTIONS = _Shelf(
    "connection",
    ConnectionRow,
    ConnectionRow.id != "",
    select(ConnectionRow),
    lambda row: connections.place_of(row[0]),
)
_REQUESTS = _Shelf(
    "request",
    RequestRow,
    RequestRow.state == State.WAITING,
    select(RequestRow),
    lambda row: requests.place_of(row[0]),
)
_SHELVES = (_VERSIONS, _CONNECTIONS, _REQUESTS)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did: rows sealed anew, and by the name of its key what still needs an old one."""

    rewrapped: int
    left: Mapping[str, int]


async def secrets_by_key(tx: ReadTransaction) -> dict[str, int]:
    """Count the secrets under each key, by its name; what was purged counts for none."""
    found: dict[str, int] = {}
    held = [(shelf.table, shelf.holds) for shelf in _SHELVES]
    for table, condition in (*held, (SecretRow, SecretRow.name != "")):
        query = select(table.key_id, func.count()).where(condition).group_by(table.key_id)
        for name, count in await tx.session.execute(query):
            found[name] = found.get(name, 0) + count
    return found


async def rotate(
    store: Store,
    *,
    by: str,
    clock: Callable[[], datetime],
    batch: int = BATCH,
    told: Callable[[int], None] | None = None,
) -> Rotation:
    """Seal everything under the ring's first key; ``told`` hears after each batch how many rows it had.

    Rows that do not open (their key is not in the ring, or their bytes were changed) are left as they are and counted
    in the end. Safe to run several times, and at the same time.
    """
    await _rewrap_own(store)
    rewrapped = 0
    for shelf in _SHELVES:
        rewrapped += await _rotate_shelf(store, shelf, by=by, clock=clock, batch=batch, told=told)
    async with store.reading() as tx:
        counts = await secrets_by_key(tx)
    return Rotation(rewrapped, {name: count for name, count in counts.items() if name != store.ring.first})


async def _rotate_shelf(
    store: Store,
    shelf: _Shelf,
    *,
    by: str,
    clock: Callable[[], datetime],
    batch: int,
    told: Callable[[int], None] | None,
) -> int:
    rewrapped, after = 0, ""
    while True:
        async with store.transaction() as tx:
            done, seen, after = await _rewrap(tx, shelf, after, batch)
            if done:
                detail: dict[str, str | int] = {"count": done, "key": store.ring.first}
                tx.record(audit.Tag.KEYS_REWRAPPED, by, clock(), detail)
        rewrapped += done
        if not seen:
            return rewrapped
        if told is not None:
            told(seen)


@dataclass(frozen=True, slots=True)
class Checked:
    """How many secrets open, and which do not, as ``version ID``, ``connection ID`` or ``request ID``."""

    sound: int
    broken: tuple[str, ...]


async def check(store: Store, *, batch: int = BATCH) -> Checked:
    """Open every sealed secret, to see that it opens; nothing of it is kept, and nothing recorded as taken out."""
    sound, broken = 0, []
    for shelf in _SHELVES:
        after = ""
        while rows := await _read(store, shelf, after, batch):
            for row in rows:
                try:
                    await unseal(store.ring, _sealed(row[0]), shelf.place(row))
                    sound += 1
                except SealBroken:
                    broken.append(f"{shelf.what} {row[0].id}")
            after = rows[-1][0].id
    return Checked(sound, tuple(broken))


async def _read(store: Store, shelf: _Shelf, after: str, batch: int) -> list[Row[Any]]:
    async with store.reading() as tx:
        return list(await tx.session.execute(shelf.after(after, batch)))


def _sealed(row: VersionRow | ConnectionRow | RequestRow | SecretRow) -> Sealed:
    return Sealed(row.key_id, row.wrapped_key, row.sealed_key)


async def _rewrap(tx: Transaction, shelf: _Shelf, after: str, batch: int) -> tuple[int, int, str]:
    """Rows sealed anew, rows looked at, and the id to go on after."""
    query = shelf.after(after, batch).where(shelf.table.key_id != tx.ring.first).with_for_update(of=shelf.table)
    rows = list(await tx.session.execute(query))
    done = 0
    for row in rows:
        sealed, place = row[0], shelf.place(row)
        try:
            secret = await unseal(tx.ring, _sealed(sealed), place)
        except SealBroken:
            continue
        anew = await seal(tx.ring, secret, place)
        sealed.key_id, sealed.wrapped_key, sealed.sealed_key = anew.key_id, anew.wrapped, anew.sealed
        done += 1
    await tx.session.flush()
    return done, len(rows), rows[-1][0].id if rows else after


async def _rewrap_own(store: Store) -> None:
    """Rewrap the audit trail's key, which is the canary: from now on the ring must have the first key to start."""
    async with store.transaction() as tx:
        query = select(SecretRow).where(SecretRow.key_id != tx.ring.first).with_for_update()
        for row in await tx.session.scalars(query):
            secret = await unseal(tx.ring, _sealed(row), OWN_KEY_PLACE)
            anew = await seal(tx.ring, secret, OWN_KEY_PLACE)
            row.key_id, row.wrapped_key, row.sealed_key = anew.key_id, anew.wrapped, anew.sealed
