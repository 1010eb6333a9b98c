"""A year, day by day: each warning once on its day, one list a week, and silence of what was replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk.base.desk import Desk
from store import KeyRing, open_store
from tests.desk.expiry import many_certificates

DAYS = 366


class Clock:
    time = many_certificates.MONDAY

    def __call__(self) -> object:
        return self.time


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store:
        yield Desk(store=store, opener=None, clock=Clock())  # type: ignore[arg-type]  # no file is opened


async def test_a_year_of_ends(desk: Desk) -> None:
    """Certificates and authorities in several zones, channels and settings, some replaced: all of it, and no more."""
    planned = await many_certificates.fill(desk, await many_certificates.places(desk, 20), 12)
    replacing, recorder = many_certificates.to_replace(planned), many_certificates.Recorder(desk)
    assert isinstance(desk.clock, Clock)
    known = {one.id: one for one in planned}
    for evening in many_certificates.days_of(DAYS):
        desk.clock.time = evening
        await many_certificates.say(desk, recorder)
        for one in replacing.get(evening.date(), ()):
            if both := await many_certificates.replace_(desk, one):
                known.update({each.id: each for each in both})
    until = desk.clock.time.date()
    assert len(known) > len(planned)
    assert len(recorder.warned) > 500
    assert dict(recorder.warned) == many_certificates.warnings_expected(list(known.values()), until)
    assert dict(recorder.listed) == many_certificates.digests_expected(list(known.values()), until)
    assert recorder.others == 0
