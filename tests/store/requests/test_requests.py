"""Requests: kept with what they bring under seal, decided once, and emptied as they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr
from sqlalchemy import select, update

from store import KeyRing, NewRequest, NotFound, Request, SealBroken, Store, audit, environments, open_store, rehearsal
from store.certificates import clients
from store.models import RequestRow
from store.operations import rotation
from store.requests import requests
from store.requests.requests import State
from tests.store.facts import ALICE, BOB, LATER, NOW, a_version, an_environment, an_upload, deposited, environment_in

SECRET = b"canary-of-a-request"


async def asked(store: Store, **changes: Any) -> Request:
    """A request to pin something, with a secret."""
    async with store.transaction() as tx:
        place = await environments.find(tx, "orders", "production") or await an_environment(tx)
    given: dict[str, Any] = {
        "environment_id": place.id,
        "deed": "pin",
        "do": {"certificate": "c" * 32, "pins": ["a.example"]},
        "shown": {"label": "bank", "old": {}, "new": {"pins": ["a.example"]}, "remarks": []},
        "expires_at": NOW + timedelta(days=3),
        "secret": SecretBytes(SECRET),
    }
    async with store.transaction() as tx:
        return await requests.ask(tx, NewRequest(**{**given, **changes}), by=BOB, at=NOW)


async def row_of(store: Store, request: Request) -> RequestRow:
    async with store.reading() as tx:
        return (await tx.session.execute(select(RequestRow).where(RequestRow.id == request.id))).scalar_one()


async def test_a_request_waits_with_what_it_brings(store: Store) -> None:
    """It is found again as it was asked for, and its secret comes out for who may decide."""
    request = await asked(store)
    async with store.transaction() as tx:
        assert await requests.get(tx, request.id) == request
        assert await requests.waiting(tx, [request.environment_id]) == [request]
        assert await requests.waiting(tx, ["e" * 32]) == []
        revealed = await requests.reveal(tx, request.id, by=ALICE, at=LATER)
    assert revealed.get_secret_value() == SECRET
    assert SECRET not in bytes((await row_of(store, request)).sealed_key)
    async with store.reading() as tx:
        tags = [one.tag for one in await audit.events(tx, limit=2)]
    assert tags == [audit.Tag.REQUEST_REVEALED, audit.Tag.REQUEST_ASKED]


@pytest.mark.parametrize("state", [one for one in State if one is not State.WAITING])
async def test_what_it_brings_is_destroyed_as_it_ends(store: Store, state: State) -> None:
    """However it ends; who ended it, and why, is in the trail."""
    request = await asked(store)
    async with store.transaction() as tx:
        ended = await requests.end(tx, request.id, state, by=ALICE, at=LATER, reason="Not today")
        assert await requests.waiting(tx, [request.environment_id]) == []
    assert (ended.state, ended.decided_by, ended.decided_at, ended.reason) == (state, ALICE, LATER, "Not today")
    row = await row_of(store, request)
    assert (row.key_id, row.wrapped_key, row.sealed_key) == ("", b"", b"")
    async with store.reading() as tx:
        (event,) = await audit.events(tx, limit=1)
    assert (event.actor, event.detail["reason"], event.detail["asked_by"]) == (ALICE, "Not today", BOB)
    assert event.tag == f"desk:request:{state}"


@pytest.mark.parametrize(
    "changed",
    [
        {"do": {"certificate": "c" * 32, "pins": ["evil.example"]}},
        {"shown": {"label": "other", "old": {}, "new": {}, "remarks": []}},
        {"deed": "remove"},
        {"asked_by": ALICE},
    ],
)
@pytest.mark.parametrize("secret", [SecretBytes(SECRET), None])
async def test_a_request_that_was_changed_does_not_open(
    store: Store, changed: dict[str, Any], secret: SecretBytes | None
) -> None:
    """Whoever can write to the database has nothing approved but what was asked for and shown; it is recorded."""
    request = await asked(store, secret=secret)
    async with store.transaction() as tx:
        await tx.session.execute(update(RequestRow).where(RequestRow.id == request.id).values(**changed))
    with pytest.raises(SealBroken):
        async with store.transaction() as tx:
            await requests.reveal(tx, request.id, by=ALICE, at=LATER)
    async with store.reading() as tx:
        (event,) = await audit.events(tx, limit=1)
    assert event.tag == audit.Tag.REVEAL_FAILED


async def test_the_latest_request_of_an_upload_is_found(store: Store) -> None:
    """None is found for an upload of which none was made."""
    async with store.transaction() as tx:
        upload, other = await an_upload(tx), await an_upload(tx)
    request = await asked(store, upload_id=upload)
    async with store.reading() as tx:
        assert await requests.of_upload(tx, upload) == request
        assert await requests.of_upload(tx, other) is None
        assert await requests.get(tx, "0" * 32) is None


async def test_none_is_held_that_is_not_there(store: Store) -> None:
    """It is an error of its own."""
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await requests.held(tx, "0" * 32)


async def test_what_waits_is_turned_with_the_ring(database_url: str) -> None:
    """A request that has ended has nothing to turn."""
    old, new = KeyRing.new_entry("old"), KeyRing.new_entry("new")
    async with open_store(database_url, KeyRing.parse(old)) as store:
        request = await asked(store)
        async with store.transaction() as tx:
            ended = NewRequest(request.environment_id, "pin", request.do, request.shown, request.expires_at)
            other = await requests.ask(tx, ended, by=BOB, at=NOW)
            await requests.end(tx, other.id, State.DECLINED, by=ALICE, at=LATER)
    both = KeyRing.parse(SecretStr(f"{new.get_secret_value()},{old.get_secret_value()}"))
    async with open_store(database_url, both) as store:
        await rotation.rotate(store, by="cli:root", clock=lambda: LATER)
        assert (await row_of(store, request)).key_id == "new"
        assert (await rotation.check(store)).broken == ()
        async with store.transaction() as tx:
            revealed = await requests.reveal(tx, request.id, by=ALICE, at=LATER)
    assert revealed.get_secret_value() == SECRET


async def test_a_rehearsal_leaves_nothing_behind(store: Store) -> None:
    """Neither rows nor events; what was done before it in the same transaction stays."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        kept = await deposited(tx, place.id, "bank")
        recorded = len(tx.unwritten)
        async with rehearsal(tx):
            tried = await deposited(tx, place.id, "bank", new=a_version("other"))
            assert tried.number == 2
        assert len(tx.unwritten) == recorded
        found = await clients.find(tx, place.id, "bank")
        assert found is not None
        assert (found.id, found.number) == (kept.id, 1)
        third = await deposited(tx, place.id, "bank", new=a_version("third"))
    assert third.number == 2


async def test_a_rehearsal_that_fails_leaves_nothing_behind(store: Store) -> None:
    """And its error is raised."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        with pytest.raises(ZeroDivisionError):
            async with rehearsal(tx):
                await deposited(tx, place.id, "bank")
                raise ZeroDivisionError
        assert await clients.find(tx, place.id, "bank") is None
