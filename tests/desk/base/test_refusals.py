"""Attempts of somebody who may not are in the audit log, and do not fill it."""

from __future__ import annotations

from datetime import timedelta

from bot.desk.base import refusals
from bot.desk.base.desk import REFUSALS_AN_HOUR, Desk
from bot.desk.base.errors import NotAllowed
from bot.desk.opener.pool import Opener
from store import KeyRing, audit, open_store
from tests.databases import sqlite_template, sqlite_url
from tests.today import NOW

__all__ = ["sqlite_template", "sqlite_url"]


async def test_attempts_of_one_person_are_bounded(sqlite_url: str) -> None:
    """Sixty an hour, the last of which says that more are not recorded; another person's are, and the next hour's."""
    clock = [NOW]
    async with open_store(sqlite_url, KeyRing.parse(KeyRing.new_entry("k1"))) as store:
        desk = Desk(store, Opener(), lambda: clock[0])

        async def tries(member: str, times: int) -> list[audit.Event]:
            for _ in range(times):
                await refusals.record(desk, NotAllowed(), member=member, channel="C0", what="pin")
            async with store.reading() as tx:
                return [one for one in await audit.events(tx, limit=1000) if one.actor == member]

        several = await tries("U0BOB", REFUSALS_AN_HOUR + 40)
        assert len(several) == REFUSALS_AN_HOUR
        assert [one.seq for one in several if "more" in one.detail] == [several[0].seq]
        assert len(await tries("U0CAROL", 3)) == 3
        clock[0] += timedelta(hours=1, seconds=1)
        assert len(await tries("U0BOB", 5)) == REFUSALS_AN_HOUR + 5
