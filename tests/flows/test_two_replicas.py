"""Two bots, a process each, on one PostgreSQL: what a crowd does at once in Slack, some order explains."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from bot.workspace.core.people import BOT_USER, Channel, Person
from bot.workspace.members.modals import SubmitResult
from store import KeyRing, Transaction, audit, environments, open_store
from store.certificates import clients
from store.restarts import pending
from tests import making
from tests.databases import postgres, postgres_url
from tests.flows.process import BotProcess, bot_process
from tests.flows.world import World, open_world, shown
from tests.store.replaying import told

__all__ = ["postgres", "postgres_url"]

EACH = 50  # deposits, rollbacks, pins and confirmations: 200 together
LABELS, PINS = ("bank", "tax", "shop"), ("a.example", "b.example", "c.example")
RING = KeyRing.new_entry("k1")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, start=False) as opened:
        yield opened


@pytest.fixture
async def bots(world: World, tmp_path: Path, postgres_url: str) -> AsyncIterator[tuple[BotProcess, BotProcess]]:
    """Both are ready, and the workspace sends to one and the other in turn, as a load balancer would."""
    async with AsyncExitStack() as stack:
        made = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            bot = await stack.enter_async_context(bot_process(world.workspace, tmp_path / name))
            bot.settings = {"CERTDESK_DATABASE_URL": postgres_url, "CERTDESK_KEYS": RING.get_secret_value()}
            await bot.start()
            made.append(bot)
        world.workspace.bot_urls = itertools.cycle([bot.url("slack/events") for bot in made])
        yield made[0], made[1]


def crowd(world: World) -> list[str]:
    """So many people that each has a window of their own open."""
    state = world.workspace.state
    people = [Person(f"U9{number:04}", f"guest{number}", f"Member {number}", "UTC") for number in range(EACH)]
    for person in people:
        state.members[person.id] = person
        im = Channel(f"D{person.id[1:]}", "", members={person.id, BOT_USER}, im_with=person.id)
        state.channels[im.id] = im
        state.channels[world.orders].members.add(person.id)
    return [person.id for person in people]


async def unlocking(world: World, member: str) -> None:
    """A file of the member's is dropped, and its window is open."""
    leaf, intermediate, root = making.make_chain(f"{member}.example")
    await world.workspace.drop_file(member, world.orders, f"{member}.pfx", making.pfx(leaf, [intermediate, root]))

    def offers() -> list[dict[str, str]]:
        return [one for one in world.workspace.ephemerals(member, world.orders) if "Unlock" in shown(one)]

    await world.workspace.wait_for(offers, 60)
    await world.workspace.click(member, offers()[-1]["ts"], "upload_unlock")
    await world.workspace.wait_for(lambda: "Password" in shown(world.top_view(member)), 30)


async def deposit(world: World, member: str, label: str) -> None:
    """Submitted, and submitted again where there are warnings, until the window is gone or says no."""
    values = {"label": {"value": label}, "password": {"value": making.PASSWORD}}
    pause, until = 0.05, time.monotonic() + 180
    answers: list[SubmitResult] = []
    while view := world.top_view(member):
        if "Added" in shown(view["title"]) or "Nothing was added.*" in shown(view):
            return
        assert view["callback_id"] != "notice", shown(view)
        assert time.monotonic() < until, f"after {answers[-5:]} it still shows {shown(view)}"
        if view["submit"]:
            with suppress(KeyError):  # it changed between looking and clicking
                answers.append(await world.workspace.submit(member, view["id"], values))
        # Fifty who click twenty times a second would keep a slow machine from answering any of them.
        await asyncio.sleep(pause)
        pause = min(pause * 2, 3.0)


async def roll_back(world: World, member: str, label: str) -> None:
    """Asked for, and confirmed where the version that is current by then has one before it."""
    await world.workspace.command(member, world.orders, f"/cert rollback {label}")

    def answers() -> list[dict[str, str]]:
        return [one for one in world.workspace.ephemerals(member, world.orders) if " version" in shown(one)]

    await world.workspace.wait_for(answers, 60)
    if "rollback_yes" in shown(answers()[-1]):
        await world.workspace.click(member, answers()[-1]["ts"], "rollback_yes")


async def pin(world: World, member: str, label: str, host: str) -> None:
    await world.workspace.command(member, world.orders, f"/cert pin {label} {host}")


async def confirm(world: World, member: str) -> None:
    await world.workspace.command(member, world.orders, "/cert restart done")


async def test_a_crowd_at_two_replicas(world: World, bots: tuple[BotProcess, BotProcess], postgres_url: str) -> None:
    """200 deposits, rollbacks, pins and confirmations through both: the trail's order leads to the end that is there.

    Every deposit becomes a version or is refused in its window, and the trail is whole.
    """
    await world.has_environment()
    members = crowd(world)
    await asyncio.gather(*(unlocking(world, member) for member in members))
    for member, label in zip(members[:6], LABELS * 2, strict=True):
        await deposit(world, member, label)
    chance = random.Random(11)  # noqa: S311  repeatable, not secret
    jobs = [
        *(deposit(world, member, chance.choice(LABELS)) for member in members[6:]),
        *(roll_back(world, member, chance.choice(LABELS)) for member in members),
        *(pin(world, member, chance.choice(LABELS), chance.choice(PINS)) for member in members),
        *(confirm(world, member) for member in members),
    ]
    chance.shuffle(jobs)
    await asyncio.gather(*jobs)
    for bot in bots:
        assert await bot.stop() == 0
        assert '"listener_failed"' not in bot.log.read_text()
    async with open_store(postgres_url, KeyRing.parse(RING)) as store, store.transaction() as tx:
        await _explained(tx, world)


async def _explained(tx: Transaction, world: World) -> None:
    assert (await audit.verify(tx)).ok
    story = await told(tx)
    (place,) = await environments.bound_to(tx, world.orders)
    current = await clients.current(tx, place.id)
    assert story.strange == []
    assert {version.certificate_id: version.number for version in current} == story.current
    pinned = [pin for version in current for pin in version.pins]
    assert len(pinned) == len(set(pinned))
    assert sum(story.last.values()) == EACH, "every file became a version, and none became two"
    done = {event.tag async for event in audit.everything(tx)}
    assert {audit.Tag.CERTIFICATE_ROLLED_BACK, audit.Tag.CERTIFICATE_PINNED, audit.Tag.RESTART_CONFIRMED} <= done
    assert (await pending.pending_in(tx, [place.id], limit=9))[1] <= 1
