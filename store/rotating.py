"""Turning the key ring: what was sealed under an older key is sealed anew under the first, in batches.

Both layers are bound to the key's name, so a row is opened and sealed again rather than its data key alone wrapped
anew. A batch is a transaction: a kill leaves whole rows of the old key and whole rows of the new, and the next run goes
on with the old ones. Whoever reads meanwhile finds the one or the other, and the ring opens both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from store import audit
from store.certificates import place_of
from store.database import Store, Transaction
from store.errors import SealBroken
from store.models import CertificateRow, SecretRow, VersionRow
from store.opening import AUDIT_KEY_PLACE
from store.sealing import Sealed, seal, unseal

BATCH = 200


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did: rows sealed anew, and by the name of its key what still needs an old one."""

    rewrapped: int
    left: Mapping[str, int]


async def secrets_by_key(tx: Transaction) -> dict[str, int]:
    """How many secrets are sealed under each key, by its name; what was purged counts for none."""
    found: dict[str, int] = {}
    for table, condition in ((VersionRow, VersionRow.purged_at.is_(None)), (SecretRow, SecretRow.name != "")):
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
    rewrapped, after = 0, ""
    await _rewrap_own(store)
    while True:
        async with store.transaction() as tx:
            done, seen, after = await _rewrap(tx, after, batch)
            if done:
                detail: dict[str, str | int] = {"count": done, "key": store.ring.first}
                await audit.append(tx, tag=audit.Tag.KEYS_REWRAPPED, actor=by, at=clock(), detail=detail)
        rewrapped += done
        if told is not None and seen:
            told(seen)
        if not seen:
            break
    async with store.transaction() as tx:
        counts = await secrets_by_key(tx)
    return Rotation(rewrapped, {name: count for name, count in counts.items() if name != store.ring.first})


@dataclass(frozen=True, slots=True)
class Checked:
    """How many keys open, and the versions whose keys do not."""

    sound: int
    broken: tuple[str, ...]


async def check(store: Store, *, batch: int = BATCH) -> Checked:
    """Open every sealed key, to see that it opens; nothing of it is kept, and nothing recorded as taken out."""
    sound, broken, after = 0, [], ""
    while True:
        async with store.transaction() as tx:
            query = (
                select(VersionRow, CertificateRow)
                .join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
                .where(VersionRow.purged_at.is_(None), VersionRow.id > after)
                .order_by(VersionRow.id)
                .limit(batch)
            )
            rows = list(await tx.session.execute(query))
        for version, certificate in rows:
            try:
                await unseal(store.ring, _sealed(version), place_of(certificate, version.id))
                sound += 1
            except SealBroken:
                broken.append(version.id)
        if not rows:
            return Checked(sound, tuple(broken))
        after = rows[-1][0].id


def _sealed(row: VersionRow | SecretRow) -> Sealed:
    return Sealed(row.key_id, row.wrapped_key, row.sealed_key)


async def _rewrap(tx: Transaction, after: str, batch: int) -> tuple[int, int, str]:
    """Rows sealed anew, rows looked at, and the id to go on after."""
    query = (
        select(VersionRow, CertificateRow)
        .join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
        .where(VersionRow.key_id != tx.ring.first, VersionRow.purged_at.is_(None), VersionRow.id > after)
        .order_by(VersionRow.id)
        .limit(batch)
        .with_for_update(of=VersionRow)
    )
    rows = list(await tx.session.execute(query))
    done = 0
    for version, certificate in rows:
        place = place_of(certificate, version.id)
        try:
            secret = await unseal(tx.ring, _sealed(version), place)
        except SealBroken:
            continue
        anew = await seal(tx.ring, secret, place)
        version.key_id, version.wrapped_key, version.sealed_key = anew.key_id, anew.wrapped, anew.sealed
        done += 1
    await tx.session.flush()
    return done, len(rows), rows[-1][0].id if rows else after


async def _rewrap_own(store: Store) -> None:
    """The audit trail's key, which is the canary: from now on the ring must have the first key to start."""
    async with store.transaction() as tx:
        query = select(SecretRow).where(SecretRow.key_id != tx.ring.first).with_for_update()
        for row in await tx.session.scalars(query):
            secret = await unseal(tx.ring, _sealed(row), AUDIT_KEY_PLACE)
            anew = await seal(tx.ring, secret, AUDIT_KEY_PLACE)
            row.key_id, row.wrapped_key, row.sealed_key = anew.key_id, anew.wrapped, anew.sealed
