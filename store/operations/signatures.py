"""Requests that were let in, by the SHA-256 of their signatures: none is let in twice, whichever process has it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import ReadTransaction, Transaction
from store.models import SignatureRow


async def take(tx: Transaction, signature: str, at: datetime) -> bool:
    """Return whether nobody had this signature before; who has it in the same moment is waited for."""
    insert = postgresql.insert if tx.on_postgresql else sqlite.insert
    statement = insert(SignatureRow).values(digest=digest(signature), at=at).on_conflict_do_nothing()
    taken = await tx.session.execute(statement.returning(SignatureRow.digest))
    return taken.one_or_none() is not None


async def give_back(tx: Transaction, signature: str) -> None:
    """Forget a signature, so that it can be taken again."""
    await tx.session.execute(delete(SignatureRow).where(SignatureRow.digest == digest(signature)))


async def forget(tx: Transaction, *, before: datetime) -> None:
    """Forget the signatures that were taken before then."""
    await tx.session.execute(delete(SignatureRow).where(SignatureRow.at < before))


async def all_(tx: ReadTransaction) -> frozenset[str]:
    """Return the digests of all signatures that are remembered."""
    return frozenset(await tx.session.scalars(select(SignatureRow.digest)))


def digest(signature: str) -> str:
    """Return the SHA-256 of a signature in hex."""
    return hashlib.sha256(signature.encode()).hexdigest()
