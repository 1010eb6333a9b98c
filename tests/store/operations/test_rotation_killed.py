"""A rotation that is killed twice, while the desk goes on: it ends complete, and nobody noticed.

``CERTDESK_TESTS_KEYS=10000`` makes it the long run that is reported.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter

from sqlalchemy import func, select

from store import KeyRing, Store, audit, open_store
from store.certificates import clients
from store.models import VersionRow
from store.operations import rotation
from tests.store.facts import ALICE, NOW, a_version, an_environment, deposited, environment_in

KEYS = int(os.environ.get("CERTDESK_TESTS_KEYS", "600"))
BATCH = max(KEYS // 200, 3)


async def fill(store: Store) -> list[str]:
    """Deposit that many keys; their versions."""
    place = await environment_in(store)
    ids: list[str] = []
    for start in range(0, KEYS, 500):
        async with store.transaction() as tx:
            numbers = range(start, min(start + 500, KEYS))
            ids += [(await deposited(tx, place.id, f"c{n}", new=a_version(f"c{n}"))).id for n in numbers]
    return ids


async def rotate(url: str, keys: str) -> asyncio.subprocess.Process:
    given = {"CERTDESK_DATABASE_URL": url, "CERTDESK_KEYS": keys}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CERTDESK_")}
    command = (sys.executable, "-m", "bot", "keys", "rotate", "--batch", str(BATCH))
    return await asyncio.create_subprocess_exec(*command, env={**inherited, **given}, stdout=asyncio.subprocess.PIPE)


async def old_ones(store: Store) -> int:
    """How many keys are sealed with the old one; a reader waits for no writer."""
    async with store.reading() as tx:
        query = select(func.count()).where(VersionRow.key_id == "k1")
        return int((await tx.session.execute(query)).scalar_one())


async def desk_goes_on(store: Store, place: str, ids: list[str], stop: asyncio.Event, did: Counter[str]) -> None:
    """Deposit and reveal until told to stop; whatever fails, fails the test."""
    while not stop.is_set():
        async with store.transaction() as tx:
            await deposited(tx, place, f"n{did['deposits']}", new=a_version(f"n{did['deposits']}"))
        did["deposits"] += 1
        async with store.transaction() as tx:
            id_ = ids[(did["reveals"] * 37) % len(ids)]
            await clients.reveal(tx, version_id=id_, by=ALICE, at=NOW, why="test")
        did["reveals"] += 1
        await asyncio.sleep(0.01)


async def test_killed_twice_under_load(database_url: str) -> None:
    """Two SIGKILLs, a third run: every key under the new one, none lost, no deposit and no reveal failed."""
    old, new = KeyRing.new_entry("k1"), KeyRing.new_entry("k2")
    both = f"{new.get_secret_value()},{old.get_secret_value()}"
    async with open_store(database_url, KeyRing.parse(old)) as store:
        ids = await fill(store)
    new_ring, old_ring = KeyRing.parse(new), KeyRing.parse(old)
    ring = KeyRing("k2", {**new_ring.keys, **old_ring.keys})
    stop, did = asyncio.Event(), Counter[str]()
    async with open_store(database_url, ring) as store:
        async with store.transaction() as tx:
            place = await an_environment(tx, "shop/test")
        load = asyncio.create_task(desk_goes_on(store, place.id, ids, stop, did))
        for goal in (KEYS * 2 // 3, KEYS // 3):
            running = await rotate(database_url, both)
            while await old_ones(store) > goal:
                assert running.returncode is None
                await asyncio.sleep(0.002)
            running.kill()
            await running.wait()
            assert 0 < await old_ones(store) <= goal
        last = await rotate(database_url, both)
        said, _ = await last.communicate()
        stop.set()
        await load
        assert last.returncode == 0
        assert b"The older keys are not needed any more" in said
    async with open_store(database_url, new_ring) as store:
        checked = await rotation.check(store)
        assert (checked.sound, checked.broken) == (KEYS + did["deposits"], ())
        async with store.transaction() as tx:
            assert (await audit.verify(tx)).ok
    assert did["reveals"] > 5
