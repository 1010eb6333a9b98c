"""What ends within a window."""

from __future__ import annotations

from datetime import timedelta

from store import Store, certificates, expiry, versions
from tests.store.facts import ALICE, LATER, NOW, a_version, an_environment, deposited


async def test_what_ends_in_a_window_soonest_first(store: Store) -> None:
    """Its end counts and its beginning does not; older versions and what was removed are left out, in every place."""
    async with store.transaction() as tx:
        here, there = await an_environment(tx), await an_environment(tx, "shop/test")
        for number, (place, label, days) in enumerate(
            [(here, "late", 30), (there, "soon", 3), (here, "edge", 31), (here, "now", 0), (here, "gone", 5)]
        ):
            new = a_version(f"{label}{number}", effective_end=NOW + timedelta(days=days))
            version = await deposited(tx, place.id, label, new=new)
        await certificates.remove(tx, certificate_id=version.certificate_id, by=ALICE, at=LATER)
        old = await deposited(tx, here.id, "turned", new=a_version("t1", effective_end=NOW + timedelta(days=9)))
        await deposited(tx, here.id, "turned", new=a_version("t2", effective_end=NOW + timedelta(days=900)))
    async with store.transaction() as tx:
        found = await expiry.ending(tx, after=NOW, until=NOW + timedelta(days=30))
        assert [one.label for one in found] == ["soon", "late"]
        await versions.roll_back(tx, certificate_id=old.certificate_id, number=1, by=ALICE, at=LATER)
        found = await expiry.ending(tx, after=NOW, until=NOW + timedelta(days=30))
        assert [one.label for one in found] == ["soon", "turned", "late"]
