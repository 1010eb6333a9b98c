"""Opening the store: the schema is brought up to date, and the ring is proven before anything is sealed with it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretBytes
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from store.database import Store, make_engine
from store.errors import RingError, SealBroken
from store.migrating import upgrade
from store.models import SecretRow
from store.ring import KEY_BYTES, KeyRing
from store.sealing import Place, Sealed, seal, unseal

_AUDIT_KEY = "audit-key"


@asynccontextmanager
async def open_store(url: str, ring: KeyRing, *, upgraded: bool = True) -> AsyncIterator[Store]:
    """Open the database at ``url``; raises :class:`RingError` where the ring is not the one it was sealed with.

    The audit key is the canary: it is sealed like everything else, and a ring that does not open it opens nothing.
    """
    engine = make_engine(url)
    try:
        if upgraded:
            await upgrade(engine)
        yield Store(engine, ring, (await _own_key(engine, ring)).get_secret_value())
    finally:
        await engine.dispose()


async def _own_key(engine: AsyncEngine, ring: KeyRing) -> SecretBytes:
    place = Place(_AUDIT_KEY, "", "", "")
    async with AsyncSession(engine) as session, session.begin():
        row = await session.get(SecretRow, _AUDIT_KEY)
        if row is None:
            key = SecretBytes(secrets.token_bytes(KEY_BYTES))
            sealed = seal(ring, key, place)
            session.add(
                SecretRow(name=_AUDIT_KEY, key_id=sealed.key_id, wrapped_key=sealed.wrapped, sealed_key=sealed.sealed)
            )
            return key
        try:
            return unseal(ring, Sealed(row.key_id, row.wrapped_key, row.sealed_key), place)
        except SealBroken:
            raise RingError(
                f"The key ring does not open this database: it was sealed with the key {row.key_id}, "
                "which the ring lacks or holds with other bytes. Give the bot the ring that it had before."
            ) from None
