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
from store.errors import RingError, SealBroken, StoreError
from store.models import AuditHeadRow, AuditRow, CertificateRow, EnvironmentRow, SecretRow
from store.operations import schema
from store.secrets.ring import KEY_BYTES, Ring
from store.secrets.sealing import Place, Sealed, seal, unseal

AUDIT_KEY = "audit-key"
AUDIT_KEY_PLACE = Place(AUDIT_KEY, "", "", "")


@asynccontextmanager
async def open_store(url: str, ring: Ring, *, upgrade: bool = True, pool: Pool | None = None) -> AsyncIterator[Store]:
    """Open the database at ``url``, and bring its schema up to date; with ``upgrade`` off it must be.

    Raises :class:`RingError` where the ring is not the one it was sealed with, :class:`Unavailable` where it cannot be
    reached, and :class:`StoreError` where its address or its schema is none that this Certdesk can use.

    The audit key is the canary: it is sealed like everything else, and a ring that does not open it opens nothing.
    """
    engine = make_engine(url, pool)
    try:
        try_file(engine)
        await (schema.upgrade(engine) if upgrade else schema.must_be_current(engine))
        yield Store(engine, ring, await _audit_key(engine, ring))
    finally:
        await engine.dispose()


async def _audit_key(engine: AsyncEngine, ring: Ring) -> bytes:
    async with begun(engine) as session:
        if await session.get(SecretRow, AUDIT_KEY) is None:
            await _must_be_new(session)
            await _make_audit_key(session, ring)
        # Read again: of replicas that start together, only one has made it.
        row = await session.get_one(SecretRow, AUDIT_KEY)
        try:
            opened = await unseal(ring, Sealed(row.key_id, row.wrapped_key, row.sealed_key), AUDIT_KEY_PLACE)
        except SealBroken:
            raise RingError(
                f"The key ring does not open this database: it was sealed with the key {row.key_id}, "
                "which the ring lacks or holds with other bytes. Give the bot the ring that it had before."
            ) from None
        return opened.get_secret_value()


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


async def _make_audit_key(session: AsyncSession, ring: Ring) -> None:
    """Seal a new key and begin the trail that it covers, unless another replica was first."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    key = SecretBytes(secrets.token_bytes(KEY_BYTES))
    sealed = await seal(ring, key, AUDIT_KEY_PLACE)
    row = insert(SecretRow).values(
        name=AUDIT_KEY, key_id=sealed.key_id, wrapped_key=sealed.wrapped, sealed_key=sealed.sealed
    )
    made = await session.execute(row.on_conflict_do_nothing().returning(SecretRow.name))
    if made.scalar_one_or_none() is not None:
        await session.execute(insert(AuditHeadRow).values(**audit_chain.first_head(key.get_secret_value())))
