"""Uploads: one row a file, however often its event comes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import NotFound, Store, uploads
from tests.store.facts import ALICE, BOB, CHANNEL, LATER, NOW


async def test_the_same_event_four_times_at_once_is_one_upload(store: Store) -> None:
    """Slack delivers again: one row, and exactly one of the deliveries is told that it is new."""

    async def notice() -> tuple[uploads.Upload, bool]:
        async with store.transaction() as tx:
            return await uploads.notice(tx, file_id="F1", channel=CHANNEL, member=ALICE, at=NOW)

    results = await asyncio.gather(*(notice() for _ in range(4)))
    assert sum(new for _, new in results) == 1
    assert len({upload.id for upload, _ in results}) == 1


async def test_a_second_event_changes_nothing(store: Store) -> None:
    """Not even where it says something else of the file."""
    async with store.transaction() as tx:
        first, _ = await uploads.notice(tx, file_id="F1", channel=CHANNEL, member=ALICE, at=NOW)
    async with store.transaction() as tx:
        second, new = await uploads.notice(tx, file_id="F1", channel=CHANNEL, member=BOB, at=LATER)
        other, other_new = await uploads.notice(tx, file_id="F2", channel=CHANNEL, member=ALICE, at=NOW)
    assert (second, new) == (first, False)
    assert (other.id != first.id, other_new) == (True, True)
    assert (first.channel, first.member, first.at, first.state) == (CHANNEL, ALICE, NOW, uploads.NOTICED)


async def test_a_file_in_another_channel_is_another_upload(store: Store) -> None:
    """Once for each channel; the file is the same one."""
    async with store.transaction() as tx:
        first, _ = await uploads.notice(tx, file_id="F1", channel=CHANNEL, member=ALICE, at=NOW)
        several = [
            await uploads.notice(tx, file_id="F1", channel=channel, member=BOB, at=LATER)
            for channel in ("C0OTHER", "C0OTHER", "C0THIRD", CHANNEL)
        ]
    assert [new for _, new in several] == [True, False, True, False]
    assert [one.channel for one, _ in several] == ["C0OTHER", "C0OTHER", "C0THIRD", CHANNEL]
    assert {one.file_id for one, _ in several} == {first.file_id} == {"F1"}
    assert several[0][0].id == several[1][0].id != first.id == several[3][0].id


async def test_what_nothing_came_of_is_forgotten(store: Store) -> None:
    """Of that member in that channel, after thirty days, with the next one; what something came of stays."""
    async with store.transaction() as tx:
        kept = [await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW) for _ in range(2)]
        await uploads.set_state(tx, kept[0].id, uploads.STORED)
        await uploads.set_state(tx, kept[1].id, uploads.ASKED)
        others = [await uploads.ask(tx, channel=CHANNEL, member=BOB, at=NOW)]
        others.append(await uploads.ask(tx, channel="C0OTHER", member=ALICE, at=NOW))
        others.append(await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW + timedelta(days=1)))
        old = [await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW) for _ in range(30)]
    for left in (10, 0):
        async with store.transaction() as tx:
            await uploads.notice(
                tx, file_id=f"F{left}", channel=CHANNEL, member=ALICE, at=NOW + timedelta(days=30, seconds=1)
            )
            found = [await uploads.get(tx, one.id) for one in old]
            assert sum(one is not None for one in found) == left
            assert all([await uploads.get(tx, one.id) for one in (*kept, *others)])


async def test_asking_makes_a_new_upload_each_time(store: Store) -> None:
    """`/cert add` has no file yet: nothing makes two of them the same."""
    async with store.transaction() as tx:
        one = await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW)
        two = await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW)
        assert await uploads.get(tx, one.id) == one
    assert one.id != two.id
    assert one.file_id is None


async def test_what_a_file_is_gets_written_down(store: Store) -> None:
    """Name, size, use and whether it holds a key; a hostile name is kept as far as databases can."""
    async with store.transaction() as tx:
        upload, _ = await uploads.notice(tx, file_id="F1", channel=CHANNEL, member=ALICE, at=NOW)
        await uploads.describe(
            tx, upload.id, name="<!channel>\0.pfx", size=2**33, use="unlock", holds_key=True, state=uploads.OFFERED
        )
    async with store.transaction() as tx:
        kept = await uploads.get(tx, upload.id)
    assert kept is not None
    assert (kept.name, kept.size, kept.use) == ("<!channel>\ufffd.pfx", 2**33, "unlock")
    assert (kept.holds_key, kept.state, kept.finished) == (True, uploads.OFFERED, False)


@pytest.mark.parametrize("state", [uploads.STORED, uploads.CLEANED])
async def test_a_finished_upload_stays_finished(store: Store, state: str) -> None:
    """An offer that is made late does not open what was deposited meanwhile."""
    async with store.transaction() as tx:
        upload = await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW)
        assert (await uploads.set_state(tx, upload.id, state)).finished
        late = await uploads.describe(
            tx, upload.id, name="a.pfx", size=1, use="unlock", holds_key=True, state=uploads.OFFERED
        )
    assert (late.state, late.name) == (state, "a.pfx")


async def test_an_unknown_upload_is_not_found(store: Store) -> None:
    """Reading gives None; changing is refused."""
    async with store.transaction() as tx:
        assert await uploads.get(tx, "0" * 32) is None
        with pytest.raises(NotFound) as caught:
            await uploads.set_state(tx, "0" * 32, uploads.SILENT)
    assert caught.value.what == "upload"
