"""Rows that decide something, changed by somebody who can write to the database: found before they take effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr
from sqlalchemy import delete, insert, select, update

from store import KeyRing, Store, StoreError, Tampered, environments, open_store
from store.certificates import authorities, clients
from store.database import begun, make_engine
from store.database.authentic import RowName, changed_rows
from store.models import AuthorityRow, EnvironmentRow, HookTokenRow, SecretRow, VersionRow
from store.operations import rotation
from store.restarts import tokens
from store.secrets.sealing import Place, seal
from tests.store.facts import ALICE, BOB, NOW, an_authority, an_environment, an_upload, deposited

Table = type[EnvironmentRow] | type[HookTokenRow] | type[AuthorityRow] | type[VersionRow]


@dataclass(frozen=True)
class Held:
    """One row of each kind, and a removed or revoked one of three; by the name in the cases below."""

    ids: Mapping[str, str]

    async def read(self, tx: Any, what: str) -> object:
        """Read the row as something that acts on it does."""
        if "environment" in what:
            return await environments.known(tx, self.ids[what])
        if "token" in what:
            return await tokens.live(tx, self.ids["environment"])
        if "authority" in what:
            return await authorities.current(tx, self.ids["environment"])
        return await clients.version(tx, self.ids[what])


async def fill(store: Store) -> Held:
    async with store.transaction() as tx:
        place, gone = await an_environment(tx), await an_environment(tx, "shop/test")
        await environments.set_owners(tx, place.id, owners=[ALICE], by=ALICE, at=NOW)
        await environments.set_access(tx, place.id, owners_only=True, protected=True, by=ALICE, at=NOW)
        await environments.remove(tx, gone.id, by=ALICE, at=NOW)
        version = await deposited(tx, place.id)
        made = [(await tokens.new(tx, place.id))[0] for _ in range(2)]
        live, revoked = [await tokens.add(tx, one, environment_id=place.id, by=ALICE, at=NOW) for one in made]
        await tokens.revoke(tx, revoked.id, by=ALICE, at=NOW)
        limited, _ = await tokens.new(
            tx,
            place.id,
            scope=tokens.Scope.DELIVER,
            expires_at=NOW + timedelta(days=90),
            networks=("10.0.0.0/8",),
        )
        delivers = await tokens.add(tx, limited, environment_id=place.id, by=ALICE, at=NOW)
        new = [an_authority("Root"), an_authority("Old Root")]
        added = await authorities.add(
            tx, environment_id=place.id, upload_id=await an_upload(tx), new=new, by=ALICE, at=NOW
        )
        root, old = sorted(added.added, key=lambda one: one.name, reverse=True)
        await authorities.remove(tx, authority_id=old.id, by=ALICE, at=NOW)
    ids = {"environment": place.id, "removed environment": gone.id, "version": version.id, "token": live.id}
    ids |= {"revoked token": revoked.id, "token for delivery": delivers.id}
    return Held({**ids, "authority": root.id, "removed authority": old.id})


CASES: list[tuple[Table, str, dict[str, Any]]] = [
    (EnvironmentRow, "environment", {"owners": [BOB]}),
    (EnvironmentRow, "environment", {"owners": None}),
    (EnvironmentRow, "environment", {"channel": "C0EVIL"}),
    (EnvironmentRow, "environment", {"protected": False}),
    (EnvironmentRow, "environment", {"owners_only": False}),
    (EnvironmentRow, "environment", {"name": "staging"}),
    (EnvironmentRow, "environment", {"mac": None}),
    (EnvironmentRow, "removed environment", {"removed_at": None}),
    (HookTokenRow, "token", {"digest": "0" * 64}),
    (HookTokenRow, "token", {"scope": "deliver"}),
    (HookTokenRow, "token for delivery", {"scope": None}),
    (HookTokenRow, "token for delivery", {"expires_at": NOW + timedelta(days=999)}),
    (HookTokenRow, "token for delivery", {"expires_at": None}),
    (HookTokenRow, "token for delivery", {"networks": ["0.0.0.0/0"]}),
    (HookTokenRow, "token for delivery", {"networks": None}),
    (HookTokenRow, "revoked token", {"revoked_at": None}),
    (AuthorityRow, "authority", {"der": b"another authority"}),
    (AuthorityRow, "authority", {"sha256": "0" * 64}),
    (AuthorityRow, "removed authority", {"removed_at": None}),
    (VersionRow, "version", {"leaf_der": b"another leaf"}),
    (VersionRow, "version", {"chain": []}),
    (VersionRow, "version", {"number": 7}),
]


async def change(store: Store, table: Table, id_: str, values: Mapping[str, Any]) -> None:
    """Change a row as somebody with the database's password does."""
    async with begun(store.engine) as session:
        await session.execute(update(table).where(table.id == id_).values(**values))


