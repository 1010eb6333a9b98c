"""Restart now: connecting, asking, watching, and the loudest message there is."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from bot.desk.restarts.alarms import schedule_alarm
from bot.workspace.core.people import BOT_USER
from bot.workspace.deploy_api import JOB, START, STATE, STOP
from store import AppState, Outcome, Step, environments
from store.restarts import connections, runs
from tests.platforms.troubles import says
from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, GENERAL, ORDERS, PRODUCTION, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
API_KEY = "canary-Kx7-of-an-api-key"
MENDIX = {"app": "orders", "mode": "production", "username": "deploy@b.example", "api_key": API_KEY}


async def _connect(office: Office, **changes: str) -> Any:
    await office.workspace.command(ALICE, ORDERS, "/cert env connect")
    await office.modal("Connect an app")
    chosen = await office.fill({"kind": "mendix"})
    assert chosen.action == "update"
    return await office.fill({**MENDIX, **changes})


async def _reminded(office: Office) -> Json:
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    assert (await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])).action == "clear"
    return await office.posted("waits for a restart*")


async def _begun(office: Office, *, member: str = BOB) -> None:
    asked = await office.cert("restart now", member=member)
    assert "cut off" in shown(asked)
    await office.click(asked, "perform_yes", member=member)


async def test_connected_and_tried(office: Office) -> None:
    """The form asks for what is needed; the platform is asked how the app is, which changes nothing."""
    await office.production()
    assert (await _connect(office)).action == "clear"
    said = await office.whispered(text="is connected to")
    assert "the app runs" in shown(said)
    assert office.cloud.calls == [(STATE, "orders")]


async def test_wrong_credentials_are_said_at_once(office: Office) -> None:
    """Not when somebody needs the restart."""
    await office.production()
    office.cloud.accounts = {"somebody@b.example": "else"}
    assert (await _connect(office)).action == "clear"
    assert "It does not work yet" in shown(await office.whispered(text="are not accepted"))


async def test_what_cannot_be_used_is_an_error_under_its_field(office: Office) -> None:
    """App, environment, user name, key; and of a webhook, address and secret."""
    await office.production()
    for field, value in (("app", "a/b"), ("mode", "a b"), ("username", "a b\tc"), ("api_key", "schl\u00fcssel-1")):
        answer = await _connect(office, **{field: value})
        assert list(answer.errors) == [field]
        assert value not in shown(answer.errors)
        view = office.workspace.views(ALICE)[-1]
        await office.workspace.close_view(ALICE, view["id"], all_=True)
    await office.workspace.command(ALICE, ORDERS, "/cert env connect")
    await office.modal("Connect an app")
    await office.fill({"kind": "webhook"})
    wrong = await office.fill({"url": "https://169.254.169.254/x", "secret": "a-secret-of-sixteen"})
    assert list(wrong.errors) == ["url"]
    wrong = await office.fill({"url": "http://127.0.0.1:9/x", "secret": "short"})
    assert list(wrong.errors) == ["secret"]


async def test_what_was_typed_waits_for_the_end_of_a_restart(office: Office) -> None:
    """Credentials are not changed under a restart; nobody has to fill in the form again for that."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    office.cloud.start_seconds = 60
    await _begun(office)
    await office.posted("is starting")
    refused = await _connect(office, username="other@b.example")
    assert list(refused.errors) == ["app"]
    assert "“orders/production” is being restarted already" in refused.errors["app"]
    office.cloud.apps["orders"].ready_at = 0
    await office.posted("It runs again")
    office.cloud.accounts = {"other@b.example": API_KEY}
    assert (await office.fill({})).action == "clear"


async def test_the_owner_and_admins_connect(office: Office) -> None:
    """Nobody else gives credentials or takes them away; the attempt is in the trail."""
    await office.production()
    await office.cert("env connect", member=BOB)
    await office.whispered(BOB, text="or a workspace admin may do this")
    await _connect(office)
    await office.whispered(text="is connected to")
    await office.cert("env disconnect", member=BOB)
    await office.cert("restart now", member=DAVE)
    await office.whispered(DAVE, text="Guests")
    assert "credentials are deleted" in shown(await office.cert("env disconnect"))
    assert "not connected to a platform" in shown(await office.cert("restart now"))


