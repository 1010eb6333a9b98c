"""What one member is shown: what ends soonest and what waits, of some environments only, and by the index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from store import Store, environments, expiry
from store.certificates import authorities, clients
from store.expiry import current_authorities_query, current_versions_query
from store.restarts import pending
from tests.store.facts import (
    ALICE,
    BOB,
    LATER,
    NOW,
    a_change,
    a_version,
    an_authority,
    an_environment,
    an_upload,
    deposited,
)

UNTIL = NOW + timedelta(days=30)


async def test_what_ends_soonest_in_some_environments(store: Store) -> None:
    """Versions and authorities together, soonest first and no more than asked for; the rest is counted."""
    async with store.transaction() as tx:
        here, there = await an_environment(tx), await an_environment(tx, "shop/test")
        for place, label, days in (
            *((here, "late", 30), (here, "edge", 31), (here, "soon", 3), (here, "now", 0), (here, "gone", 5)),
            (there, "elsewhere", 1),
        ):
            new = a_version(label, effective_end=NOW + timedelta(days=days))
            version = await deposited(tx, place.id, label, new=new)
            if label == "gone":
                await clients.remove(tx, certificate_id=version.certificate_id, by=ALICE, at=LATER)
        await deposited(tx, here.id, "turned", new=a_version("t1", effective_end=NOW + timedelta(days=9)))
        await deposited(tx, here.id, "turned", new=a_version("t2", effective_end=NOW + timedelta(days=900)))
        new_ones = [an_authority(f"CA {days}", not_after=NOW + timedelta(days=days)) for days in (2, 7, 40)]
        added = await authorities.add(
            tx, upload_id=await an_upload(tx), environment_id=here.id, new=new_ones, by=ALICE, at=NOW
        )
        await authorities.remove(tx, authority_id=added.added[1].id, by=ALICE, at=LATER)
    async with store.transaction() as tx:
        found, count = await expiry.soonest(tx, [here.id], after=NOW, until=UNTIL, limit=2)
        assert ([getattr(one, "label", getattr(one, "name", "")) for one in found], count) == (["CA 2", "soon"], 3)
        many = [f"{number:032}" for number in range(1200)]
        both, count = await expiry.soonest(tx, [here.id, *many, there.id], after=NOW, until=UNTIL, limit=15)
        assert (both[0].environment_id, len(both), count) == (there.id, 4, 4)
        assert await expiry.soonest(tx, [], after=NOW, until=UNTIL, limit=15) == ([], 0)


async def test_the_rows_of_other_environments_are_not_read(store: Store) -> None:
    """Both questions go by an index, as the plan says on either database."""
    queries = (
        current_versions_query(["e" * 32], after=NOW, until=UNTIL),
        current_authorities_query(["e" * 32], after=NOW, until=UNTIL),
    )
    on_postgresql = store.engine.dialect.name == "postgresql"
    for query in queries:
        sql = str(query.compile(store.engine, compile_kwargs={"literal_binds": True}))
        async with store.transaction() as tx:
            if on_postgresql:
                # Of an empty table it would rather read all.
                await tx.session.execute(text("SET LOCAL enable_seqscan = off"))
            explain = "EXPLAIN " if on_postgresql else "EXPLAIN QUERY PLAN "
            plan = [str(row[-1]) for row in await tx.session.execute(text(explain + sql))]
        assert not [line for line in plan if "Seq Scan" in line or line.startswith("SCAN")], plan


async def test_what_waits_in_some_environments(store: Store) -> None:
    """The first of it, oldest first, and how much there is; what is confirmed is not among it."""
    async with store.transaction() as tx:
        places = [await an_environment(tx, f"app{number}/test") for number in range(4)]
        for number, place in enumerate(places):
            change = replace(a_change(), at=NOW - timedelta(hours=number))
            opened = await pending.note(tx, environment_id=place.id, change=change)
        await pending.confirm(tx, restart_id=opened.id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        ids = [place.id for place in places]
        found, count = await pending.pending_in(tx, ids, limit=2)
        assert ([one.environment_id for one in found], count) == ([ids[2], ids[1]], 3)
        assert await pending.pending_in(tx, ids[:1], limit=2) == ([await pending.of(tx, ids[0])], 1)
        assert await pending.pending_in(tx, [], limit=2) == ([], 0)


async def test_a_restart_can_be_outdated(store: Store) -> None:
    """Its edition grows, and nothing else of it changes."""
    async with store.transaction() as tx:
        place = await an_environment(tx)
        before = await pending.note(tx, environment_id=place.id, change=a_change())
        after = await pending.mark_message_outdated(tx, before.id)
    assert after == replace(before, edition=before.edition + 1)


async def test_environments_of_channels_and_of_an_owner(store: Store) -> None:
    """By app and name; who added one owns it until owners are named."""
    async with store.transaction() as tx:
        orders = await an_environment(tx, "orders/production", "C0ORDERS")
        shop = await an_environment(tx, "shop/test", "C0SHOP")
        bank = await an_environment(tx, "bank/test", "C0BANK")
        await environments.set_owners(tx, shop.id, owners=[BOB, "U0BOBBY"], by=ALICE, at=LATER)
        await environments.set_owners(tx, bank.id, owners=[], by=ALICE, at=LATER)
    async with store.transaction() as tx:
        channels = {"C0SHOP", "C0ORDERS", *(f"C{number}" for number in range(1200))}
        assert [one.path for one in await environments.in_channels(tx, channels)] == ["orders/production", "shop/test"]
        assert await environments.in_channels(tx, ()) == []
        assert [one.id for one in await environments.owned_by(tx, ALICE)] == [orders.id]
        assert [one.id for one in await environments.owned_by(tx, BOB)] == [shop.id]
        assert await environments.owned_by(tx, "U0") == []
        assert await environments.owned_by(tx, "%") == []
