"""Reminders: they come, are put off, come back, and end."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import timedelta

import pytest

from bot.workspace.core.people import BOT_USER
from tests.slack import made
from tests.slack.environments.planned import BERLIN, changed, move_to, next_at, planned
from tests.slack.office import ALICE, BOB, DAVE, GENERAL, ORDERS, PRODUCTION, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _reminded(office: Office) -> Json:
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    assert (await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])).action == "clear"
    return await office.posted("waits for a restart*")


def _reminders(office: Office) -> list[Json]:
    return [message for message in office.workspace.messages(ORDERS) if "restart_done" in buttons(message)]


async def test_another_member_confirms(office: Office) -> None:
    """The reminder itself says who restarted, and has no buttons any more."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_done", member=BOB)
    await office.posted("was restarted")
    assert _reminders(office) == []
    assert f"<@{BOB}> confirmed" in shown(await office.posted("was restarted"))
    assert "Nothing waits" in (await office.cert("restart"))["text"]


async def test_a_late_click_says_who_was_first(office: Office) -> None:
    """Two people click; the second reads that nothing more is to do."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_done", member=BOB)
    office.workspace.state.post(ORDERS, {**reminder, "ts": ""})
    await office.posted("was restarted")
    stale = _reminders(office)
    if stale:
        await office.click(stale[0], "restart_done")
        await office.whispered(text="There is nothing more to do")


async def test_a_guest_may_not_confirm(office: Office) -> None:
    """Nothing changes, and the guest reads why; who asks what is pending reads it, and has nothing to click."""
    reminder = await _reminded(office)
    asked = await office.cert("restart", member=DAVE)
    assert "waits for a restart" in shown(asked)
    assert buttons(asked) == []
    await office.click(reminder, "restart_done", member=DAVE)
    await office.whispered(DAVE, text="Guests", after=1)
    await office.click(reminder, "restart_later", member=DAVE)
    await office.whispered(DAVE, text="Guests", after=2)
    assert len(_reminders(office)) == 1


async def test_a_reminder_in_a_channel_that_the_environment_has_left(office: Office) -> None:
    """Neither confirmed nor put off from there: who reads that channel has nothing to do with it any more."""
    reminder = dict(await _reminded(office))
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    await office.posted("belongs to <#C0GENERAL> now")
    # Somebody clicks on what their telephone still shows.
    reminder = office.workspace.state.post(ORDERS, {**reminder, "ts": office.workspace.state.new_ts()})
    for number, action in enumerate(("restart_done", "restart_later")):
        await office.click(reminder, action, member=BOB)
        await office.whispered(BOB, text="removed or moved", after=number)
    assert "1 change" in shown(await office.cert("", channel=GENERAL))


async def test_the_reminder_moves_with_its_environment(office: Office) -> None:
    """The old message loses its buttons and names the channel; the new channel has a reminder that can be confirmed."""
    await _reminded(office)
    office.workspace.channels[GENERAL].members.add(BOT_USER)
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    moved = await office.posted("waits for a restart*", channel=GENERAL)
    assert "`Partner Root` added as a CA certificate" in shown(moved)
    await office.posted("belongs to <#C0GENERAL> now: its restart reminder is posted there")
    assert _reminders(office) == []
    await changed(office, "Other Root", channel=GENERAL)
    await office.workspace.wait_for(lambda: "Other Root` added" in shown(office.workspace.messages(GENERAL)))
    await office.click(moved, "restart_done", member=BOB)
    await office.posted(f"<@{BOB}> confirmed it", channel=GENERAL)
    assert "confirmed it" not in shown(office.workspace.messages(ORDERS))


async def test_a_snooze_moves_with_its_environment(office: Office) -> None:
    """The new channel is left alone until the moment that was chosen."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_later", member=BOB)
    await office.modal("Remind me", member=BOB)
    assert (await office.fill({"when": "hour"}, member=BOB)).action == "clear"
    await office.posted("snoozed this")
    office.workspace.channels[GENERAL].members.add(BOT_USER)
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    await office.posted("belongs to <#C0GENERAL> now")
    assert "restart_done" not in shown(office.workspace.messages(GENERAL))
    office.workspace.advance(timedelta(minutes=61))
    await office.posted("waits for a restart*", channel=GENERAL)


