"""How fast what is owed is sent: by two bots on one PostgreSQL, against what Slack's rate limit lets anybody send.

    python -m tests.bench.sending [--items 10000] [--unlimited 2000]

First the ordeal of tests/flows/test_two_replicas_sending.py: a tenth of the calls answered 429 with ``Retry-After: 1``,
some with 500, a bot killed a third of the way. The ceiling is what calls that take no time at all would reach: with a
share p answered 429, R seconds of Retry-After and a share q answered 500 (half of them after posting), a run of calls
between two pauses has 1/p calls, of which 1 - p - q/2 post, and then nobody may call for R seconds, so that at most
(1 - p - q/2) / (p * R) a second are posted. Slack takes one message a second and channel besides: with so many channels
that binds nobody here.

Then the same without limits and failures, against a loop that posts the same to the same workspace with slack_sdk.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import SCOPES
from bot.workspace import Workspace
from store import KeyRing, open_store
from tests.databases import _get_server
from tests.flows.ordeal import BROKEN, LIMITED, RETRY_AFTER, undergo
from tests.flows.owing import owe
from tests.flows.replicas import RING, two_replicas

EACH_CHANNEL = 5


@asynccontextmanager
async def _workspace() -> AsyncIterator[Workspace]:
    workspace = Workspace(signing_secret="signing", bot_token="xoxb-bench", scopes=SCOPES)
    await workspace.start()
    try:
        yield workspace
    finally:
        await workspace.stop()


async def limited(url: str, home: Path, items: int) -> None:
    """The ordeal, against the ceiling."""
    async with (
        _workspace() as workspace,
        two_replicas(workspace, home, url, log_level="WARNING") as bots,
        open_store(url, KeyRing.parse(RING)) as store,
    ):
        out = await undergo(workspace, bots, store, items, items // EACH_CHANNEL)
    rate = items / out.seconds
    planned = (1 - LIMITED - BROKEN / 2) / (LIMITED * RETRY_AFTER)
    came = items / (out.limited * RETRY_AFTER)
    print(
        f"{items:,} items, {items // EACH_CHANNEL:,} channels, two bots, one killed: {out.seconds:.0f} s, "
        f"{out.posts:,} calls, {out.limited:,} of them 429, {out.failed:,} of them 500, {out.looked:,} looks\n"
        f"    lost {len(out.lost)}, twice {len(out.twice)}, in a wrong channel {len(out.astray)}, "
        f"calls inside a Retry-After {len(out.early)}\n"
        f"    {rate:.2f} sends/s; the ceiling is {planned:.2f} for these shares, {rate / planned:.0%} of it; "
        f"{came:.2f} for the pauses that came, {rate / came:.0%} of it",
        flush=True,
    )


async def unlimited(url: str, home: Path, items: int) -> None:
    """No limits: the queue with all it does, against a bare loop."""
    async with (
        _workspace() as workspace,
        two_replicas(workspace, home, url, log_level="WARNING"),
        open_store(url, KeyRing.parse(RING)) as store,
    ):
        owing = await owe(store, workspace, items, items // EACH_CHANNEL)
        started = time.perf_counter()
        while owing.seen(workspace) < items:  # noqa: ASYNC110  another process sends
            await asyncio.sleep(0.05)
        ours = items / (time.perf_counter() - started)
        said = [(place, workspace.messages(place)[0]) for place in owing.places]
        bare = await _bare(workspace, said, items)
    print(
        f"without limits, {items:,} items: {ours:.0f} sends/s, a bare loop {bare:.0f}, {ours / bare:.2f} x", flush=True
    )


async def _bare(workspace: Workspace, said: list[tuple[str, dict[str, object]]], items: int) -> float:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, session=session)
        started = time.perf_counter()
        for number in range(items):
            channel, message = said[number % len(said)]
            await client.chat_postMessage(channel=channel, text=str(message["text"]), blocks=message["blocks"])  # type: ignore[arg-type]  # as Slack gave them
        return items / (time.perf_counter() - started)


async def measure(folder: Path, items: int, without: int) -> None:
    """A database for each of the two."""
    server = _get_server(folder)
    try:
        for number, (run, count) in enumerate(((unlimited, without), (limited, items))):
            name = f"sending{number}"
            server.psql(f"CREATE DATABASE {name};")
            home = folder / name
            home.mkdir()
            if count:
                await run(server.get_uri(database=name), home, count)
    finally:
        server.cleanup()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sending")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--unlimited", type=int, default=2_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="certdesk-"))
    try:
        asyncio.run(measure(folder, options.items, options.unlimited))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
