"""What opening and checking a container costs, against the library's bare load of the same bytes.

    python -m tests.bench.opening [--files 1000]

Ratios, each within this run: one container opened and checked to one bare load; a folder on all cores to the same one
by one; a file in a worker to the same file without; a file of another member each time to one of the same member.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from pydantic import SecretStr

from bot.certificates import Context
from bot.desk.opener.judge import judge_client
from bot.desk.opener.pool import Opener
from tests import making
from tests.making import PASSWORD, Made
from tests.today import NOW

ROUNDS = 60
SECRET = SecretStr(PASSWORD)


def container(chain: tuple[Made, Made, Made], iterations: int) -> bytes:
    """AES-256 under PBKDF2 with that many iterations; the library's MAC has 2,048."""
    leaf, intermediate, root = chain
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(iterations).build(PASSWORD.encode())
    cas = [intermediate.certificate, root.certificate]
    return pkcs12.serialize_key_and_certificates(b"bench", leaf.key, leaf.certificate, cas, encryption)


def paired(one: Callable[[], object], other: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median seconds of each; they take turns, so that whatever else the machine does falls on both."""
    firsts, seconds = [], []
    for _ in range(rounds):
        firsts.append(_timed(one))
        seconds.append(_timed(other))
    return statistics.median(firsts), statistics.median(seconds)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def one_container(name: str, data: bytes, context: Context) -> None:
    """Opened, checked and judged, to a bare load."""
    bare, ours = paired(
        lambda: pkcs12.load_pkcs12(data, PASSWORD.encode()), lambda: judge_client([data], SECRET, context)
    )
    print(f"{name:<44}{bare * 1000:>9.2f} ms bare{ours * 1000:>9.2f} ms checked{ours / bare:>8.2f} x")


async def one_in_a_worker(data: bytes, context: Context) -> None:
    """The way to the worker and back, with the budget's limits."""
    async with Opener(workers=1) as opener:
        await opener.client([data], SECRET, context)
        here, there = [], []
        for _ in range(ROUNDS):
            here.append(_timed(lambda: judge_client([data], SECRET, context)))
            started = time.perf_counter()
            await opener.client([data], SECRET, context)
            there.append(time.perf_counter() - started)
    direct, worker = statistics.median(here), statistics.median(there)
    print(
        f"{'the worker':<44}{direct * 1000:>9.2f} ms here{worker * 1000:>9.2f} ms in it  {worker / direct:>8.2f} x"
        f"   {(worker - direct) * 1000:.2f} ms more"
    )


async def somebody_else_each_time(data: bytes, context: Context) -> None:
    """Members who take turns: none gets another one's worker, so that one more starts for each file."""
    async with Opener(workers=1) as opener:
        same: list[float] = []
        others: list[float] = []
        for number in range(ROUNDS // 6):
            for told, member in ((same, "U0"), (others, f"U{number + 1}")):
                started = time.perf_counter()
                await opener.client([data], SECRET, context, member=member)
                told.append(time.perf_counter() - started)
            await opener.client([data], SECRET, context, member="U0")
    mine, other = statistics.median(same), statistics.median(others)
    print(
        f"{'another member each time':<44}{mine * 1000:>9.2f} ms kept{other * 1000:>9.2f} ms anew   "
        f"{other / mine:>8.2f} x"
    )


async def a_folder(files: list[bytes], context: Context) -> None:
    """All cores against one by one."""
    alone = await _all(files, context, 1)
    together = await _all(files, context, os.cpu_count() or 1)
    print(
        f"{f'{len(files):,} files, {os.cpu_count()} cores':<44}{alone:>9.2f} s alone  {together:>9.2f} s together "
        f"{alone / together:>7.2f} x   {len(files) / together:.0f} files/s"
    )


async def _all(files: list[bytes], context: Context, workers: int) -> float:
    async with Opener(workers=workers) as opener:

        async def work(waiting: Iterator[bytes]) -> None:
            for data in waiting:
                await opener.client([data], SECRET, context)

        first = iter(files[: 8 * workers])  # every worker has started and imported
        await asyncio.gather(*(work(first) for _ in range(workers)))
        everything, started = iter(files), time.perf_counter()
        await asyncio.gather(*(work(everything) for _ in range(workers)))
        return time.perf_counter() - started


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.opening")
    parser.add_argument("--files", type=int, default=1000)
    count = parser.parse_args().files
    context, chain = Context(now=NOW), making.make_chain()
    judge_client([container(chain, 1)], SECRET, context)
    one_container("EC key, 1 iteration", container(chain, 1), context)
    one_container("EC key, 2,048 iterations", container(chain, 2048), context)
    one_container("EC key, 100,000 iterations", container(chain, 100_000), context)
    one_container("RSA key, 2,048 iterations", container(making.make_chain(key=making.make_key("rsa")), 2048), context)
    one_container("EC key, 3DES and SHA-1", making.pfx(chain[0], chain[1:], legacy=True), context)
    asyncio.run(one_in_a_worker(container(chain, 2048), context))
    asyncio.run(somebody_else_each_time(container(chain, 2048), context))
    asyncio.run(a_folder([container(chain, 2048) for _ in range(count)], context))


if __name__ == "__main__":
    main()
