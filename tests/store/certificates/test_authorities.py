"""Authorities: one row each, added by the bundle, removed one by one."""

from __future__ import annotations

import asyncio

import pytest

from store import NotFound, Store, audit, environments, uploads
from store.audit import Tag
from store.certificates import authorities
from tests.store.facts import ALICE, BOB, LATER, NOW, an_authority, an_environment, an_upload, environment_in, upload_in

BUNDLE = [an_authority(name) for name in ("Root B", "root a", "Ärzte CA")]


async def added(store: Store, environment_id: str, new: list[authorities.NewAuthority]) -> authorities.AddedAuthorities:
    """Add them from an upload of their own."""
    async with store.transaction() as tx:
        return await authorities.add(
            tx, upload_id=await an_upload(tx), environment_id=environment_id, new=new, by=ALICE, at=NOW
        )


async def test_every_certificate_of_a_bundle_is_a_row(store: Store) -> None:
    """All facts are kept; the upload gives them in the file's order, the environment by name."""
    made = await environment_in(store)
    result = await added(store, made.id, BUNDLE)
    assert [one.name for one in result.added] == ["Root B", "root a", "Ärzte CA"]
    assert result.already == ()
    async with store.transaction() as tx:
        current = await authorities.current(tx, made.id)
        assert await authorities.fingerprints(tx, made.id) == {one.sha256 for one in BUNDLE}
        assert await authorities.get(tx, current[0].id) == current[0]
    assert [one.name for one in current] == ["root a", "Root B", "Ärzte CA"]
    for fact in authorities.NewAuthority.__dataclass_fields__:
        assert getattr(result.added[0], fact) == getattr(BUNDLE[0], fact), fact
    assert (current[0].added_by, current[0].added_at, current[0].removed_at) == (ALICE, NOW, None)


async def test_what_is_trusted_already_is_told_apart(store: Store) -> None:
    """A second bundle adds what is new in it, and says what was there; the same one twice in a file is one."""
    made = await environment_in(store)
    await added(store, made.id, BUNDLE[:2])
    result = await added(store, made.id, [BUNDLE[1], BUNDLE[2], BUNDLE[2], BUNDLE[1]])
    assert [one.name for one in result.added] == ["Ärzte CA"]
    assert result.already == (BUNDLE[1].sha256,)


async def test_another_environment_trusts_by_itself(store: Store) -> None:
    """What one environment trusts is new to another."""
    one, other = await environment_in(store), await environment_in(store, "orders/test")
    await added(store, one.id, BUNDLE)
    assert len((await added(store, other.id, BUNDLE)).added) == 3


async def test_a_double_click_adds_them_once(store: Store) -> None:
    """The same upload submitted six times at once: the rows once, one event, the same answer to all."""
    made, upload = await environment_in(store), await upload_in(store)

    async def submit() -> tuple[str, ...]:
        async with store.transaction() as tx:
            result = await authorities.add(tx, upload_id=upload, environment_id=made.id, new=BUNDLE, by=ALICE, at=NOW)
        return tuple(one.id for one in result.added)

    answers = await asyncio.gather(*(submit() for _ in range(6)))
    assert len(set(answers)) == 1
    async with store.transaction() as tx:
        assert len(await authorities.current(tx, made.id)) == 3
        assert [event.tag for event in await audit.events(tx)] == [Tag.AUTHORITIES_ADDED, Tag.ENVIRONMENT_ADDED]


async def test_one_upload_goes_to_one_environment(postgres_store: Store) -> None:
    """Submitted for two environments at once, by two transactions that have both seen the upload open: one gets it."""
    store, both = postgres_store, asyncio.Barrier(2)
    one, other = await environment_in(store), await environment_in(store, "orders/test")
    upload = await upload_in(store)

    async def submit(environment_id: str) -> str:
        async with store.transaction() as tx:
            await uploads.get(tx, upload)
            await both.wait()
            result = await authorities.add(
                tx, upload_id=upload, environment_id=environment_id, new=BUNDLE, by=ALICE, at=NOW
            )
        return result.added[0].environment_id

    answers = await asyncio.gather(submit(one.id), submit(other.id))
    assert len(set(answers)) == 1


