"""What it costs that rows are authenticated: reading versions with their codes checked, to reading them without.

    python -m tests.bench.authentic [--rows 2000]

The ratio is within this run; both read the same rows of one SQLite file, by turns.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from store import KeyRing, Store, open_store
from store.database import begun
from store.models import VersionRow
from tests import making
from tests.store.facts import a_version, an_environment, deposited

ROUNDS = 15


async def read(store: Store, *, checked: bool) -> float:
    """Seconds to read all versions."""
    started = time.perf_counter()
    async with begun(store.engine, reads_only=True, key=store.audit_key if checked else None) as session:
        list(await session.scalars(select(VersionRow)))
    return time.perf_counter() - started


async def measure(rows: int) -> None:
    leaf, *above = making.make_chain()
    chain = tuple(one.der for one in above)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'desk.sqlite3'}"
        async with open_store(url, KeyRing.parse(KeyRing.new_entry("k1"))) as store:
            async with store.transaction() as tx:
                place = await an_environment(tx)
                for number in range(rows):
                    new = a_version(f"v{number}", leaf_der=leaf.der, chain_der=chain)
                    await deposited(tx, place.id, f"v{number}", new=new)
            checked, bare = [], []
            for _ in range(ROUNDS):
                checked.append(await read(store, checked=True))
                bare.append(await read(store, checked=False))
    ours, theirs = statistics.median(checked), statistics.median(bare)
    print(f"{rows} versions: {theirs * 1000:.0f} ms without, {ours * 1000:.0f} ms checked, {ours / theirs:.2f} x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    asyncio.run(measure(parser.parse_args().rows))