async def test_put_off_for_an_hour_it_comes_back(office: Office) -> None:
    """The message says till when and by whom; after the hour a new one stands and the old one steps back."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_later", member=BOB)
    await office.modal("Remind me", member=BOB)
    assert (await office.fill({"when": "hour"}, member=BOB)).action == "clear"
    await office.posted("snoozed this")
    office.workspace.advance(timedelta(minutes=61))
    await office.posted("A newer restart reminder for orders/production is below")
    assert len(_reminders(office)) == 1
    assert "snoozed this" not in shown(_reminders(office))


async def test_a_chosen_time_must_be_to_come(office: Office) -> None:
    """A time that is past is an error under the picker."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_later")
    await office.modal("Remind me")
    now = office.workspace.clock.now()
    past = await office.fill({"when": "chosen", "at": int((now - timedelta(days=1)).timestamp())})
    assert list(past.errors) == ["at"]
    assert (await office.fill({"at": int((now + timedelta(days=2)).timestamp())})).action == "clear"
    await office.posted("snoozed this")


async def test_a_time_that_was_typed_is_not_dropped(office: Office) -> None:
    """Who changes it and leaves the choice that stood there means the time; another choice counts by itself."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_later")
    await office.modal("Remind me")
    later = int((office.workspace.clock.now() + timedelta(days=2)).timestamp())
    assert (await office.fill({"at": later})).action == "clear"
    await office.posted("snoozed this")
    assert f"<!date^{later}^" in shown(_reminders(office))
    await office.click(_reminders(office)[0], "restart_later")
    await office.modal("Remind me")
    assert (await office.fill({"when": "morning", "at": later})).action == "clear"
    await office.workspace.wait_for(lambda: f"<!date^{later}^" not in shown(_reminders(office)))


async def test_what_a_freeze_holds_back_longer_is_said(office: Office) -> None:
    """Snoozed where no reminder stands that could show it: who did it reads when it comes."""
    await office.production()
    today = office.workspace.clock.now().astimezone(BERLIN).date()
    await office.cert(f"freeze {today} {today + timedelta(days=9)}")
    await changed(office)
    pending = await office.cert("restart")
    await office.click(pending, "restart_later")
    await office.modal("Remind me")
    assert (await office.fill({"when": "hour"})).action == "clear"
    said = await office.whispered(text="Next restart reminder for *orders/production*")
    assert "quiet hours moved it there" in said["text"]


async def test_unconfirmed_it_comes_back_on_the_next_working_morning(office: Office) -> None:
    """And again, each morning, as one message that stands."""
    await _reminded(office)
    for _ in range(2):
        before = len(office.workspace.messages(ORDERS))
        # The next morning is reckoned from when the message was marked as sent, a moment after it can be seen.
        while len(office.workspace.messages(ORDERS)) == before:
            office.workspace.advance(timedelta(days=1))
            await asyncio.sleep(0.2)
    await office.workspace.wait_for(lambda: len(_reminders(office)) == 1)
    assert "Waiting since" in shown(_reminders(office))


async def test_the_command_shows_and_confirms(office: Office) -> None:
    """`/cert restart` shows what is pending, `/cert restart done` confirms it."""
    await _reminded(office)
    pending = await office.cert("restart")
    assert "`Partner Root` added as a CA certificate" in shown(pending)
    assert "was restarted" in (await office.cert(f"restart done {PRODUCTION}"))["text"]
    await office.posted("was restarted")


async def test_after_three_reminders_the_owner_is_called(office: Office) -> None:
    """Three working mornings without an answer, and the fourth reminder calls who added the environment."""
    await _reminded(office)
    passed = 0
    while "No restart was confirmed" not in shown(_reminders(office)[-1]) and passed < 12:
        office.workspace.advance(timedelta(days=1))
        await asyncio.sleep(0.3)
        passed += 1
    assert passed >= 3
    assert f"<@{ALICE}>: *No restart was confirmed since" in shown(_reminders(office)[-1])


async def test_a_confirmation_can_be_undone(office: Office) -> None:
    """For ten minutes: the reminder is as it was, with its buttons, and comes back the next morning."""
    reminder = await _reminded(office)
    await office.click(reminder, "restart_done")
    confirmed = await office.posted("was restarted")
    assert buttons(confirmed) == ["restart_undo"]
    await office.click(confirmed, "restart_undo", member=BOB)
    await office.workspace.wait_for(lambda: _reminders(office))
    (again,) = _reminders(office)
    assert again["ts"] == reminder["ts"]
    move_to(office, await planned(office))
    await office.workspace.wait_for(lambda: [one for one in _reminders(office) if one["ts"] != reminder["ts"]])


async def test_after_ten_minutes_a_confirmation_stands(office: Office) -> None:
    """The button disappears, and a late click says what to do; a guest's is refused before."""
    await office.click(await _reminded(office), "restart_done")
    confirmed = deepcopy(await office.posted("was restarted"))
    await office.click(confirmed, "restart_undo", member=DAVE)
    await office.whispered(DAVE, text="Guests can look here")
    office.workspace.advance(timedelta(minutes=11))
    await office.workspace.wait_for(lambda: "restart_undo" not in shown(office.workspace.messages(ORDERS)))
    office.workspace.state.post(ORDERS, {**confirmed, "ts": ""})
    await office.click(office.workspace.messages(ORDERS)[-1], "restart_undo")
    await office.whispered(text="more than 10 minutes ago")


