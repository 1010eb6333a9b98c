"""What an operator's graphs show, from the outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.desk.restarts.reminders import announce_change
from bot.workspace.core.people import BOT_USER
from store import Change, Outcome
from store.restarts import pending
from tests import making
from tests.flows.world import World, open_world
from tests.making import PASSWORD

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def scraped(world: World) -> Series:
    url = str(world.workspace.bot_url).replace("/slack/events", "/metrics")
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        text = await answer.text()
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(series: Series, name: str, **labels: str) -> float:
    return series[name, frozenset(labels.items())]


async def test_everything_is_there_from_the_start(world: World) -> None:
    """Before anything happened every series that is known stands at zero."""
    series = await scraped(world)
    assert value(series, "certdesk_database_up") == 1
    assert value(series, "certdesk_opened_total", verdict="wrong_password") == 0
    assert value(series, "certdesk_worker_kills_total") == 0
    assert value(series, "certdesk_slack_calls_total", method="chat.update", outcome="rate_limited") == 0
    assert value(series, "certdesk_due_lag_seconds") == 0
    assert value(series, "certdesk_due_stuck") == 0
    assert value(series, "certdesk_slack_retries_total", method="users.info", outcome="failed") == 0
    assert value(series, "certdesk_slack_calls_total", method="conversations.history", outcome="unreachable") == 0
    for outcome in Outcome:
        assert value(series, "certdesk_restarts_performed_total", outcome=outcome.value) == 0


async def test_metrics_can_have_a_token(tmp_path: Path) -> None:
    """Who does not have it learns nothing, not even the names of environments."""
    async with open_world(tmp_path, start=False) as world:
        world.settings = world.settings.model_copy(update={"metrics_token": SecretStr("canary-of-a-scraper")})
        await world.start()
        url = str(world.workspace.bot_url).replace("/slack/events", "/metrics")
        answers = []
        for given in ("", "Bearer", "Bearer wrong", "canary-of-a-scraper", "Bearer canary-of-a-scraper"):
            headers = {"Authorization": given} if given else {}
            async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
                answers.append((answer.status, "certdesk_" in await answer.text()))
    assert answers == [(401, False)] * 4 + [(200, True)]


async def test_what_happened_is_counted(world: World) -> None:
    """A deposit under a wrong and a right password: verdicts, days to the end, a pending restart, Slack's calls."""
    await world.has_environment()
    leaf, *above = making.make_chain()
    await world.workspace.drop_file(world.alice, world.orders, "shop.pfx", making.pfx(leaf, above))
    offer = await world.sees_privately(world.alice, "upload_unlock")
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    for password in ("wrong", PASSWORD):
        values = {"label": {"value": "shop"}, "password": {"value": password}}
        await world.workspace.submit(world.alice, view["id"], values)
    await world.sees("waits for a restart")
    world.workspace.clock.advance(timedelta(hours=1))
    series = await scraped(world)
    assert value(series, "certdesk_opened_total", verdict="wrong_password") == 1
    assert value(series, "certdesk_opened_total", verdict="opened") == 1
    production = {"environment": "orders/production"}
    assert value(series, "certdesk_certificates", ends_within_days="later", **production) == 1
    assert value(series, "certdesk_certificates", ends_within_days="7", **production) == 0
    assert value(series, "certdesk_restart_pending_seconds", **production) >= 3600
    assert value(series, "certdesk_slack_calls_total", method="chat.postMessage", outcome="ok") >= 2
    known = {name for name, _ in series}
    assert not [name for name in known if "shop" in name]


async def test_what_is_stuck_is_counted(world: World) -> None:
    """A reminder that cannot be sent: it counts as stuck once it was tried three times, and its lag grows."""
    await world.has_environment()
    world.workspace.state.channels[world.orders].members.discard(BOT_USER)
    async with world.desk.store.transaction() as tx:
        (place,) = await world.environments(tx)
        change = Change("deposited", "shop", world.alice, world.desk.clock())
        restart = await pending.note(tx, environment_id=place.id, change=change)
        await announce_change(tx, restart, place, at=world.desk.clock())
    world.desk.nudge.set()
    await _tried(world, 4)
    series = await scraped(world)
    assert value(series, "certdesk_due_stuck") == 1
    assert value(series, "certdesk_due_lag_seconds") > 45 * 60


async def test_pauses_and_retries_are_counted(world: World) -> None:
    """A 429 and the call after it; a server error and the retry."""
    world.workspace.faults.fail("users.info", status=429, retry_after=1)
    world.workspace.faults.fail("users.info", status=500)
    await world.has_environment()
    series = await scraped(world)
    retried = {outcome: 1.0 for outcome in ("rate_limited", "failed")}
    found = {one: value(series, "certdesk_slack_retries_total", method="users.info", outcome=one) for one in retried}
    assert found == retried
    assert value(series, "certdesk_slack_calls_total", method="users.info", outcome="rate_limited") == 1
    assert value(series, "certdesk_slack_calls_total", method="users.info", outcome="ok") == 1


async def _tried(world: World, times: int) -> None:
    """Let quarters of an hour pass until it was tried so often.

    When the next attempt comes is decided a moment after the call that failed: one step may be too early for it.
    """
    async with asyncio.timeout(60):
        while len([one for one in world.workspace.calls if one.error == "not_in_channel"]) < times:
            world.workspace.advance(timedelta(minutes=16))
            await asyncio.sleep(1)