async def test_the_button_of_the_reminder(office: Office) -> None:
    """It is there where the environment is connected, asks first, and the one message tells the rest."""
    await office.production()
    reminder = await _reminded(office)
    assert "perform" not in buttons(reminder)
    await _connect(office)
    await office.workspace.wait_for(lambda: "perform" in shown(office.workspace.messages(ORDERS)))
    (reminder,) = [one for one in office.workspace.messages(ORDERS) if "perform" in buttons(one)]
    assert "cut off" in shown([one["elements"][1]["confirm"] for one in reminder["blocks"] if one["type"] == "actions"])
    await office.click(reminder, "perform", member=BOB)
    done = await office.posted("was restarted* by Certdesk")
    assert "perform" not in buttons(done)
    ended = await office.posted("It runs again")
    assert f"Begun by <@{BOB}>" in shown(ended)
    assert len([one for one in office.workspace.messages(ORDERS) if "Begun by" in shown(one)]) == 1
    assert [operation for operation, _ in office.cloud.calls][1:] == [STOP, START, JOB]


async def test_an_environment_that_moved_is_not_restarted_from_its_old_channel(office: Office) -> None:
    """The button of a reminder that was left behind says that it moved; nothing is stopped."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    reminder = dict(await _reminded(office))
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    await office.posted("belongs to <#C0GENERAL> now")
    reminder = office.workspace.state.post(ORDERS, {**reminder, "ts": office.workspace.state.new_ts()})
    office.cloud.calls.clear()
    await office.click(reminder, "perform", member=BOB)
    await office.whispered(BOB, text="removed or moved")
    assert office.cloud.calls == []


async def test_a_double_click_restarts_once(office: Office) -> None:
    """Two people and two clicks: one run; the others read who was first."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    office.cloud.start_seconds = 1.0
    asked = await office.cert("restart now")
    also = await office.cert("restart now", member=BOB)
    await asyncio.gather(
        office.click(asked, "perform_yes"),
        office.click(asked, "perform_yes"),
        office.click(also, "perform_yes", member=BOB),
    )
    await office.workspace.wait_for(
        lambda: (
            "being restarted already" in shown(office.workspace.ephemerals(BOB, ORDERS))
            or "being restarted already" in shown(office.workspace.ephemerals(ALICE, ORDERS))
        )
    )
    await office.posted("It runs again")
    assert [operation for operation, _ in office.cloud.calls].count(STOP) == 1
    assert len([one for one in office.workspace.messages(ORDERS) if "Begun by" in shown(one)]) == 1


async def test_stopped_and_not_started_is_the_loudest_message(office: Office) -> None:
    """A message of its own calls owner and who began it, says what to do, and has the button; then it is over."""
    await office.production()
    await _reminded(office)
    await _connect(office)
    await office.whispered(text="is connected to")
    office.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    await _begun(office)
    alarm = await office.posted("is STOPPED")
    await office.workspace.wait_for(
        lambda: any(block["type"] == "header" for one in office.workspace.messages(ORDERS) for block in one["blocks"])
    )
    alarm = [one for one in office.workspace.messages(ORDERS) if "perform_start" in buttons(one)][-1]
    assert alarm["blocks"][0]["type"] == "header"
    assert f"<@{ALICE}> <@{BOB}>: *The app was stopped" in shown(alarm)
    assert "deploy one in the Mendix Portal" in shown(alarm)
    assert "for the Mendix app `orders/Production`" in shown(alarm)
    assert "waits for a restart*" in shown(office.workspace.messages(ORDERS)), "the reminder goes on"
    await office.click(alarm, "perform_start", member=BOB)
    await office.posted("runs again.* It was left stopped")
    await office.posted("was restarted* by Certdesk")
    await office.posted("This restart had left it stopped.")
    assert "perform_start" not in shown(office.workspace.messages(ORDERS))
    assert "STOPPED" not in shown(office.workspace.messages(ORDERS))


async def test_a_restart_under_way_confirms_by_itself(office: Office) -> None:
    """Nobody confirms what is being done; before it begins, it says which app it is about, and that a freeze is on."""
    await office.production()
    await _reminded(office)
    await _connect(office)
    await office.whispered(text="is connected to")
    today = office.workspace.clock.now().astimezone(ZoneInfo("Europe/Berlin")).date()
    await office.cert(f"freeze {today}")
    asked = shown(await office.cert("restart now", member=BOB))
    assert "This is about the Mendix app `orders/Production`" in asked
    assert "A change freeze is on until" in asked
    office.cloud.start_seconds = 60
    await _begun(office)
    await office.posted("is starting")
    assert "being restarted already" in (await office.cert("restart done"))["text"]
    office.cloud.apps["orders"].ready_at = 0
    await office.posted("was restarted* by Certdesk")


