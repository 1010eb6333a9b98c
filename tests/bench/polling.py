"""A thousand instances that wait for a change of one bot process: when they have it, and who else is kept waiting.

    python -m tests.bench.polling [--instances 1000] [--certificates 3]

The bot is a process of its own on SQLite; the instances and the practice workspace share this one. The ratios compare
within this run: `/cert help` while all wait, and while all fetch, to `/cert help` before; a bundle of 50 certificates
to packing them bare.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import aiohttp
import psutil
from pydantic import SecretBytes

from bot.certificates import generate_password
from bot.certificates.packing import pack_der
from bot.slack import SCOPES
from bot.workspace import Workspace, WorkspaceClock
from tests import making
from tests.flows.delivering import PRODUCTION, App, added, delivery_token
from tests.flows.process import BotProcess, bot_process
from tests.flows.world import World

HELPS, ROUNDS, MANY = 15, 5, 50


def percentile(several: list[float], share: float) -> float:
    return sorted(several)[min(len(several) - 1, int(len(several) * share))]


async def help_seconds(world: World) -> float:
    """The median time from `/cert help` to its answer."""
    taken = []
    for _ in range(HELPS):
        seen = partial(world.workspace.ephemerals, world.alice, world.orders)
        before, started = len(seen()), time.perf_counter()
        await world.workspace.command(world.alice, world.orders, "/cert help")
        async with asyncio.timeout(60):
            while len(seen()) == before:  # noqa: ASYNC110  what a person sees announces nothing
                await asyncio.sleep(0.005)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


async def waits(session: aiohttp.ClientSession, app: App, revision: int) -> float:
    """Wait for another revision, and return when it was there."""
    url = f"{app.base}/v1/environments/{PRODUCTION}/bundle?revision={revision}&wait=60"
    async with session.get(url, headers={"Authorization": f"Bearer {app.token}"}) as answer:
        assert answer.status == 200, await answer.text()
        await answer.read()
    return time.perf_counter()


async def changes(world: World, number: int) -> float:
    """Pin something, and return when the command was typed."""
    started = time.perf_counter()
    await world.workspace.command(world.alice, world.orders, f"/cert pin c0 p{number}.example {PRODUCTION}")
    return started


async def many(world: World, app: App, instances: int, revision: int, bot: BotProcess) -> None:
    idle = await help_seconds(world)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=180)) as session:
        waiting = [asyncio.create_task(waits(session, app, revision)) for _ in range(instances)]
        await asyncio.sleep(5)
        assert bot.running is not None
        memory = psutil.Process(bot.running.pid).memory_info().rss / 2**20
        while_waiting = await help_seconds(world)
        started = await changes(world, revision)
        helping = asyncio.create_task(help_seconds(world))
        had = [one - started for one in await asyncio.gather(*waiting)]
        while_fetching = await helping
    print(
        f"{instances} instances, memory {memory:.0f} MiB: p50 {percentile(had, 0.5):.2f} s, p99 "
        f"{percentile(had, 0.99):.2f} s, the last {max(had):.2f} s"
    )
    print(
        f"/cert help: idle {idle * 1000:.0f} ms; while all wait {while_waiting / idle:.2f} x; while all fetch "
        f"{while_fetching / idle:.2f} x"
    )


async def fifty(world: World, app: App) -> None:
    """Compare a bundle of 50 with packing 50 in this process."""
    whole = []
    for number in range(ROUNDS):
        await changes(world, 1000 + number)
        await asyncio.sleep(1)
        started = time.perf_counter()
        assert (await app.fetch()).status == 200
        whole.append(time.perf_counter() - started)
    leaf, intermediate, _ = making.make_chain()
    bare = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(MANY):
            pack_der(SecretBytes(leaf.key_der), (leaf.der, intermediate.der), generate_password())
        bare.append(time.perf_counter() - started)
    ours, theirs = statistics.median(whole), statistics.median(bare)
    print(f"a bundle of {MANY}: {ours:.2f} s, packing {MANY} bare {theirs:.2f} s, {ours / theirs:.2f} x")


async def measure(instances: int, certificates: int) -> None:
    workspace = Workspace(
        bot_url=None, signing_secret="signing", bot_token="xoxb-bench", scopes=SCOPES, clock=WorkspaceClock()
    )  # fmt: skip
    await workspace.start()
    with tempfile.TemporaryDirectory() as folder:
        async with bot_process(workspace, Path(folder)) as bot:
            bot.log_level = "WARNING"
            bot.settings = {"CERTDESK_PUBLIC_URL": "", "CERTDESK_MAX_CONNECTIONS": "5000"}
            await bot.start()
            world = World(workspace, None)  # type: ignore[arg-type]  # the bot's settings are its own
            await world.has_environment()
            for number in range(certificates):
                await added(world, f"c{number}")
            app = App(f"http://127.0.0.1:{bot.port}", await delivery_token(world))
            await many(world, app, instances, certificates, bot)
            for number in range(certificates, MANY):
                await added(world, f"c{number}")
            await fifty(world, app)
    await workspace.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=1000)
    parser.add_argument("--certificates", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(measure(given.instances, given.certificates))
