"""Connections to restart platforms: one per environment, its credentials encrypted like a private key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretBytes, SecretStr
from sqlalchemy import Select, select

from store import audit, environments
from store.database import ReadTransaction, Transaction, holding
from store.models import ConnectionRow, copied, new_id
from store.secrets.sealing import Place, Sealed, seal, unseal


@dataclass(frozen=True, slots=True)
class Connection:
    """How an app is reached; ``settings`` hold no secret."""

    id: str
    environment_id: str
    kind: str
    settings: Mapping[str, str]
    created_by: str
    created_at: datetime


async def put(
    tx: Transaction,
    *,
    environment_id: str,
    kind: str,
    settings: Mapping[str, str],
    secret: SecretStr,
    by: str,
    at: datetime,
) -> Connection:
    """Connect the environment, in place of what connected it before; raises :class:`NotFound`."""
    await environments.require(tx, environment_id)
    before = (await tx.session.execute(holding(_of(environment_id)))).scalar_one_or_none()
    if before is not None:
        await tx.session.delete(before)
        await tx.session.flush()
    row = ConnectionRow(
        id=new_id(),
        environment_id=environment_id,
        kind=kind,
        settings=dict(settings),
        created_by=by,
        created_at=at,
    )
    sealed = await seal(tx.ring, SecretBytes(secret.get_secret_value().encode()), place_of(row))
    row.key_id, row.wrapped_key, row.sealed_key = sealed.key_id, sealed.wrapped, sealed.sealed
    tx.session.add(row)
    await tx.session.flush()
    detail: dict[str, str | int] = {"kind": kind, "connection": row.id, "replaces": before.id if before else ""}
    tx.record(audit.Tag.CONNECTION_MADE, by, at, detail, environment=environment_id)
    return _connection(row)


async def of(tx: ReadTransaction, environment_id: str) -> Connection | None:
    """Return the environment's connection."""
    row = (await tx.session.execute(_of(environment_id))).scalar_one_or_none()
    return _connection(row) if row else None


async def remove(tx: Transaction, environment_id: str, *, by: str, at: datetime) -> bool:
    """Forget the connection and its credentials; whether there was one."""
    row = (await tx.session.execute(holding(_of(environment_id)))).scalar_one_or_none()
    if row is None:
        return False
    await tx.session.delete(row)
    await tx.session.flush()
    detail: dict[str, str | int] = {"kind": row.kind, "connection": row.id}
    tx.record(audit.Tag.CONNECTION_REMOVED, by, at, detail, environment=environment_id)
    return True


async def reveal(tx: ReadTransaction, connection: Connection) -> SecretStr:
    """Return the credentials, to be used at once. Raises :class:`SealBroken`.

    What they are used for is in the trail as a restart that began, so that this is not.
    """
    row = await tx.session.get_one(ConnectionRow, connection.id)
    sealed = Sealed(row.key_id, row.wrapped_key, row.sealed_key)
    secret = await unseal(tx.ring, sealed, place_of(row))
    return SecretStr(secret.get_secret_value().decode())


def place_of(row: ConnectionRow) -> Place:
    """Return where the credentials of a connection lie, and for what: with other settings they cannot be decrypted.

    Whoever can write to the database must not be able to send them elsewhere, or to restart another app with them.
    """
    meant = json.dumps([row.kind, row.settings], sort_keys=True)
    return Place("connection", row.environment_id, row.id, hashlib.sha256(meant.encode()).hexdigest())


def _of(environment_id: str) -> Select[ConnectionRow]:
    return select(ConnectionRow).where(ConnectionRow.environment_id == environment_id)


def _connection(row: ConnectionRow) -> Connection:
    return copied(Connection, row)
