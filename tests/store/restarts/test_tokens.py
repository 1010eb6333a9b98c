"""Tokens of pipelines: seen once, found by their digest, revoked for good."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from store import HookToken, NotFound, Store, audit
from store.audit import Tag
from store.operations import backup
from store.restarts import tokens
from store.restarts.tokens import Scope
from tests.store.facts import ALICE, BOB, LATER, NOW, environment_in


async def made(store: Store, environment_id: str) -> tuple[HookToken, SecretStr]:
    """A token, committed."""
    async with store.transaction() as tx:
        made, secret = await tokens.new(tx, environment_id)
        return await tokens.add(tx, made, environment_id=environment_id, by=ALICE, at=NOW), secret


async def revoke(store: Store, token_id: str) -> HookToken:
    """Revoke it, committed."""
    async with store.transaction() as tx:
        return await tokens.revoke(tx, token_id, by=BOB, at=LATER)


async def test_a_token_is_found_by_itself_alone(store: Store) -> None:
    """The token finds its row; another one, its digest, its hint and a longer one find nothing."""
    place = await environment_in(store)
    token, secret = await made(store, place.id)
    plain = secret.get_secret_value()
    assert await tokens.known(store, secret) == token
    assert plain.startswith("cdh_")
    assert plain.endswith(token.hint)
    async with store.transaction() as tx:
        digest = str(await tx.session.scalar(text("SELECT digest FROM hook_token")))
    flipped = plain[:-1] + ("A" if plain[-1] != "A" else "B")
    for other in (flipped, digest, f"cdh_{digest}", token.hint, plain + "=", plain + "\n", plain[4:], "", "cdh_\udcff"):
        assert await tokens.known(store, SecretStr(other)) is None, other


async def test_a_token_for_delivery_keeps_what_it_is_limited_to(store: Store) -> None:
    """Its scope, its end and its networks come back; it cannot be used from its end on."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        new, secret = await tokens.new(
            tx, place.id, scope=Scope.DELIVER, expires_at=LATER, networks=("10.0.0.0/8", "2001:db8::/32")
        )
        await tokens.add(tx, new, environment_id=place.id, by=ALICE, at=NOW)
    assert secret.get_secret_value().startswith("cdd_")
    found = await tokens.known(store, secret)
    assert found is not None
    assert (found.scope, found.expires_at, found.networks) == (Scope.DELIVER, LATER, ("10.0.0.0/8", "2001:db8::/32"))
    async with store.transaction() as tx:
        used = await tokens.used(tx, found.id, at=NOW, peer="10.1.2.3")
        assert (used.used_at, used.used_from) == (NOW, "10.1.2.3")
        with pytest.raises(NotFound):
            await tokens.used(tx, found.id, at=LATER)


async def test_days_of_use_are_counted_in_a_row(store: Store) -> None:
    """Several uses of a day are one; a day without any begins anew."""
    place = await environment_in(store)
    token, _ = await made(store, place.id)
    days = (NOW + timedelta(days=day) for day in (0, 0, 1, 2, 4))
    async with store.transaction() as tx:
        counted = [(await tokens.used(tx, token.id, at=day)).days_used for day in days]
    assert counted == [1, 1, 2, 3, 1]


async def test_nothing_that_is_kept_holds_the_token(store: Store) -> None:
    """Neither a backup of every row nor the trail knows more of it than its last four characters."""
    place = await environment_in(store)
    _, secret = await made(store, place.id)
    plain = secret.get_secret_value()
    kept = "".join([line async for line in backup.dump(store, at=NOW)])
    assert '"hook_token"' in kept
    assert plain not in kept
    assert plain[4:20] not in kept
    async with store.transaction() as tx:
        told = [audit.as_json(event) for event in await audit.events(tx)]
    assert Tag.HOOK_MADE in {one["tag"] for one in told}
    assert plain[4:20] not in json.dumps(told)
    assert plain not in repr(secret)


async def test_a_revoked_token_is_nobody(store: Store) -> None:
    """It is found no more, listed no more, cannot be used, and revoked but once; the trail says by whom."""
    place = await environment_in(store)
    (token, secret), (other, _) = await made(store, place.id), await made(store, place.id)
    gone = await revoke(store, token.id)
    assert (gone.revoked_at, gone.revoked_by) == (LATER, BOB)
    assert await tokens.known(store, secret) is None
    with pytest.raises(NotFound):
        await revoke(store, token.id)
    async with store.transaction() as tx:
        assert await tokens.live(tx, place.id) == [other]
        with pytest.raises(NotFound):
            await tokens.used(tx, token.id, at=LATER)
        tags = [event.tag for event in await audit.events(tx)]
    assert tags.count(Tag.HOOK_REVOKED) == 1


async def test_what_was_used_says_when(store: Store) -> None:
    """Only the token that was used, and its environment's own."""
    here, there = await environment_in(store), await environment_in(store, "shop/test")
    (token, _), _ = await made(store, here.id), await made(store, there.id)
    async with store.transaction() as tx:
        await tokens.used(tx, token.id, at=LATER)
    async with store.transaction() as tx:
        assert [one.used_at for one in await tokens.live(tx, here.id)] == [LATER]
        assert [one.used_at for one in await tokens.live(tx, there.id)] == [None]


async def test_a_token_is_asked_for_while_somebody_writes(store: Store) -> None:
    """Whoever tries tokens waits for no writer."""
    place = await environment_in(store)
    token, secret = await made(store, place.id)
    async with store.transaction() as tx:
        await tokens.used(tx, token.id, at=LATER)
        # Less than SQLite waits for a writer.
        async with asyncio.timeout(8):
            found = await tokens.known(store, secret)
    assert found is not None
    assert found.used_at is None
