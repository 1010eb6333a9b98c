"""Whatever is changed or moved of a sealed key in the database: the reveal fails, and that is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from store import SealBroken, Store, Tampered, Version, audit
from store.audit import Tag
from store.certificates import clients
from store.models import CertificateRow, VersionRow
from tests.store.facts import ALICE, NOW, a_version, an_environment, deposited


async def reveal_fails(store: Store, version_id: str) -> None:
    """One clear error, and one row of the trail for it."""
    with pytest.raises(SealBroken) as caught:
        async with store.transaction() as tx:
            await clients.reveal(tx, version_id=version_id, by=ALICE, at=NOW, why="test")
    assert str(caught.value).startswith("The sealed secret does not open")
    async with store.transaction() as tx:
        (event,) = await audit.events(tx, limit=1)
    assert (event.tag, event.version_id) == (Tag.REVEAL_FAILED, version_id)


async def change(store: Store, version_id: str, **columns: Any) -> None:
    async with store.transaction() as tx:
        await tx.session.execute(update(VersionRow).where(VersionRow.id == version_id).values(**columns))


async def two_places(store: Store) -> tuple[Version, Version, Version]:
    """Two versions under a label, and one in another environment."""
    async with store.transaction() as tx:
        here, there = await an_environment(tx), await an_environment(tx, "shop/test")
        first = await deposited(tx, here.id, "bank", new=a_version("one"))
        second = await deposited(tx, here.id, "bank", new=a_version("two"))
        return first, second, await deposited(tx, there.id, "bank", new=a_version("three"))


async def columns_of(store: Store, version_id: str) -> dict[str, Any]:
    async with store.transaction() as tx:
        row = await tx.session.get_one(VersionRow, version_id)
        return {"key_id": row.key_id, "wrapped_key": row.wrapped_key, "sealed_key": row.sealed_key}


@pytest.mark.parametrize("column", ["sealed_key", "wrapped_key"])
async def test_every_flipped_byte_is_noticed(store: Store, column: str) -> None:
    """Layout, nonces, cipher texts and tags: no byte can change, first to last."""
    version, _, _ = await two_places(store)
    good = (await columns_of(store, version.id))[column]
    for at in range(len(good)):
        await change(store, version.id, **{column: good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :]})
        await reveal_fails(store, version.id)
    await change(store, version.id, **{column: good})
    async with store.transaction() as tx:
        await clients.reveal(tx, version_id=version.id, by=ALICE, at=NOW, why="test")
        assert (await audit.verify(tx)).ok


@pytest.mark.parametrize("whose", [1, 2], ids=["another version", "another environment"])
@pytest.mark.parametrize("columns", [("sealed_key",), ("wrapped_key",), ("key_id", "wrapped_key", "sealed_key")])
async def test_a_row_of_elsewhere_opens_nothing(store: Store, whose: int, columns: tuple[str, ...]) -> None:
    """Another version's secret, its wrapped key or both of them are not this version's."""
    several = await two_places(store)
    other = await columns_of(store, several[whose].id)
    await change(store, several[0].id, **{name: other[name] for name in columns})
    await reveal_fails(store, several[0].id)


async def test_a_certificate_that_was_moved_opens_nothing(store: Store) -> None:
    """To another environment, or a version to another certificate, by whoever can write to the database."""
    first, second, third = await two_places(store)
    async with store.transaction() as tx:
        where = CertificateRow.id == third.certificate_id
        moved = update(CertificateRow).where(where).values(environment_id=first.environment_id, label="moved")
        await tx.session.execute(moved)
    await reveal_fails(store, third.id)
    await change(store, second.id, certificate_id=third.certificate_id)
    with pytest.raises(Tampered):
        async with store.transaction() as tx:
            await clients.reveal(tx, version_id=second.id, by=ALICE, at=NOW, why="test")


async def test_the_name_of_its_key_is_bound(store: Store) -> None:
    """A row that says another key opens with none."""
    version, _, _ = await two_places(store)
    await change(store, version.id, key_id="k2")
    await reveal_fails(store, version.id)
