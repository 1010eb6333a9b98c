"""Client certificates: versions under a label, their pins, and their keys."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text, update

from store import KeyRing, NewVersion, NotFound, PinTaken, SealBroken, Store, audit, environments, uploads
from store.audit import Tag
from store.certificates import clients
from store.models import CertificateRow, VersionRow
from tests.store.facts import (
    ALICE,
    BOB,
    LATER,
    NOW,
    a_version,
    an_environment,
    an_upload,
    deposited,
    environment_in,
    upload_in,
)


async def test_a_deposit_keeps_every_fact(store: Store) -> None:
    """What goes in comes out, but for the key."""
    new = a_version("bank", serial=2**200 + 1, san=("ä.example", "*.b"), chain_der=(b"\x00\xff", b""))
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id, "bank", pins=("partner.example", "Module.Service"), new=new)
    async with store.transaction() as tx:
        assert await clients.version(tx, version.id) == version
        assert await clients.find(tx, made.id, "bank") == version
        assert await clients.current(tx, made.id) == [version]
        assert await clients.history(tx, version.certificate_id) == [version]
        assert await clients.fingerprints(tx, made.id) == {new.sha256}
    for fact in set(NewVersion.__dataclass_fields__) - {"key"}:
        assert getattr(version, fact) == getattr(new, fact), fact
    assert (version.number, version.replaced, version.removed_at) == (1, None, None)
    assert version.pins == ("Module.Service", "partner.example")
    assert (version.deposited_by, version.deposited_at) == (ALICE, NOW)


async def test_a_second_deposit_under_a_label_replaces_the_first(store: Store) -> None:
    """It is the next version of the same certificate, the current one; the history has both."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        first = await deposited(tx, made.id, "bank", pins=("a.example", "b.example"))
        second = await deposited(tx, made.id, "bank", pins=("b.example", "c.example"), new=a_version("renewed"))
    async with store.transaction() as tx:
        assert await clients.current(tx, made.id) == [second]
        assert [one.id for one in await clients.history(tx, first.certificate_id)] == [second.id, first.id]
        assert await clients.fingerprints(tx, made.id) == {second.sha256}
    assert (second.certificate_id, second.number, second.replaced) == (first.certificate_id, 2, 1)
    assert second.pins == ("b.example", "c.example")


async def test_certificates_are_listed_by_label(store: Store) -> None:
    """Whatever the case, in the same order on both databases."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        for label in ("beta", "Alpha", "alpha", "a-b", "Ärzte"):
            await deposited(tx, made.id, label)
        assert [one.label for one in await clients.current(tx, made.id)] == [
            "a-b",
            "Alpha",
            "alpha",
            "beta",
            "Ärzte",
        ]


async def test_an_upload_becomes_one_version(store: Store) -> None:
    """Depositing it again gives that version and does nothing, whatever the second request says."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        other = await an_environment(tx, "orders/test")
        upload = await an_upload(tx)
        first = await deposited(tx, made.id, "bank", pins=("a.example",), upload_id=upload)
    async with store.transaction() as tx:
        assert await deposited(tx, made.id, "bank", upload_id=upload) == first
        assert await deposited(tx, other.id, "else", pins=("b.example",), upload_id=upload) == first
    async with store.transaction() as tx:
        assert await clients.current(tx, made.id) == [first]
        assert await clients.current(tx, other.id) == []
        assert await clients.of_upload(tx, upload) == first
        kept = await uploads.get(tx, upload)
        deposits = [event for event in await audit.events(tx) if event.tag == Tag.CERTIFICATE_DEPOSITED]
    assert kept is not None
    assert kept.state == uploads.STORED
    assert [event.version_id for event in deposits] == [first.id]


async def test_a_double_click_makes_one_version(store: Store) -> None:
    """The same upload submitted eight times at once: one version, one sealed key, one event."""
    made, upload = await environment_in(store), await upload_in(store)

    async def submit() -> str:
        async with store.transaction() as tx:
            return (await deposited(tx, made.id, upload_id=upload)).id

    assert len(set(await asyncio.gather(*(submit() for _ in range(8))))) == 1
    async with store.transaction() as tx:
        assert len(list(await tx.session.scalars(select(VersionRow)))) == 1
        assert (await audit.verify(tx)).rows == 2


async def test_the_answer_is_the_same_after_the_environment_was_removed(store: Store) -> None:
    """A late second delivery of a submission still gets its version."""
    async with store.transaction() as tx:
        made, upload = await an_environment(tx), await an_upload(tx)
        version = await deposited(tx, made.id, upload_id=upload)
        await clients.remove(tx, certificate_id=version.certificate_id, by=BOB, at=LATER)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        assert (await deposited(tx, made.id, upload_id=upload)).id == version.id