async def test_what_was_left_stopped_is_not_mixed_up_with_another_app(office: Office) -> None:
    """Connected to something else since, the alarm's button starts nothing, and says what to start by hand."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    office.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    await _begun(office)
    await office.posted("is STOPPED")
    await _connect(office, mode="test")
    await office.whispered(text="environment `Test`")
    alarm = [one for one in office.workspace.messages(ORDERS) if "perform_start" in buttons(one)][-1]
    office.cloud.calls.clear()
    await office.click(alarm, "perform_start", member=BOB)
    said = await office.whispered(BOB, text="now connected to another app")
    assert "Start `orders/Production` by hand" in shown(said)
    assert office.cloud.calls == []


async def _left(office: Office, outcome: Outcome, state: AppState) -> None:
    """A run of Bob's left the connected app so; the alarm is posted."""
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        connection = await connections.of(tx, place.id)
        assert connection is not None
        target = office.desk.platforms.of(connection).target(connection.settings)
        run = await runs.begin(tx, connection, target=target, by=BOB, at=office.desk.clock(), step=Step.CALLING)
        ended = await runs.end(tx, run, outcome=outcome, app_state=state, at=office.desk.clock(), reason="no_answer")
        assert ended is not None
        await schedule_alarm(tx, ended, at=office.desk.clock())
    office.workspace.advance(timedelta(seconds=1))


async def _alarmed(office: Office) -> Json:
    """The app of orders/production was left stopped; the alarm."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    await _left(office, Outcome.NOT_STARTED, AppState.STOPPED)
    return await office.posted("is STOPPED")


async def _home(office: Office, member: str, text: str) -> Json:
    await office.workspace.open_home(member)
    await office.workspace.wait_for(lambda: text in shown(office.workspace.home(member)))
    home = office.workspace.home(member)
    assert home is not None
    return home


async def test_an_alarm_has_its_buttons_wherever_it_is_shown(office: Office) -> None:
    """In the channel, in `/cert`, in `/cert restart` and in the Home; a guest sees it there and has no button."""
    alarm = await _alarmed(office)
    assert buttons(alarm) == ["perform_start", "alarm_done"]
    for command in ("", "restart"):
        answer = await office.cert(command)
        assert "was left STOPPED" in shown(answer)
        assert buttons(answer)[:2] == ["perform_start", "alarm_done"]
        answer = await office.cert(command, member=DAVE)
        assert "was left STOPPED" in shown(answer)
        assert buttons(answer) in ([], ["command_list"])
    assert buttons(await _home(office, ALICE, "was left STOPPED")) == ["home_perform_start", "home_alarm_done"]
    assert buttons(await _home(office, DAVE, "was left STOPPED")) == []
    await office.click(alarm, "alarm_done", member=DAVE)
    await office.whispered(DAVE, text="Guests")
    assert "was left STOPPED" in shown(await office.cert("restart"))


async def test_it_runs_ends_the_alarm_and_leaves_the_changes(office: Office) -> None:
    """That the app runs does not say what it has loaded: the answer counts what still waits. The second is told so."""
    await office.production()
    await _reminded(office)
    await _connect(office)
    await office.whispered(text="is connected to")
    await _left(office, Outcome.UNKNOWN, AppState.UNKNOWN)
    await office.posted("check whether it runs")
    asked, late = await office.cert(), await office.cert("restart", member=BOB)
    late = await office.whispered(BOB, text="may be down")
    await office.click(asked, "alarm_done")
    said = shown(await office.whispered(text="The alarm of *orders/production* is over"))
    assert "1 change still waits for a restart" in said
    await office.posted("*orders/production runs.*")
    assert "alarm_done" not in shown(office.workspace.messages(ORDERS))
    assert "1 change not loaded yet" in shown(await office.cert())
    await office.click(late, "alarm_done", member=BOB)
    await office.whispered(BOB, text="was over already")


async def test_an_alarm_is_ended_in_the_home(office: Office) -> None:
    """And an app is started there; each time the tab is shown anew."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    await _left(office, Outcome.NOT_STARTED, AppState.STOPPED)
    view = await _home(office, BOB, "was left STOPPED")
    await office.workspace.click(BOB, view["id"], "home_alarm_done")
    await office.workspace.wait_for(lambda: "is over" in shown(office.workspace.home(BOB)))
    assert "was left STOPPED" not in shown(office.workspace.home(BOB))
    await _left(office, Outcome.NOT_STARTED, AppState.STOPPED)
    view = await _home(office, BOB, "was left STOPPED")
    await office.workspace.click(BOB, view["id"], "home_perform_start")
    await office.workspace.wait_for(lambda: "I am trying to start it" in shown(office.workspace.home(BOB)))
    await office.posted("it was started already")


