"""A private key that is left in a channel: its uploader is asked to delete it until it is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import queue
from tests.slack import made
from tests.slack.environments.planned import move_to, next_at
from tests.slack.office import ALICE, DAVE, ORDERS, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _direct(office: Office, text: str, member: str = ALICE) -> list[Json]:
    """Direct messages that hold ``text``."""
    return [one for one in office.workspace.messages(office.workspace.state.im_of(member).id) if text in shown(one)]


async def _asked(office: Office, times: int) -> None:
    await office.workspace.wait_for(lambda: len(_direct(office, "with its private key if it has one")) == times)


async def _settled(office: Office) -> None:
    """Wait until nothing is due any more; what is being sent is leased for two minutes."""
    soon = office.desk.clock() + timedelta(minutes=5)
    while True:
        async with office.desk.store.reading() as tx:
            due = [await queue.next_due(tx, now=office.desk.clock(), lane=lane) for lane in (queue.SAY, queue.LOOK)]
        if all(one is None or one > soon for one in due):
            return
        await asyncio.sleep(0.02)


async def test_the_uploader_is_asked_until_the_file_is_gone(office: Office) -> None:
    """An hour later, and then each working morning, whether it was added or not; when it is gone, that is said once."""
    await office.production()
    file_id = await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    await office.whispered(text="partner.pfx")
    office.workspace.advance(timedelta(hours=2))
    await _asked(office, 1)
    move_to(office, next_at(office, 0, "09:30"))
    await _asked(office, 2)
    office.workspace.delete_file(file_id)
    move_to(office, next_at(office, 1, "09:30"))
    await office.workspace.wait_for(lambda: _direct(office, "I no longer see `partner.pfx`"))
    office.workspace.advance(timedelta(days=10))
    await _settled(office)
    assert len(_direct(office, "partner.pfx")) == 3


async def test_after_two_weeks_nobody_is_asked_again(office: Office) -> None:
    """The last message says so."""
    await office.production()
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    await office.whispered(text="partner.pfx")
    office.workspace.advance(timedelta(days=15))
    await office.workspace.wait_for(lambda: _direct(office, "This is my last reminder"))
    office.workspace.advance(timedelta(days=10))
    await _settled(office)
    assert len(_direct(office, "with its private key if it has one")) == 1


async def test_a_key_that_we_may_delete_is_not_asked_for(office: Office) -> None:
    """Added and deleted: there is nothing left to ask."""
    office.workspace.bots_delete_files = True
    try:
        await office.production()
        await office.unlocked(made.container("right"))
        assert (await office.fill({"password": "right", "label": "partner"})).action == "clear"
        await office.posted("`partner` was added")
        await office.workspace.wait_for(lambda: [one for one in office.workspace.calls if one.method == "files.delete"])
        office.workspace.advance(timedelta(days=3))
        await _settled(office)
        assert _direct(office, "private key") == []
    finally:
        office.workspace.bots_delete_files = False


async def test_a_guest_is_offered_nothing_that_is_refused(office: Office) -> None:
    """They read what the file is and whom to ask."""
    await office.production()
    await office.workspace.drop_file(DAVE, ORDERS, "partner.pfx", made.container("right"))
    offer = await office.whispered(DAVE, text="partner.pfx")
    assert "Ask a member of this channel" in shown(offer)
    assert buttons(offer) == []