async def test_uploads_at_the_same_time_are_numbered_in_turn(store: Store) -> None:
    """Eight deposits under one label at once: eight versions, the numbers without a gap, one of them current."""
    made = await environment_in(store)

    async def submit(number: int) -> None:
        async with store.transaction() as tx:
            await deposited(tx, made.id, "bank", pins=("a.example",), new=a_version(f"renewal {number}"))

    await asyncio.gather(*(submit(number) for number in range(8)))
    async with store.transaction() as tx:
        (current,) = await clients.current(tx, made.id)
        history = await clients.history(tx, current.certificate_id)
    assert [one.number for one in history] == list(range(8, 0, -1))
    assert [one.replaced for one in history] == [7, 6, 5, 4, 3, 2, 1, None]
    assert current == history[0]


async def test_a_deposit_into_a_removed_environment_stores_nothing(store: Store) -> None:
    """The environment went while the modal was open."""
    async with store.transaction() as tx:
        made, upload = await an_environment(tx), await an_upload(tx)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    with pytest.raises(NotFound) as caught:
        async with store.transaction() as tx:
            await deposited(tx, made.id, upload_id=upload)
    assert caught.value.what == "environment"
    async with store.transaction() as tx:
        kept = await uploads.get(tx, upload)
        assert kept is not None
        assert kept.state == uploads.NOTICED
        assert list(await tx.session.scalars(select(VersionRow))) == []


async def test_a_deposit_without_its_upload_stores_nothing(store: Store) -> None:
    """There is no version without the upload that it came from."""
    made = await environment_in(store)
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await deposited(tx, made.id, upload_id="0" * 32)


async def test_a_pin_belongs_to_one_label(store: Store) -> None:
    """Another label cannot have it; the refusal names pin and owner, and leaves nothing half done."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        await deposited(tx, made.id, "bank", pins=("a.example", "b.example"))
    async with store.transaction() as tx:
        with pytest.raises(PinTaken) as caught:
            await deposited(tx, made.id, "broker", pins=("z.example", "b.example", "a.example"))
    assert (caught.value.pin, caught.value.label) == ("b.example", "bank")
    async with store.transaction() as tx:
        assert [one.label for one in await clients.current(tx, made.id)] == ["bank"]
        assert len(list(await tx.session.scalars(select(CertificateRow)))) == 1


async def test_a_pin_is_free_elsewhere_and_after_its_owner_went(store: Store) -> None:
    """Another environment may have the same pin; a removed certificate and an earlier version hold none."""
    async with store.transaction() as tx:
        made, other = await an_environment(tx), await an_environment(tx, "orders/test")
        bank = await deposited(tx, made.id, "bank", pins=("a.example", "b.example"))
        await deposited(tx, other.id, "bank", pins=("a.example",))
        await deposited(tx, made.id, "bank", pins=("a.example",), new=a_version("renewed"))
        await deposited(tx, made.id, "broker", pins=("b.example",))
        await clients.remove(tx, certificate_id=bank.certificate_id, by=BOB, at=LATER)
        last = await deposited(tx, made.id, "third", pins=("a.example", "a.example"))
    assert last.pins == ("a.example",)


async def test_a_pin_wanted_by_two_at_once_goes_to_one(store: Store) -> None:
    """Two labels deposited at the same time with the same pin: one is refused."""
    made = await environment_in(store)

    async def submit(label: str) -> None:
        async with store.transaction() as tx:
            await deposited(tx, made.id, label, pins=("a.example",))

    results = await asyncio.gather(submit("bank"), submit("broker"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "PinTaken"]


async def test_a_removed_certificate_is_not_current(store: Store) -> None:
    """It says who removed it; its history stays, and its label begins anew."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id, "bank")
        removed = await clients.remove(tx, certificate_id=version.certificate_id, by=BOB, at=LATER)
        again = await deposited(tx, made.id, "bank")
    assert removed.id == version.id
    assert (again.number, again.certificate_id == version.certificate_id) == (1, False)
    async with store.transaction() as tx:
        (kept,) = await clients.history(tx, version.certificate_id)
        newest = await clients.of_certificate(tx, version.certificate_id)
    assert (kept.removed_by, kept.removed_at) == (BOB, LATER)
    assert newest == kept


