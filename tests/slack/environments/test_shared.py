"""A channel that is shared with another company: nobody puts an environment there without having read with whom."""

from __future__ import annotations

import pytest

from store import Environment, environments
from tests.slack.office import ALICE, ORDERS, PRODUCTION, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
BANK = "C0BANK"


async def _in(office: Office, channel: str) -> list[Environment]:
    async with office.desk.store.reading() as tx:
        return await environments.bound_to(tx, channel)


async def test_adding_asks_first_and_names_the_company(office: Office) -> None:
    """Nothing is added before the click."""
    question = await office.cert(f"env add {PRODUCTION} Asia/Tokyo", channel=BANK)
    assert "*This channel is shared with `Partner Bank`.*" in shown(question)
    assert buttons(question) == ["environment_shared", "environment_not_shared"]
    assert await _in(office, BANK) == []
    await office.click(question, "environment_shared")
    await office.whispered(channel=BANK, text="is added to <#C0BANK>")
    (place,) = await _in(office, BANK)
    assert (place.path, place.timezone) == (PRODUCTION, "Asia/Tokyo")


async def test_moving_asks_first(office: Office) -> None:
    """Who says no leaves it where it is."""
    await office.production()
    question = await office.cert(f"env bind {PRODUCTION}", channel=BANK)
    await office.click(question, "environment_not_shared")
    await office.whispered(channel=BANK, text="Nothing was added or moved")
    assert len(await _in(office, ORDERS)) == 1
    question = await office.cert(f"env bind {PRODUCTION}", channel=BANK)
    await office.click(question, "environment_move_shared")
    await office.whispered(channel=BANK, text="belongs to <#C0BANK> now")
    assert len(await _in(office, BANK)) == 1


async def test_the_form_says_with_whom(office: Office) -> None:
    """It is the question itself: whoever submits it has read it."""
    await office.workspace.command(ALICE, BANK, "/cert env add")
    view = await office.modal("Add an environment")
    assert "shared with `Partner Bank`" in shown(view)
    assert (await office.fill({"path": PRODUCTION})).action == "clear"
    assert len(await _in(office, BANK)) == 1


async def test_a_channel_that_is_shared_meanwhile_is_asked_about(office: Office) -> None:
    """The form was opened before."""
    await office.workspace.command(ALICE, ORDERS, "/cert env add")
    await office.modal("Add an environment")
    office.workspace.channels[ORDERS].is_shared = True
    assert (await office.fill({"path": PRODUCTION})).action == "update"
    assert "This channel is shared with" in shown(office.workspace.views(ALICE))
    assert await _in(office, ORDERS) == []


async def test_without_the_scope_the_workspace_is_named_by_its_id(office: Office) -> None:
    """Better than nothing."""
    office.workspace.scopes.discard("team:read")
    assert "`T0PARTNER`" in shown(await office.cert(f"env add {PRODUCTION}", channel=BANK))


async def test_a_conversation_of_two_has_no_environment(office: Office) -> None:
    """Reminders there would reach nobody else."""
    own = office.workspace.state.im_of(ALICE).id
    assert "An environment belongs to a channel" in shown(await office.cert(f"env add {PRODUCTION}", channel=own))
    assert await _in(office, own) == []
