"""A year, day by day: each warning once on its day, one list a week, and silence of what was replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk.desk import Desk
from store import KeyRing, open_store
from tests.desk import endings_of_a_year as year

DAYS = 366


class Clock:
    time = year.MONDAY

    def __call__(self) -> object:
        return self.time


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store:
        yield Desk(store=store, opener=None, clock=Clock())  # type: ignore[arg-type]  # no file is opened


async def test_a_year_of_ends(desk: Desk) -> None:
    """Certificates and authorities in several zones, channels and settings, some replaced: all of it, and no more."""
    planned = await year.fill(desk, await year.places(desk, 20), 12)
    replacing, recorder = year.to_replace(planned), year.Recorder(desk)
    assert isinstance(desk.clock, Clock)
    known = {one.id: one for one in planned}
    for evening in year.days_of(DAYS):
        desk.clock.time = evening
        await year.say(desk, recorder)
        for one in replacing.get(evening.date(), ()):
            if both := await year.replace_(desk, one):
                known.update({each.id: each for each in both})
    until = desk.clock.time.date()
    assert len(known) > len(planned)
    assert len(recorder.warned) > 500
    assert dict(recorder.warned) == year.warnings_expected(list(known.values()), until)
    assert dict(recorder.listed) == year.digests_expected(list(known.values()), until)
    assert recorder.others == 0
