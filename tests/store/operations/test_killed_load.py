"""Killed in the middle of a mixed load: what was acknowledged is there, and nothing is there by halves.

``CERTDESK_TESTS_KILLS=25`` makes it the long run that is reported; a few kills stand in for it every day.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from hashlib import sha256

from sqlalchemy import func, select

from store import KeyRing, Store, audit, open_store
from store.audit import Tag
from store.certificates import clients
from store.models import AuditRow, CertificateRow, PinRow, VersionRow
from tests.store.facts import ALICE, NOW, an_environment
from tests.store.replaying import told

KILLS = int(os.environ.get("CERTDESK_TESTS_KILLS", "3"))


async def killed(url: str, entry: str, seed: int, after: float) -> list[dict[str, str]]:
    """Run the load and kill it ``after`` seconds of its first acknowledgement; everything that it acknowledged."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.load", url, str(seed)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(entry.encode() + b"\n")
    first = await asyncio.wait_for(process.stdout.readline(), 30)
    await asyncio.sleep(after)
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    # The last line may have been cut off by the kill.
    return [json.loads(line) for line in (first + rest).split(b"\n")[:-1] if line]


async def sound(store: Store, acknowledged: list[dict[str, str]]) -> None:
    """Everything that must hold after a kill."""
    async with store.transaction() as tx:
        assert (await audit.verify(tx)).ok
        for one in acknowledged:
            if one["did"] == "deposit":
                key = await clients.reveal(tx, version_id=one["version"], by=ALICE, at=NOW, why="test")
                assert sha256(key.get_secret_value()).hexdigest() == one["key"]
    async with store.transaction() as tx:
        kept = (await tx.session.execute(select(func.count()).select_from(VersionRow))).scalar_one()
        recorded = select(func.count()).where(AuditRow.tag == str(Tag.CERTIFICATE_DEPOSITED))
        assert kept == (await tx.session.execute(recorded)).scalar_one(), "a deed without its row, or a row without"
        pointers = select(CertificateRow.id).outerjoin(
            VersionRow,
            (VersionRow.certificate_id == CertificateRow.id) & (VersionRow.number == CertificateRow.current_number),
        )
        assert not list(await tx.session.scalars(pointers.where(VersionRow.id.is_(None))))
        orphans = select(PinRow.id).join(CertificateRow, CertificateRow.id == PinRow.certificate_id)
        assert not list(await tx.session.scalars(orphans.where(CertificateRow.removed_at.is_not(None))))
        assert (await told(tx)).strange == []


async def test_killed_at_random_moments(database_url: str) -> None:
    """SIGKILL, start, look; again and again on the same database."""
    entry = KeyRing.new_entry("k1")
    ring = KeyRing.parse(entry)
    chance = random.Random(11)  # noqa: S311  repeatable, not secret
    async with open_store(database_url, ring) as store, store.transaction() as tx:
        await an_environment(tx)
    total = 0
    for number in range(KILLS):
        acknowledged = await killed(database_url, entry.get_secret_value(), number, chance.uniform(0.0, 0.8))
        total += len(acknowledged)
        async with open_store(database_url, ring) as store:
            await sound(store, acknowledged)
    assert total > KILLS