async def test_bundles_at_the_same_time_do_not_clash(store: Store) -> None:
    """Two uploads of the same bundle at once: each certificate is there once, and both are answered."""
    made = await environment_in(store)
    results = await asyncio.gather(*(added(store, made.id, BUNDLE) for _ in range(4)))
    assert sorted(len(result.added) for result in results) == [0, 0, 0, 3]
    assert sorted(len(result.already) for result in results) == [0, 3, 3, 3]


async def test_one_goes_and_the_others_stay(store: Store) -> None:
    """Removing is for one row; it can be added again later, as a new row."""
    made = await environment_in(store)
    first = (await added(store, made.id, BUNDLE)).added[0]
    async with store.transaction() as tx:
        removed = await authorities.remove(tx, authority_id=first.id, by=BOB, at=LATER)
    assert (removed.id, removed.removed_by, removed.removed_at) == (first.id, BOB, LATER)
    async with store.transaction() as tx:
        assert {one.name for one in await authorities.current(tx, made.id)} == {"root a", "Ärzte CA"}
        assert await authorities.get(tx, first.id) == removed
    again = await added(store, made.id, BUNDLE)
    assert [one.name for one in again.added] == ["Root B"]


async def test_it_is_removed_once(store: Store) -> None:
    """Of several who remove it at once, one does; the others find it gone."""
    made = await environment_in(store)
    first = (await added(store, made.id, BUNDLE)).added[0]

    async def remove(authority_id: str) -> None:
        async with store.transaction() as tx:
            await authorities.remove(tx, authority_id=authority_id, by=BOB, at=LATER)

    results = await asyncio.gather(*(remove(first.id) for _ in range(4)), remove("0" * 32), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", *["NotFound"] * 4]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("Root B", ["Root B"]),
        ("ROOT A", ["root a"]),
        ("ärzte ca", ["Ärzte CA"]),
        (BUNDLE[0].sha256, ["Root B"]),
        (BUNDLE[0].sha256[:8].upper(), ["Root B"]),
        (":".join(BUNDLE[1].sha256[at : at + 2] for at in range(0, 10, 2)), ["root a"]),
        (BUNDLE[0].sha256[:7], []),
        ("Root", []),
        ("%", []),
        ("", []),
    ],
)
async def test_an_authority_is_found_by_name_or_fingerprint(store: Store, word: str, names: list[str]) -> None:
    """Case and colons do not matter, eight digits do; nothing in the word is a pattern."""
    made = await environment_in(store)
    await added(store, made.id, BUNDLE)
    async with store.transaction() as tx:
        assert [one.name for one in await authorities.find(tx, made.id, word)] == names


async def test_namesakes_are_all_found(store: Store) -> None:
    """Two certificates of one name are told apart by their fingerprints, not by chance."""
    made = await environment_in(store)
    await added(store, made.id, [an_authority("Root"), an_authority("root", sha256="f" * 64)])
    async with store.transaction() as tx:
        assert len(await authorities.find(tx, made.id, "ROOT")) == 2


async def test_a_bundle_for_a_removed_environment_adds_nothing(store: Store) -> None:
    """The environment went while the modal was open; the upload stays open for another."""
    async with store.transaction() as tx:
        made, upload = await an_environment(tx), await an_upload(tx)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await authorities.add(tx, upload_id=upload, environment_id=made.id, new=BUNDLE, by=ALICE, at=NOW)
    async with store.transaction() as tx:
        kept = await uploads.get(tx, upload)
        assert kept is not None
        assert not kept.finished
        assert await authorities.of_upload(tx, upload) == ()


async def test_a_whole_trust_store_is_added_in_one_go(store: Store) -> None:
    """Hundreds of authorities in one transaction."""
    made = await environment_in(store)
    many = [an_authority(f"Root {number:03}", serial=2**150 + number) for number in range(300)]
    assert len((await added(store, made.id, many)).added) == 300
    async with store.transaction() as tx:
        assert [one.serial for one in await authorities.current(tx, made.id)] == [one.serial for one in many]
