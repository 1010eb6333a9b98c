"""What is owed stands once, whatever Slack makes of the call: it is looked for before it is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.slack.bolt import client
from bot.slack.outbox import posting
from bot.workspace.core.people import BOT_USER
from store import queue
from store.models import DueRow
from tests.slack import made
from tests.slack.office import ALICE, ORDERS, Json, Office, open_office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST, HISTORY = "chat.postMessage", "conversations.history"


@pytest_asyncio.fixture(loop_scope="module")
async def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """An office whose bot gives a call up soon."""
    monkeypatch.setattr(client, "_CALL_SECONDS", 0.5)
    async with open_office(tmp_path) as opened:
        yield opened


async def _added(office: Office) -> None:
    """An authority is added: a card and a reminder are owed, and Slack hears of the first."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])
    await office.workspace.wait_for(lambda: _calls(office, POST))


async def _settled(office: Office) -> list[Json]:
    """Everything that is due is said and marked, as the clock goes on; the channel's messages."""
    async with asyncio.timeout(60):
        while await _is_open(office):
            await asyncio.sleep(0.05)
            office.workspace.advance(timedelta(seconds=1))
    return office.workspace.messages(ORDERS)


async def _is_open(office: Office) -> bool:
    async with office.desk.store.transaction() as tx:
        following = await queue.next_due(tx, now=office.desk.clock())
    return following is not None and following < office.desk.clock() + timedelta(minutes=10)


def _times(messages: list[Json]) -> tuple[int, int]:
    """How often card and reminder stand in the channel."""
    reminders = [one for one in messages if "restart_done" in shown(one)]
    cards = [one for one in messages if "Partner Root" in shown(one) and one not in reminders]
    return len(cards), len(reminders)


def _calls(office: Office, method: str) -> int:
    return len([one for one in office.workspace.calls if one.method == method])


def _posts(office: Office, times: int) -> bool:
    return _calls(office, POST) == times


@pytest.mark.parametrize("after", [True, False])
async def test_a_server_error_doubles_nothing(office: Office, after: bool) -> None:
    """Whether Slack had posted it or not when it answered 500: card and reminder stand once, and were looked for."""
    office.workspace.faults.fail(POST, status=500, after=after, times=2)
    await _added(office)
    await office.workspace.wait_for(lambda: not office.workspace.faults.planned(POST))
    assert _times(await _settled(office)) == (1, 1)
    assert _calls(office, POST) == (2 if after else 4)
    assert _calls(office, HISTORY) == 2


async def test_another_apps_copy_of_our_mark_is_not_ours(office: Office) -> None:
    """Who can read our metadata posts it as their own, before we look for it: the card is posted all the same."""
    office.workspace.faults.fail(POST, status=500)
    await _added(office)
    async with office.desk.store.reading() as tx:
        unsure = select(DueRow.id).where(DueRow.unsure_since.is_not(None), DueRow.done_at.is_(None))
        items = list(await tx.session.scalars(unsure))
    assert items
    for item in items:
        mark = {"event_type": posting.EVENT, "event_payload": {"item": item}}
        office.workspace.state.post(ORDERS, {"bot_id": "B0OTHER", "text": "copied", "metadata": mark})
    assert _times(await _settled(office)) == (1, 1)


async def test_no_answer_doubles_nothing(impatient: Office) -> None:
    """Slack posts and says nothing: the call is given up, and what stands is found."""
    impatient.workspace.faults.fail(POST, status=200, delay=3, after=True)
    await _added(impatient)
    await impatient.workspace.wait_for(lambda: impatient.workspace.faults.held_back.get(POST))
    assert _times(await _settled(impatient)) == (1, 1)
    assert _calls(impatient, POST) == 2


async def test_it_is_found_among_many(office: Office) -> None:
    """Hundreds of messages later it takes a few pages."""
    office.workspace.faults.fail(POST, status=500, after=True)
    await _added(office)
    await office.posted("Partner Root")
    for number in range(450):
        office.workspace.state.post(ORDERS, {"user": ALICE, "text": f"chatter {number}"})
    assert _times(await _settled(office)) == (1, 1)
    assert _calls(office, HISTORY) == 3


@pytest.mark.parametrize("private", [True, False])
async def test_without_the_scope_it_is_sent_all_the_same(office: Office, private: bool) -> None:
    """What may not be looked up is said, at the risk of saying it twice; the log names the scopes."""
    office.workspace.state.channels[ORDERS].is_private = private
    office.workspace.scopes.discard("groups:history" if private else "channels:history")
    posting._told.clear()
    office.workspace.faults.fail(POST, status=500, times=2)
    with capture_logs() as logs:
        await _added(office)
        await office.workspace.wait_for(lambda: not office.workspace.faults.planned(POST))
        assert _times(await _settled(office)) == (1, 1)
    assert [one["event"] for one in logs].count("cannot_look_for_messages") == 1


async def test_a_private_channel_is_looked_into(office: Office) -> None:
    """With its own scope, and without that of public channels."""
    office.workspace.state.channels[ORDERS].is_private = True
    office.workspace.scopes.discard("channels:history")
    office.workspace.faults.fail(POST, status=500, after=True)
    await _added(office)
    await office.posted("Partner Root")
    assert _times(await _settled(office)) == (1, 1)


@pytest.mark.parametrize("seconds", [1, 4])
async def test_no_call_comes_inside_a_pause(office: Office, seconds: int) -> None:
    """A short pause is sat out, a longer one is left to the queue; the practice clock makes neither shorter."""
    office.workspace.faults.fail(POST, status=429, retry_after=seconds)
    await _added(office)
    await office.workspace.wait_for(lambda: office.workspace.faults.limited)
    office.workspace.advance(timedelta(minutes=1))
    assert _times(await _settled(office)) == (1, 1)
    assert office.workspace.faults.early == []
    assert [one.status for one in office.workspace.calls if one.method == POST] == [429, 200, 200]


async def test_a_refused_message_is_no_unsure_one(office: Office) -> None:
    """Slack's no is an answer: nothing is looked for."""
    office.workspace.state.channels[ORDERS].members.discard(BOT_USER)
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])
    await office.workspace.wait_for(lambda: _calls(office, POST) >= 3)
    assert _calls(office, HISTORY) == 0


async def test_a_reminder_that_is_found_takes_the_place_of_the_one_before(office: Office) -> None:
    """Posted, and answered with 500: it is found, the one before loses its buttons, and the next comes in its time."""
    await _added(office)
    await _settled(office)
    office.workspace.faults.fail(POST, status=500, after=True)
    now = office.desk.clock()
    office.workspace.advance(timedelta(days=7 - now.weekday(), hours=12 - now.hour))  # Monday, about noon
    for reminders in (2, 3):
        await office.workspace.wait_for(partial(_posts, office, 1 + reminders))
        messages = await _settled(office)
        assert len([one for one in messages if "restart_done" in shown(one)]) == 1
        assert "restart_done" in shown(messages[-1])
        office.workspace.advance(timedelta(days=1))
    assert _calls(office, HISTORY) == 1