async def test_a_confirmation_before_another_change_is_not_undone(office: Office) -> None:
    """The later change has a reminder of its own, and its restart loads everything."""
    await office.click(await _reminded(office), "restart_done")
    confirmed = await office.posted("was restarted")
    await office.click(await office.cert("remove Partner Root"), "remove_yes")
    await office.workspace.wait_for(lambda: _reminders(office))
    await office.click(confirmed, "restart_undo")
    await office.whispered(text="its own reminder asks for a restart")


async def test_an_older_overview_confirms_what_it_showed(office: Office) -> None:
    """What was added after `/cert` was answered stays pending."""
    await _reminded(office)
    overview = await office.cert()
    await changed(office, "Other Root")
    await office.click(overview, "restart_done")
    await office.whispered(text="was restarted")
    assert "1 change" in shown(await office.cert())
    assert "Other Root" in shown(await office.cert("restart"))


async def test_a_later_change_posts_the_reminder_again(office: Office) -> None:
    """Nobody sees a change of a message far above: after some minutes it is posted below, and the old one retires."""
    first = await _reminded(office)
    office.workspace.advance(timedelta(minutes=11))
    await office.click(await office.cert("remove Partner Root"), "remove_yes")
    await office.workspace.wait_for(lambda: [one["ts"] for one in _reminders(office)] not in ([], [first["ts"]]))
    await office.posted("A newer restart reminder")
    (again,) = _reminders(office)
    assert again["ts"] != first["ts"]
    assert "added as a CA certificate" in shown(again)
    assert "removed as a CA certificate" in shown(again)
    assert f"<@{ALICE}>: *No restart" not in shown(again)


async def test_a_reminder_that_somebody_deleted_comes_again_with_the_next_change(office: Office) -> None:
    """Seconds later it would have been updated where it stood: it is not there, and so it is posted."""
    deleted = await _reminded(office)
    office.workspace.state.messages[ORDERS].remove(deleted)
    await changed(office, "vault")
    again = await office.posted("waits for a restart*")
    assert "vault" in shown(again)
    assert buttons(again)[0] == "restart_done"
    await office.click(again, "restart_done", member=BOB)
    assert f"<@{BOB}>" in shown(await office.posted("was restarted"))


async def test_a_deleted_reminder_of_a_confirmed_restart_stays_away(office: Office) -> None:
    """There is nothing to remind of any more."""
    deleted = await _reminded(office)
    office.workspace.state.messages[ORDERS].remove(deleted)
    await office.cert("restart done")
    await office.tracker.wait(10)
    assert _reminders(office) == []


async def test_a_change_on_a_day_off_is_announced_at_once(office: Office) -> None:
    """On later days too: posted again, and in the channel that its environment moves to."""
    first = await _reminded(office)
    move_to(office, await planned(office))
    await office.workspace.wait_for(lambda: [one["ts"] for one in _reminders(office)] not in ([], [first["ts"]]))
    await planned(office)
    move_to(office, next_at(office, 5, "11:00"))
    await changed(office, "Other Root")
    await office.workspace.wait_for(lambda: "Other Root` added" in shown(_reminders(office)))
    office.workspace.channels[GENERAL].members.add(BOT_USER)
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    assert "Other Root` added" in shown(await office.posted("waits for a restart*", channel=GENERAL))
