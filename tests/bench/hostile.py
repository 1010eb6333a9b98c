"""How the bot answers others while it opens a container that asks for 2^31 - 1 iterations.

    python -m tests.bench.hostile

A second process asks `/cert help` 50 times a second, first of an idle bot, then while the container is being opened.
Printed: both distributions, their ratio, the slowest answer, and how long the container took to be answered.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests import making
from tests.flows.process import BotProcess, bot_process
from tests.flows.world import World, open_world, shown

RATE, SECONDS = 50.0, 5.0


async def ask(world: World, bot: BotProcess) -> list[float]:
    """Let the second process ask; returns the seconds that each answer took."""
    asker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.asker", bot.url("slack/events"), world.workspace.base_url + "/respond/0"),
        *(world.orders, world.bob),
        *(str(RATE), str(SECONDS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asker.communicate(world.workspace.signing_secret.encode() + b"\n")
    return [float(one) for one in json.loads(out)]


async def open_hostile(world: World) -> float:
    """Submit the container's modal; returns the seconds until its finding stands there."""
    await world.workspace.drop_file(world.alice, world.orders, "h.pfx", making.hostile_pfx(making.make()))
    offer = await world.sees_privately(world.alice, "upload_unlock")
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    started = time.perf_counter()
    await world.workspace.submit(world.alice, view["id"], {"label": {"value": "h"}, "password": {"value": "any"}})
    await world.workspace.wait_for(lambda: "normal certificate file" in shown(world.top_view(world.alice)), timeout=30)
    return time.perf_counter() - started


def row(name: str, times: list[float]) -> str:
    milliseconds = sorted(1000 * one for one in times)
    p99 = milliseconds[int(len(milliseconds) * 0.99)]
    return f"{name:<22}{statistics.median(milliseconds):>8.1f}{p99:>8.1f}{milliseconds[-1]:>8.1f}  ms"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_world(Path(folder), start=False) as world, bot_process(world.workspace, Path(folder)) as bot:
            bot.log_level = "INFO"
            await bot.start()
            await world.has_environment()
            await ask(world, bot)
            idle = await ask(world, bot)
            opening = asyncio.create_task(open_hostile(world))
            await asyncio.sleep(0.3)
            busy = await ask(world, bot)
            took = await opening
    print(f"{'':<22}{'median':>8}{'p99':>8}{'slowest':>8}")
    print(row("idle", idle))
    print(row("while it is opened", busy))
    print(f"ratio of medians: {statistics.median(busy) / statistics.median(idle):.2f}")
    print(f"too_expensive after {took:.2f} s (budget 5 s)")


if __name__ == "__main__":
    asyncio.run(main())
