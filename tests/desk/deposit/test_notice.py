"""Files that were dropped wait for each other so that other people's do not wait for them."""

from __future__ import annotations

from datetime import timedelta

from bot.desk.base.desk import Desk
from bot.desk.deposit.uploads import notice
from bot.desk.opener.pool import Opener
from store import KeyRing, open_store, queue, uploads
from tests.databases import sqlite_template, sqlite_url
from tests.today import NOW

__all__ = ["sqlite_template", "sqlite_url"]
CHANNEL = "C0ORDERS"


async def _due(desk: Desk, file_id: str, member: str) -> timedelta:
    """Drop a file; how long it waits."""
    await notice(desk, file_id=file_id, channel=CHANNEL, member=member)
    async with desk.store.transaction() as tx:
        upload, _ = await uploads.notice(tx, file_id=file_id, channel=CHANNEL, member=member, at=NOW)
        item = await queue.find(tx, f"offer:{upload.id}")
    assert item is not None
    return item.due_at - NOW


async def test_hundreds_of_one_member_leave_room_for_another(sqlite_url: str) -> None:
    """The first are looked at at once, the others one by one; another member's file waits for none of them."""
    async with open_store(sqlite_url, KeyRing.parse(KeyRing.new_entry("k1"))) as store:
        desk = Desk(store, Opener(), lambda: NOW)
        waits = [await _due(desk, f"F{number}", "U0ALICE") for number in range(60)]
        assert set(waits[:11]) == {timedelta()}
        assert waits[11:] == sorted(set(waits[11:]))
        assert waits[-1] > timedelta(seconds=20)
        assert await _due(desk, "F999", "U0BOB") == timedelta()