async def test_an_alarm_without_a_reminder_can_be_ended(office: Office) -> None:
    """A webhook's, where nothing is pending: `/cert restart done` says that it runs. Its address is shown to nobody."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert env connect")
    await office.modal("Connect an app")
    await office.fill({"kind": "webhook"})
    url = f"{office.cloud.base_url}/job?token=canary-of-a-trigger"
    assert (await office.fill({"url": url, "secret": "a-secret-of-sixteen"})).action == "clear"
    await office.whispered(text="is connected to")
    assert "Nothing waits" in (await office.cert("restart done"))["text"]
    await _left(office, Outcome.UNKNOWN, AppState.UNKNOWN)
    alarm = shown(await office.posted("check whether it runs"))
    assert "*orders/production may be down: a restart finished without a clear result*" in shown(
        await office.cert("restart")
    )
    assert "*orders/production may be down: a restart finished without a clear result*" in shown(await office.cert())
    await office.workspace.open_home(DAVE)
    await office.workspace.wait_for(lambda: "may be down" in shown(office.workspace.home(DAVE)))
    assert "click *It runs* below" in alarm
    assert "perform_start" not in alarm
    assert f"for a webhook at `127.0.0.1:{urlsplit(url).port}`" in alarm
    assert "canary-of-a-trigger" not in shown(office.workspace.messages(ORDERS))
    assert "The alarm of *orders/production* is over" in (await office.cert("restart done", member=BOB))["text"]
    await office.posted("*orders/production runs.* It was not known whether it ran")
    assert "Nothing waits" in (await office.cert("restart done"))["text"]
    assert "may be down" not in shown(await office.cert())


async def test_a_stop_that_fails_says_that_it_runs(office: Office) -> None:
    """Nobody is called: the message says that it runs as before, and can be clicked again."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    office.cloud.troubles[STOP].append(says(500, "STOP_FAILED"))
    await _begun(office)
    ended = await office.posted("it runs as before")
    assert "could not stop the app" in shown(ended)
    assert buttons(ended) == ["perform"]
    await office.click(ended, "perform", member=ALICE)
    await office.posted("It runs again")


async def test_an_environment_is_not_taken_away_while_it_is_restarted(office: Office) -> None:
    """Neither the connection nor the environment itself; afterwards both can be."""
    await office.production()
    await _connect(office)
    await office.whispered(text="is connected to")
    office.cloud.start_seconds = 60
    await _begun(office)
    await office.posted("is starting")
    for command in ("env disconnect", f"env remove {PRODUCTION}"):
        assert "being restarted already" in shown(await office.cert(command))
    office.cloud.apps["orders"].ready_at = 0
    await office.posted("It runs again")
    question = await office.cert(f"env remove {PRODUCTION}")
    assert "with everything in it (its connection)" in shown(question)
    await office.click(question, "environment_remove")
    await office.whispered(text="is removed")


async def test_the_api_key_stands_nowhere(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, through an error and a restart: not in logs, messages, views or metadata."""
    caplog.set_level(logging.DEBUG)
    await office.production()
    await _connect(office, app="a/b")
    assert (await office.fill(MENDIX)).action == "clear"
    await office.whispered(text="is connected to")
    await _begun(office)
    await office.posted("It runs again")
    assert API_KEY not in caplog.text
    assert API_KEY not in shown([call.arguments for call in office.workspace.calls])
    assert API_KEY not in shown([office.workspace.messages(ORDERS), office.workspace.ephemerals(ALICE, ORDERS)])
    assert API_KEY not in shown([delivered.ack.body for delivered in office.workspace.deliveries])


async def test_an_alarm_moves_along_with_its_environment(office: Office) -> None:
    """In the old channel it says where it went and has no buttons; in the new one it comes the next morning."""
    alarm = await _alarmed(office)
    office.workspace.channels[GENERAL].members.add(BOT_USER)
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    moved = await office.posted("its alarms are posted there")
    assert moved["ts"] == alarm["ts"]
    assert buttons(moved) == []
    await office.days_pass(lambda: "is still STOPPED" in shown(office.workspace.messages(GENERAL)))
    assert buttons(await office.posted("is still STOPPED", channel=GENERAL)) == ["perform_start", "alarm_done"]
