"""Turns and pauses: nobody calls what wants to be left alone, whoever was told of it."""

from __future__ import annotations

import asyncio

from store import KeyRing, Store, open_store, pauses


async def test_turns_come_one_after_another(store: Store) -> None:
    """Of many who want to call a method, one does at a time; another method's callers do not wait for them."""
    inside, most = 0, 0

    async def call() -> None:
        nonlocal inside, most
        async with pauses.turn(store, "chat.postMessage"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with pauses.turn(store, "chat.update"), asyncio.timeout(20):
        await asyncio.gather(*(call() for _ in range(8)))
    assert most == 1


async def test_a_pause_is_known_to_the_next(store: Store) -> None:
    """Who was told keeps the next away, from that method alone, and a shorter pause does not shorten it."""
    async with pauses.turn(store, "chat.postMessage") as turn:
        assert turn.left == 0
        await turn.pause(30)
    async with store.transaction() as tx:
        await pauses.pause(tx, "chat.postMessage", 5)
    async with pauses.turn(store, "chat.postMessage") as turn:
        assert 5 < turn.left <= 30
    async with store.transaction() as tx:
        assert await pauses.paused(tx, "chat.update") == 0


async def test_a_pause_ends(store: Store) -> None:
    """After its seconds nothing is left of it."""
    async with pauses.turn(store, "chat.update") as turn:
        await turn.pause(0.05)
    async with asyncio.timeout(20):
        while await _left(store):  # noqa: ASYNC110  real seconds go by
            await asyncio.sleep(0.01)


async def test_a_pause_is_kept_though_the_turn_fails(store: Store) -> None:
    """What comes after the pause in a turn, such as an error for the caller, does not undo it."""
    try:
        async with pauses.turn(store, "chat.update") as turn:
            await turn.pause(30)
            raise LookupError
    except LookupError:
        assert await _left(store) > 29


async def test_replicas_share_turns_and_pauses(postgres_store: Store, postgres_url: str, ring: KeyRing) -> None:
    """Another process waits for the turn of the first, and knows of its pause by then."""
    async with open_store(postgres_url, ring) as other:
        async with pauses.turn(postgres_store, "chat.update") as turn:
            waiting = asyncio.create_task(_left_in_turn(other))
            done, _ = await asyncio.wait({waiting}, timeout=0.2)
            assert not done
            await turn.pause(30)
        assert await waiting > 29


async def _left_in_turn(store: Store) -> float:
    async with pauses.turn(store, "chat.update") as turn:
        return turn.left


async def _left(store: Store) -> float:
    async with store.transaction() as tx:
        return await pauses.paused(tx, "chat.update")