async def test_it_is_removed_once(store: Store) -> None:
    """Of several who remove it at once, one does; the others find it gone."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id)

    async def remove() -> None:
        async with store.transaction() as tx:
            await clients.remove(tx, certificate_id=version.certificate_id, by=BOB, at=LATER)

    results = await asyncio.gather(*(remove() for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", *["NotFound"] * 4]
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await clients.remove(tx, certificate_id="0" * 32, by=BOB, at=LATER)


async def test_a_key_comes_back_and_that_is_recorded(store: Store) -> None:
    """Of an old version as well as of the current one; who and why stand in the trail."""
    one, two = a_version("bank"), a_version("renewed")
    async with store.transaction() as tx:
        made = await an_environment(tx)
        first = await deposited(tx, made.id, "bank", new=one)
        second = await deposited(tx, made.id, "bank", new=two)
    async with store.transaction() as tx:
        assert await clients.reveal(tx, version_id=first.id, by=BOB, at=LATER, why="packing") == one.key
        assert await clients.reveal(tx, version_id=second.id, by=BOB, at=LATER, why="packing") == two.key
    async with store.transaction() as tx:
        event = (await audit.events(tx))[0]
    assert (event.tag, event.actor, event.version_id) == (Tag.CERTIFICATE_REVEALED, BOB, second.id)
    assert event.detail == {"why": "packing"}


async def test_a_reveal_is_recorded_though_the_transaction_fails(store: Store) -> None:
    """Once the key was out of the store, no rollback takes back that it was."""
    async with store.transaction() as tx:
        version = await deposited(tx, (await an_environment(tx)).id)
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await clients.reveal(tx, version_id=version.id, by=BOB, at=LATER, why="packing")
            raise RuntimeError
    async with store.transaction() as tx:
        assert (await audit.events(tx))[0].tag == Tag.CERTIFICATE_REVEALED


async def test_a_broken_seal_is_recorded(store: Store) -> None:
    """A row whose seal does not open is one clear error, and an event that stays."""
    async with store.transaction() as tx:
        version = await deposited(tx, (await an_environment(tx)).id)
        await tx.session.execute(update(VersionRow).values(sealed_key=VersionRow.leaf_der))
    with pytest.raises(SealBroken):
        async with store.transaction() as tx:
            await clients.reveal(tx, version_id=version.id, by=BOB, at=LATER, why="packing")
    async with store.transaction() as tx:
        assert (await audit.events(tx))[0].tag == Tag.REVEAL_FAILED
        assert (await audit.verify(tx)).ok


async def test_a_key_moved_to_another_row_does_not_open(store: Store) -> None:
    """Swapping the sealed columns of two versions, or giving a certificate to another environment, breaks the seal."""
    async with store.transaction() as tx:
        made, other = await an_environment(tx), await an_environment(tx, "orders/test")
        one, two = await deposited(tx, made.id, "bank"), await deposited(tx, made.id, "broker")
    columns = "wrapped_key = (SELECT wrapped_key FROM version WHERE id = :other), sealed_key = (SELECT sealed_key"
    async with store.engine.begin() as connection:
        await connection.execute(
            text(f"UPDATE version SET {columns} FROM version WHERE id = :other) WHERE id = :id"),  # noqa: S608  our words
            {"id": one.id, "other": two.id},
        )
        await connection.execute(
            text("UPDATE certificate SET environment_id = :environment WHERE id = :id"),
            {"environment": other.id, "id": two.certificate_id},
        )
    for version in (one, two):
        with pytest.raises(SealBroken):
            async with store.transaction() as tx:
                await clients.reveal(tx, version_id=version.id, by=BOB, at=LATER, why="packing")


async def test_nothing_is_revealed_of_what_is_not_there(store: Store) -> None:
    """An unknown version has no key."""
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await clients.reveal(tx, version_id="0" * 32, by=BOB, at=LATER, why="packing")
    async with store.transaction() as tx:
        assert await clients.version(tx, "0" * 32) is None


async def test_text_that_no_database_keeps_is_replaced(store: Store) -> None:
    """NUL and half surrogates of a hostile subject become U+FFFD on both databases; long text is kept whole."""
    new = a_version(subject="CN=a\0b\ud800", issuer="CN=" + "x" * 5000, key_type="y" * 300, signature="\0")
    async with store.transaction() as tx:
        version = await deposited(tx, (await an_environment(tx)).id, new=new)
    async with store.transaction() as tx:
        kept = await clients.version(tx, version.id)
    assert kept is not None
    assert kept.subject == "CN=a\ufffdb\ufffd"
    assert (len(kept.issuer), len(kept.key_type), kept.signature) == (5003, 300, "\ufffd")


async def test_values_do_not_print_keys() -> None:
    """What is deposited can be logged without its key."""
    new = a_version()
    assert new.key.get_secret_value().hex() not in repr(new)
    assert repr(new.key.get_secret_value())[2:20] not in repr(new)
    assert "audit" not in repr(Store(None, KeyRing.parse(KeyRing.new_entry("k")), b"audit"))  # type: ignore[arg-type]
