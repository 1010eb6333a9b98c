"""The audit trail: what breaks it is found and named."""

from __future__ import annotations

import asyncio
from datetime import timedelta, timezone

import pytest
from sqlalchemy import delete, select, text, update

from store import KeyRing, Store, StoreError, audit, environments, open_store
from store.audit import AuditVerdict, Tag
from store.audit_chain import event_mac, first_head, head_mac
from store.models import AuditHeadRow, AuditRow
from tests.store.facts import ALICE, BOB, LATER, NOW, an_environment, environment_in

KEY = bytes(range(32))
EVENTS = 5


@pytest.fixture
async def trail(store: Store) -> Store:
    """A store with five events, each of its own transaction."""
    for number in range(1, EVENTS + 1):
        async with store.transaction() as tx:
            tx.record(Tag.RESTART_CONFIRMED, ALICE, NOW, number=number)
    return store


async def verdict(store: Store) -> AuditVerdict:
    """What verifying says."""
    async with store.transaction() as tx:
        return await audit.verify(tx)


async def tamper(store: Store, *statements: str) -> None:
    """Change the database behind the store's back."""
    async with store.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


def test_the_chain_is_pinned() -> None:
    """The MACs of an event and of a head are these bytes for ever, or old trails would not verify."""
    row = AuditRow(
        seq=7,
        at=NOW.astimezone(timezone(timedelta(hours=1))),
        tag="desk:certificate:deposited",
        actor="U1",
        environment_id="e",
        version_id=None,
        detail={"number": 2, "label": "bänk"},
    )
    assert event_mac(KEY, bytes(32), row).hex() == "ff5e08faf90453a93fd5031a8bc92089111f21ea6a879f31025e69df2439b681"
    assert head_mac(KEY, 7, b"\x01" * 32).hex() == "572fbd30cefa85873622728e55840cf5662173463ac54e0efcdfa4fc6bd0690c"
    assert first_head(KEY)["mac"] == head_mac(KEY, 0, bytes(32))


async def test_an_empty_trail_is_whole(store: Store) -> None:
    """Nothing has happened, and nothing is missing."""
    assert await verdict(store) == AuditVerdict(True, 0, None)


async def test_an_untouched_trail_is_whole(trail: Store) -> None:
    """Every event follows from the one before it."""
    assert await verdict(trail) == AuditVerdict(True, EVENTS, None)


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'U0MALLORY'",
        "tag = 'desk:certificate:removed'",
        "at",
        "environment_id = 'another'",
        "version_id = 'another'",
        "detail = '{\"number\": 4}'",
        "mac = (SELECT mac FROM audit_event WHERE seq = 4)",
    ],
)
async def test_a_changed_row_is_named(trail: Store, change: str) -> None:
    """Whichever column of an event is changed, verifying names that event."""
    if change == "at":  # the databases write times differently
        async with trail.transaction() as tx:
            await tx.session.execute(update(AuditRow).where(AuditRow.seq == 3).values(at=LATER))
    else:
        await tamper(trail, f"UPDATE audit_event SET {change} WHERE seq = 3")  # noqa: S608  our own words
    assert await verdict(trail) == AuditVerdict(False, 2, 3)


@pytest.mark.parametrize("seq", range(1, EVENTS + 1))
async def test_a_missing_row_is_named(trail: Store, seq: int) -> None:
    """A hole is named by the number that is missing, at either end, too."""
    await tamper(trail, f"DELETE FROM audit_event WHERE seq = {seq}")  # noqa: S608  a number
    assert await verdict(trail) == AuditVerdict(False, seq - 1, seq)


async def test_a_trail_cut_short_is_found(trail: Store) -> None:
    """The last events are gone: what is left follows, but does not reach the head."""
    await tamper(trail, "DELETE FROM audit_event WHERE seq > 2")
    assert await verdict(trail) == AuditVerdict(False, 2, 3)


async def test_an_emptied_trail_is_found(trail: Store) -> None:
    """All events are gone."""
    await tamper(trail, "DELETE FROM audit_event")
    assert await verdict(trail) == AuditVerdict(False, 0, 1)


