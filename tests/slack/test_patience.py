"""Forms that take longer than Slack waits: answered in time all the same, and told in the form what came of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.slack.bolt import people
from store import environments
from store.restarts import pending
from tests.slack import made
from tests.slack.office import ALICE, ORDERS, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack said a moment ago is not remembered."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)


async def asked_until_when(office: Office) -> None:
    """A restart waits, and Alice has the form open that puts its reminder off."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal("Add")
    await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])
    await office.click(await office.posted("waits for a restart*"), "restart_later")
    await office.modal("Remind")


def in_the_form(office: Office, text: str) -> bool:
    return bool(office.workspace.views(ALICE)) and text in shown(office.workspace.views(ALICE)[-1])


async def test_slack_takes_long_to_say_who_asks(hurried: Office) -> None:
    """The form says that it takes a moment and then that it is done, and the reminder is put off."""
    await asked_until_when(hurried)
    hurried.workspace.faults.fail("users.info", status=200, delay=1.5)
    answer = await hurried.fill({"when": "hour"})
    assert answer.action == "update"
    assert in_the_form(hurried, "This takes a moment")
    await hurried.workspace.wait_for(lambda: in_the_form(hurried, "Done."))
    async with hurried.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        restart = await pending.of(tx, place.id)
    assert restart is not None
    assert restart.snoozed_until is not None


async def test_a_late_error_keeps_what_was_typed(hurried: Office) -> None:
    """It stands on top of the form, which can be submitted again."""
    await asked_until_when(hurried)
    hurried.workspace.faults.fail("users.info", status=200, delay=1.5)
    past = int((hurried.desk.clock() - timedelta(days=1)).timestamp())
    assert (await hurried.fill({"when": "chosen", "at": past})).action == "update"
    await hurried.workspace.wait_for(lambda: in_the_form(hurried, "still to come"))
    form = hurried.workspace.state.top_view(ALICE)
    assert form is not None
    assert form.typed["when"]["value"] == "chosen"
    to_come = int((hurried.desk.clock() + timedelta(days=2)).timestamp())
    assert (await hurried.fill({"at": to_come})).action in {"clear", "update"}
    await hurried.posted("snoozed this")


async def test_what_was_typed_is_no_markup_in_a_late_error(hurried: Office) -> None:
    """Under a field it is plain text; on top of the form Slack would take it for a mention of everybody."""
    await hurried.workspace.command(ALICE, ORDERS, "/cert env add")
    await hurried.modal()
    hurried.workspace.faults.fail("users.info", status=200, delay=1.5)
    assert (await hurried.fill({"path": "<!channel>"})).action == "update"
    await hurried.workspace.wait_for(lambda: in_the_form(hurried, "is not an environment"))
    assert in_the_form(hurried, "&lt;!channel&gt;")
    note = hurried.workspace.views(ALICE)[-1]["blocks"][0]
    assert "<!channel>" not in shown(note)