async def named(store: Store) -> list[RowName]:
    async with store.reading() as tx:
        return [one async for one in changed_rows(tx.session, tx.audit_key)]


@pytest.mark.parametrize(("table", "what", "values"), CASES, ids=lambda one: "" if isinstance(one, type) else str(one))
async def test_a_row_that_was_changed_is_not_used(
    store: Store, table: Table, what: str, values: dict[str, Any]
) -> None:
    """Whoever reads it to act on it gets an error that names it, and so does the check; before, nothing was wrong."""
    held = await fill(store)
    assert await named(store) == []
    async with store.reading() as tx:
        await held.read(tx, what)
    await change(store, table, held.ids[what], values)
    with pytest.raises(Tampered) as caught:
        async with store.reading() as tx:
            await held.read(tx, what)
    assert (caught.value.table, caught.value.id) == (table.__tablename__, held.ids[what])
    assert await named(store) == [RowName(table.__tablename__, held.ids[what])]


async def test_a_row_that_somebody_added_is_not_used(store: Store) -> None:
    """A copy of another row has that row's code, which is of its id."""
    held = await fill(store)
    async with begun(store.engine) as session:
        row = await session.get_one(EnvironmentRow, held.ids["environment"])
        copy = {column.name: getattr(row, column.name) for column in EnvironmentRow.__table__.columns}
        await session.execute(insert(EnvironmentRow).values(**{**copy, "id": "f" * 32, "name": "copy"}))
    with pytest.raises(Tampered):
        async with store.reading() as tx:
            await environments.get(tx, "f" * 32)


async def test_sealing_anew_makes_nothing_sound(database_url: str) -> None:
    """A rotation writes to each version: one that was changed before is found afterwards as well."""
    entries = [KeyRing.new_entry(name).get_secret_value() for name in ("k2", "k1")]
    async with open_store(database_url, KeyRing.parse(SecretStr(entries[1]))) as store:
        held = await fill(store)
        await change(store, VersionRow, held.ids["version"], {"leaf_der": b"another leaf"})
    async with open_store(database_url, KeyRing.parse(SecretStr(",".join(entries)))) as store:
        done = await rotation.rotate(store, by=ALICE, clock=lambda: NOW)
        assert done.rewrapped
        assert await named(store) == [RowName("version", held.ids["version"])]
        assert (await rotation.check(store)).broken == ()


async def test_a_database_of_an_earlier_version_gets_its_codes_once(database_url: str, ring: KeyRing) -> None:
    """Its key has the old name, and its rows have no codes; after that, rows without one are not sound any more."""
    async with open_store(database_url, ring) as store:
        held, key = await fill(store), store.audit_key
        sealed = await seal(ring, SecretBytes(key), Place("audit-key", "", "", ""))
        async with begun(store.engine) as session:
            for table in (EnvironmentRow, HookTokenRow, AuthorityRow, VersionRow):
                await session.execute(update(table).values(mac=None))
            await session.execute(delete(SecretRow))
            values = {"key_id": sealed.key_id, "wrapped_key": sealed.wrapped, "sealed_key": sealed.sealed}
            await session.execute(insert(SecretRow).values(name="audit-key", **values))
        assert len(await named(store)) == len(held.ids)
    async with open_store(database_url, ring) as store:
        assert store.audit_key == key
        assert await named(store) == []
        async with begun(store.engine) as session:
            assert list(await session.scalars(select(SecretRow.name))) == ["own-key"]


async def test_without_its_key_a_database_is_not_trusted_anew(database_url: str, ring: KeyRing) -> None:
    """Whoever changes rows and takes the key away gets a database that does not open."""
    async with open_store(database_url, ring) as store:
        await fill(store)
    engine = make_engine(database_url)
    async with begun(engine) as session:
        await session.execute(delete(SecretRow))
    await engine.dispose()
    with pytest.raises(StoreError, match="is gone from this database"):
        async with open_store(database_url, ring):
            pass