async def test_a_head_that_was_written_down_is_found_again(trail: Store) -> None:
    """The trail goes through it, also when it has gone on; one that was put back to before it does not."""
    async with trail.reading() as tx:
        known = await audit.head(tx)
    assert known is not None
    assert str(known) == f"{known.seq}:{known.short}"
    async with trail.transaction() as tx:
        await an_environment(tx, "orders/later")
    async with trail.reading() as tx:
        later = await audit.head(tx)
        assert later is not None
        assert later.seq == known.seq + 1
        assert await audit.goes_through(tx, known)
        assert not await audit.goes_through(tx, audit.Head(later.seq + 1, later.short))
        assert not await audit.goes_through(tx, audit.Head(known.seq, later.short))
        assert await audit.goes_through(tx, audit.Head(0, "0" * 16))


async def test_a_database_in_use_gets_no_new_key(database_url: str) -> None:
    """Who takes the trail, its head and its key away does not get a trail that is whole: nothing opens any more."""
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with open_store(database_url, ring) as store:
        async with store.transaction() as tx:
            await an_environment(tx)
        await tamper(store, "DELETE FROM audit_event", "DELETE FROM audit_head", "DELETE FROM own_secret")
    with pytest.raises(StoreError, match="key of the audit log is gone"):
        async with open_store(database_url, ring):
            pass


async def test_closing_the_gap_is_found(trail: Store) -> None:
    """A row is removed and those after it are numbered anew."""
    await tamper(trail, "DELETE FROM audit_event WHERE seq = 2")
    for seq in range(3, EVENTS + 1):
        await tamper(trail, f"UPDATE audit_event SET seq = {seq - 1} WHERE seq = {seq}")  # noqa: S608  numbers
    assert await verdict(trail) == AuditVerdict(False, 1, 2)


async def test_reordered_rows_are_named(trail: Store) -> None:
    """Two events change places."""
    for one, other in ((2, 99), (3, 2), (99, 3)):
        await tamper(trail, f"UPDATE audit_event SET seq = {other} WHERE seq = {one}")  # noqa: S608  numbers
    assert await verdict(trail) == AuditVerdict(False, 1, 2)


async def test_an_inserted_row_is_named(trail: Store) -> None:
    """An event that the store did not write, after the last, with the last one's MAC."""
    await tamper(
        trail,
        "INSERT INTO audit_event (seq, at, tag, actor, detail, mac) "
        "SELECT seq + 1, at, tag, actor, detail, mac FROM audit_event WHERE seq = 5",
    )
    assert await verdict(trail) == AuditVerdict(False, EVENTS, EVENTS + 1)


@pytest.mark.parametrize("change", ["seq = 4", "mac = last", "last = mac"])
async def test_a_changed_head_is_found(trail: Store, change: str) -> None:
    """The head is covered by the key as well."""
    await tamper(trail, f"UPDATE audit_head SET {change}")  # noqa: S608  our own words
    assert not (await verdict(trail)).ok


async def test_a_trail_without_its_head_takes_no_events(trail: Store) -> None:
    """Without a head nothing is appended, and so nothing that would have to be recorded is done."""
    await tamper(trail, "DELETE FROM audit_head")
    assert not (await verdict(trail)).ok
    with pytest.raises(StoreError, match="lost its head"):
        async with trail.transaction() as tx:
            await an_environment(tx)
    async with trail.transaction() as tx:
        assert await environments.all_(tx) == []


async def test_putting_back_an_older_head_with_fewer_rows_needs_that_head(trail: Store) -> None:
    """Cutting the trail and lowering the head's number does not help: the number is under the head's MAC."""
    await tamper(
        trail,
        "DELETE FROM audit_event WHERE seq > 3",
        "UPDATE audit_head SET seq = 3, last = (SELECT mac FROM audit_event WHERE seq = 3)",
    )
    assert not (await verdict(trail)).ok


async def test_another_key_verifies_nothing(trail: Store) -> None:
    """Who does not have the key can neither write nor verify a trail."""
    other = Store(trail.engine, trail.ring, KEY)
    assert await verdict(other) == AuditVerdict(False, 0, 1)


