"""A mixed load on a store, in a process that can be killed: prints each thing once it is acknowledged, as JSON.

python -m tests.store.load URL SEED       (key ring on standard input)
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from hashlib import sha256

from pydantic import SecretStr

from store import KeyRing, LabelTaken, NotFound, Outdated, PinTaken, Store, environments, open_store
from store.certificates import clients, versions
from store.restarts import pending
from tests.store.facts import ALICE, LATER, a_change, a_version, deposited, private_key

LABELS = tuple(f"label-{number}" for number in range(6))


async def main(url: str, seed: int, ring: KeyRing) -> None:
    """Do things, four at a time, until somebody kills this."""
    async with open_store(url, ring) as store:
        async with store.transaction() as tx:
            (place,) = await environments.all_(tx)
        await asyncio.gather(*(_work(store, place.id, random.Random(seed * 10 + one)) for one in range(4)))  # noqa: S311


async def _work(store: Store, place: str, chance: random.Random) -> None:
    while True:
        try:
            done = await chance.choice(_DEEDS)(store, place, chance)
        except (LabelTaken, NotFound, Outdated, PinTaken):
            continue
        if done:
            sys.stdout.write(json.dumps(done) + "\n")
            sys.stdout.flush()


async def _deposit(store: Store, place: str, chance: random.Random) -> dict[str, str]:
    key = private_key()
    label = chance.choice(LABELS)
    new = a_version(f"{label} {chance.random()}", key=key)
    async with store.transaction() as tx:
        version = await deposited(tx, place, label, pins=(f"{label}.example",), new=new)
        await pending.note(tx, environment_id=place, change=a_change(label, version_id=version.id))
    return {"did": "deposit", "version": version.id, "key": sha256(key.get_secret_value()).hexdigest()}


async def _roll_back(store: Store, place: str, chance: random.Random) -> dict[str, str]:
    async with store.transaction() as tx:
        seen = await clients.find(tx, place, chance.choice(LABELS))
        if seen is None:
            return {}
        number = chance.randint(1, seen.number)
        await versions.roll_back(tx, certificate_id=seen.certificate_id, number=number, by=ALICE, at=LATER)
    return {"did": "rollback"}


async def _pin(store: Store, place: str, chance: random.Random) -> dict[str, str]:
    async with store.transaction() as tx:
        seen = await clients.find(tx, place, chance.choice(LABELS))
        if seen is None:
            return {}
        wanted = (f"{seen.label}.example", f"p{chance.randint(1, 3)}.example")
        await versions.set_pins(tx, certificate_id=seen.certificate_id, pins=wanted, by=ALICE, at=LATER)
    return {"did": "pin"}


async def _remove_and_restore(store: Store, place: str, chance: random.Random) -> dict[str, str]:
    async with store.transaction() as tx:
        seen = await clients.find(tx, place, chance.choice(LABELS))
        if seen is None:
            return {}
        await clients.remove(tx, certificate_id=seen.certificate_id, by=ALICE, at=LATER)
    async with store.transaction() as tx:
        await versions.restore(tx, certificate_id=seen.certificate_id, by=ALICE, at=LATER)
    return {"did": "restore"}


_DEEDS = (_deposit, _deposit, _roll_back, _pin, _remove_and_restore)


if __name__ == "__main__":
    given = KeyRing.parse(SecretStr(sys.stdin.readline()))
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), given))
