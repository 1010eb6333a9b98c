"""What ends within a window."""

from __future__ import annotations

from datetime import timedelta

from store import Authority, Store, expiry
from store.certificates import authorities, clients, versions
from store.expiry import Watched
from tests.store.facts import ALICE, LATER, NOW, a_version, an_authority, an_environment, an_upload, deposited


async def test_what_ends_in_a_window_soonest_first(store: Store) -> None:
    """Its end counts and its beginning does not; older versions and what was removed are left out, in every place."""
    async with store.transaction() as tx:
        here, there = await an_environment(tx), await an_environment(tx, "shop/test")
        for number, (place, label, days) in enumerate(
            [(here, "late", 30), (there, "soon", 3), (here, "edge", 31), (here, "now", 0), (here, "gone", 5)]
        ):
            new = a_version(f"{label}{number}", effective_end=NOW + timedelta(days=days))
            version = await deposited(tx, place.id, label, new=new)
        await clients.remove(tx, certificate_id=version.certificate_id, by=ALICE, at=LATER)
        old = await deposited(tx, here.id, "turned", new=a_version("t1", effective_end=NOW + timedelta(days=9)))
        await deposited(tx, here.id, "turned", new=a_version("t2", effective_end=NOW + timedelta(days=900)))
    async with store.transaction() as tx:
        found = await expiry.ending(tx, after=NOW, until=NOW + timedelta(days=30))
        assert [one.label for one in found] == ["soon", "late"]
        await versions.roll_back(tx, certificate_id=old.certificate_id, number=1, by=ALICE, at=LATER)
        found = await expiry.ending(tx, after=NOW, until=NOW + timedelta(days=30))
        assert [one.label for one in found] == ["soon", "turned", "late"]


async def test_what_ends_in_some_environments(store: Store) -> None:
    """Versions and authorities of these environments alone, current ones alone, the end of the window included."""
    async with store.transaction() as tx:
        here, there, other = [await an_environment(tx, path) for path in ("orders/test", "shop/test", "x/y")]
        for place, label, days in [(here, "in", 40), (there, "edge", 90), (other, "other", 50), (here, "near", 30)]:
            new = a_version(f"{label}{place.path}", effective_end=NOW + timedelta(days=days))
            await deposited(tx, place.id, label, new=new)
            root = an_authority(f"{label} root", not_after=NOW + timedelta(days=days))
            await authorities.add(
                tx, upload_id=await an_upload(tx), environment_id=place.id, new=[root], by=ALICE, at=NOW
            )
        await deposited(tx, here.id, "replaced", new=a_version("r1", effective_end=NOW + timedelta(days=41)))
        await deposited(tx, here.id, "replaced", new=a_version("r2", effective_end=NOW + timedelta(days=400)))
        gone = await deposited(tx, here.id, "gone", new=a_version("g", effective_end=NOW + timedelta(days=42)))
        await clients.remove(tx, certificate_id=gone.certificate_id, by=ALICE, at=LATER)
    async with store.transaction() as tx:
        window = {"after": NOW + timedelta(days=30), "until": NOW + timedelta(days=90)}
        found = await expiry.expiring_in(tx, [here.id, there.id], **window)
        named = [one.name if isinstance(one, Authority) else one.label for one in found]
        assert named == ["in", "edge", "in root", "edge root"]
        await authorities.remove(tx, authority_id=found[2].id, by=ALICE, at=LATER)
        assert len(await expiry.expiring_in(tx, [here.id, there.id], **window)) == 3
        assert await expiry.expiring_in(tx, [], **window) == []


async def test_what_a_watch_knows(store: Store) -> None:
    """Where it is, when it ends, and whether it is still used; in step with what the whole of it says."""
    async with store.transaction() as tx:
        place = await an_environment(tx)
        old = await deposited(tx, place.id, new=a_version("v1", effective_end=NOW + timedelta(days=9)))
        new = await deposited(tx, place.id, new=a_version("v2", effective_end=NOW + timedelta(days=99)))
        upload = await an_upload(tx)
        roots = [an_authority("root"), an_authority("other")]
        added = await authorities.add(tx, upload_id=upload, environment_id=place.id, new=roots, by=ALICE, at=NOW)
        root, other = added.added
        await authorities.remove(tx, authority_id=other.id, by=ALICE, at=LATER)
        version = Watched("version", new.id, place.id, NOW + timedelta(days=99), True)
        authority = Watched("authority", root.id, place.id, root.not_after, True)
        assert await expiry.watched(tx, "version", new.id) == version
        assert await expiry.watched(tx, "authority", root.id) == authority
        assert await expiry.watched_in(tx, place.id) == [version, authority]
        for kind, id_ in (("version", old.id), ("authority", other.id)):
            one = await expiry.watched(tx, kind, id_)
            assert one is not None
            assert not one.current
        assert await expiry.watched(tx, "version", root.id) is None
        await clients.remove(tx, certificate_id=new.certificate_id, by=ALICE, at=LATER)
        assert await expiry.watched_in(tx, place.id) == [authority]
