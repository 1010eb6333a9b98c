"""Open the store: upgrade the schema, and check the key ring before anything is encrypted with it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretBytes
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from store import audit_chain
from store.database import Pool, Store, begun, make_engine, try_file
from store.database.authentic import give_all_codes
from store.errors import RingError, SealBroken, StoreError
from store.models import AuditHeadRow, AuditRow, CertificateRow, EnvironmentRow, SecretRow
from store.operations import schema
from store.secrets.ring import KEY_BYTES, Ring
from store.secrets.sealing import Place, Sealed, seal, unseal

OWN_KEY = "own-key"
OWN_KEY_PLACE = Place(OWN_KEY, "", "", "")
# Its name while it was of the audit log alone: what it is renamed at is giving all rows their codes.
_BEFORE = "audit-key"
_BEFORE_PLACE = Place(_BEFORE, "", "", "")


@asynccontextmanager
async def open_store(url: str, ring: Ring, *, upgrade: bool = True, pool: Pool | None = None) -> AsyncIterator[Store]:
    """Open the database at ``url``, and bring its schema up to date; with ``upgrade`` off it must be.

    Raises :class:`RingError` where the ring is not the one it was sealed with, :class:`Unavailable` where it cannot be
    reached, and :class:`StoreError` where its address or its schema is none that this Certdesk can use.

    The database's own key is the canary: it is sealed like everything else, and a ring that does not open it opens
    nothing.
    """
    engine = make_engine(url, pool)
    try:
        try_file(engine)
        await (schema.upgrade(engine) if upgrade else schema.must_be_current(engine))
        yield Store(engine, ring, await _own_key(engine, ring))
    finally:
        await engine.dispose()


async def _own_key(engine: AsyncEngine, ring: Ring) -> bytes:
    async with begun(engine) as session:
        query = select(SecretRow).where(SecretRow.name == _BEFORE).with_for_update()
        before = (await session.execute(query)).scalar_one_or_none()
        if before is not None:
            return await _authenticated(session, ring, before)
        if await session.get(SecretRow, OWN_KEY) is None:
            await _must_be_new(session)
            await _make_own_key(session, ring)
        # Read again: of replicas that start together, only one has made it.
        return await opened_key(await session.get_one(SecretRow, OWN_KEY), ring)


async def opened_key(row: SecretRow, ring: Ring) -> bytes:
    """Return the database's own key. Raises :class:`RingError`."""
    place = _BEFORE_PLACE if row.name == _BEFORE else OWN_KEY_PLACE
    try:
        opened = await unseal(ring, Sealed(row.key_id, row.wrapped_key, row.sealed_key), place)
    except SealBroken:
        raise RingError(
            f"The key ring does not open this database: it was sealed with the key {row.key_id}, "
            "which the ring lacks or holds with other bytes. Give the bot the ring that it had before."
        ) from None
    return opened.get_secret_value()


async def own_key_of(session: AsyncSession) -> SecretRow | None:
    """Return the row of the database's own key, under either name; None for a database that has none yet."""
    return await session.get(SecretRow, OWN_KEY) or await session.get(SecretRow, _BEFORE)


async def _authenticated(session: AsyncSession, ring: Ring, before: SecretRow) -> bytes:
    """Give all rows of a database of an earlier version their codes, once: its key has another name from then on.

    Whoever takes the key away afterwards has a database that is not opened, and not one that is trusted anew.
    """
    key = await opened_key(before, ring)
    sealed = await seal(ring, SecretBytes(key), OWN_KEY_PLACE)
    await session.delete(before)
    session.add(SecretRow(name=OWN_KEY, key_id=sealed.key_id, wrapped_key=sealed.wrapped, sealed_key=sealed.sealed))
    await session.flush()
    await give_all_codes(session, key)
    return key


async def _must_be_new(session: AsyncSession) -> None:
    """Raise :class:`StoreError` for a database that is in use: somebody took the key of its audit log away, and a new
    one would begin a log that looks whole.
    """
    for column in (EnvironmentRow.id, CertificateRow.id, AuditRow.seq):
        if (await session.execute(select(column).limit(1))).first() is not None:
            raise StoreError(
                "The key of the audit log is gone from this database, which is in use: nothing can tell any more "
                "whether the log is whole. Somebody removed it, or a restore was left half done. Restore a backup."
            )


async def _make_own_key(session: AsyncSession, ring: Ring) -> None:
    """Seal a new key and begin the trail that it covers, unless another replica was first."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    key = SecretBytes(secrets.token_bytes(KEY_BYTES))
    sealed = await seal(ring, key, OWN_KEY_PLACE)
    row = insert(SecretRow).values(
        name=OWN_KEY, key_id=sealed.key_id, wrapped_key=sealed.wrapped, sealed_key=sealed.sealed
    )
    made = await session.execute(row.on_conflict_do_nothing().returning(SecretRow.name))
    if made.scalar_one_or_none() is not None:
        await session.execute(insert(AuditHeadRow).values(**audit_chain.first_head(key.get_secret_value())))
