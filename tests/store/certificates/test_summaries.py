"""Short views: the first lines of an environment's list, how many there are, and what expires first."""

from __future__ import annotations

from datetime import timedelta

from store import Store, environments
from store.certificates import authorities, clients, summaries
from store.certificates.summaries import CertificateSummary, Holdings
from tests.store.facts import ALICE, BOB, LATER, NOW, a_version, an_authority, an_environment, an_upload, deposited

DAY = timedelta(days=1)


async def test_a_list_is_its_first_lines_and_a_count(store: Store) -> None:
    """By label whatever its case, with the pins of each; what was removed or belongs elsewhere is not there."""
    async with store.transaction() as tx:
        here, elsewhere = await an_environment(tx), await an_environment(tx, "orders/test")
        for label in ("delta", "Bravo", "alpha", "charlie", "Echo"):
            await deposited(tx, here.id, label, pins=(f"{label}.example", "a." + label), new=a_version(label))
        await deposited(tx, elsewhere.id, "aaa", new=a_version("elsewhere"))
        gone = await clients.find(tx, here.id, "alpha")
        assert gone is not None
        await clients.remove(tx, certificate_id=gone.certificate_id, by=BOB, at=LATER)
    async with store.reading() as read:
        found = await summaries.listing(read, here.id, clients=3, authorities=3, now=NOW)
        assert await clients.labels(read, elsewhere.id) == ["aaa"]
    assert [one.label for one in found.clients] == ["Bravo", "charlie", "delta"]
    assert [one.pins for one in found.clients][1] == ("a.charlie", "charlie.example")
    assert (found.clients_count, found.authorities, found.authorities_count) == (4, (), 0)


async def test_a_list_shows_the_version_that_is_current(store: Store) -> None:
    """The newest one, or the one that was rolled back to, once."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        for days in (9, 5):
            await deposited(tx, made.id, "bank", new=a_version(f"{days}", effective_end=NOW + days * DAY))
    async with store.reading() as read:
        found = await summaries.listing(read, made.id, clients=9, authorities=9, now=NOW)
        held = await summaries.holdings(read, [made.id])
    assert found.clients == (CertificateSummary("bank", 2, NOW + 5 * DAY),)
    assert held == {made.id: Holdings(1, 0, CertificateSummary("bank", 2, NOW + 5 * DAY))}


async def test_authorities_are_listed_and_counted(store: Store) -> None:
    """The first by name, how many there are, and how many of all have expired."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        new = [an_authority(f"Root {number}", not_after=NOW + (number - 2) * DAY) for number in range(6)]
        await authorities.add(
            tx, upload_id=await an_upload(tx), environment_id=made.id, new=new, by=ALICE, at=NOW - 9 * DAY
        )
    async with store.reading() as read:
        found = await summaries.listing(read, made.id, clients=9, authorities=2, now=NOW)
        assert sorted(await authorities.names(read, made.id)) == [f"Root {number}" for number in range(6)]
    assert [one.name for one in found.authorities] == ["Root 0", "Root 1"]
    assert (found.authorities_count, found.authorities_expired) == (6, 3)


async def test_holdings_count_and_name_what_expires_first(store: Store) -> None:
    """For each of several environments; replaced and removed versions do not count, however early they end."""
    async with store.transaction() as tx:
        here, empty = await an_environment(tx), await an_environment(tx, "orders/empty")
        for label, days in (("bank", 1), ("bank", 50), ("mail", 30), ("gone", 2)):
            await deposited(tx, here.id, label, new=a_version(f"{label}{days}", effective_end=NOW + days * DAY))
        gone = await clients.find(tx, here.id, "gone")
        assert gone is not None
        await clients.remove(tx, certificate_id=gone.certificate_id, by=BOB, at=LATER)
    async with store.reading() as read:
        every = [one.id for one in await environments.all_(read)]
        held = await summaries.holdings(read, every)
    assert held == {here.id: Holdings(2, 0, CertificateSummary("mail", 1, NOW + 30 * DAY)), empty.id: Holdings()}