async def test_events_at_the_same_time_make_one_chain(store: Store) -> None:
    """Twenty transactions append together; each event has its number and the chain holds."""

    async def happen(number: int) -> None:
        async with store.transaction() as tx:
            tx.record(Tag.RESTART_SNOOZED, BOB, NOW, number=number)
            await asyncio.sleep(0)
            tx.record(Tag.RESTART_CONFIRMED, BOB, NOW, number=number)

    await asyncio.gather(*(happen(number) for number in range(20)))
    assert await verdict(store) == AuditVerdict(True, 40, None)
    async with store.transaction() as tx:
        found = await audit.events(tx, limit=40)
    pairs = [found[at : at + 2] for at in range(0, 40, 2)]
    assert all(later.detail == earlier.detail for later, earlier in pairs), "a transaction's events stand together"


async def test_a_walk_while_events_come_is_still_right(trail: Store) -> None:
    """Verifying and appending at once raises no false alarm."""

    async def happen() -> None:
        async with trail.transaction() as tx:
            tx.record(Tag.RESTART_SNOOZED, BOB, NOW)

    async def look() -> bool:
        return (await verdict(trail)).ok

    results = await asyncio.gather(*(look() if turn % 2 else happen() for turn in range(20)))
    assert all(result in {True, None} for result in results)


async def test_what_is_rolled_back_is_not_recorded(store: Store) -> None:
    """An event goes with the thing that it records."""
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await an_environment(tx)
            raise RuntimeError
    assert await verdict(store) == AuditVerdict(True, 0, None)


async def test_a_lasting_event_survives_the_rollback(store: Store) -> None:
    """Only it, though: the other events of that transaction are gone."""
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await an_environment(tx)
            tx.record(Tag.REVEAL_FAILED, ALICE, NOW, lasting=True)
            raise RuntimeError
    async with store.transaction() as tx:
        assert [event.tag for event in await audit.events(tx)] == [Tag.REVEAL_FAILED]
        assert await environments.all_(tx) == []


async def test_events_come_newest_first_and_by_environment(store: Store) -> None:
    """They can be listed for one environment, and no more of them than asked for."""
    one, other = await environment_in(store), await environment_in(store, "billing/test")
    async with store.transaction() as tx:
        await environments.set_timezone(tx, one.id, timezone="Asia/Tokyo", by=BOB, at=LATER)
    async with store.transaction() as tx:
        everything = await audit.events(tx)
        ours = await audit.events(tx, environment_id=one.id)
        newest = await audit.events(tx, limit=1)
    assert [event.seq for event in everything] == [3, 2, 1]
    assert [event.tag for event in ours] == [Tag.ENVIRONMENT_TIMEZONE, Tag.ENVIRONMENT_ADDED]
    assert newest[0].actor == BOB
    assert newest[0].at == LATER
    assert newest[0].detail == {"from": "Europe/Berlin", "to": "Asia/Tokyo"}
    assert everything[1].environment_id == other.id


async def test_text_of_any_kind_keeps_its_mac(store: Store) -> None:
    """What untrusted text goes through on its way into the database and back does not break the chain."""
    async with store.transaction() as tx:
        for label in ("\0", "ä€😀", "\u202e", '"\\', "<!channel>", "\x7f\x1b[0m"):
            tx.record(Tag.CERTIFICATE_REMOVED, ALICE, NOW, label=label)
    assert (await verdict(store)).ok


def test_tags_are_source_subject_action() -> None:
    """Every tag has its three parts."""
    assert all(len(tag.split(":")) == 3 for tag in Tag)


async def test_a_long_trail_is_walked_in_pieces(store: Store) -> None:
    """More events than are read at once."""
    async with store.transaction() as tx:
        for number in range(1201):
            tx.record(Tag.RESTART_CONFIRMED, ALICE, NOW, number=number)
    assert await verdict(store) == AuditVerdict(True, 1201, None)
    async with store.transaction() as tx:
        await tx.session.execute(delete(AuditRow).where(AuditRow.seq == 1100))
        assert (await audit.verify(tx)).first_bad == 1100
        assert len(list(await tx.session.scalars(select(AuditHeadRow)))) == 1
