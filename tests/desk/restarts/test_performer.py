"""A restart that Certdesk performs, against a stand-in of the Deploy API: what is said in the end is true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update

from bot.desk.base.desk import Member
from bot.desk.base.errors import ConnectionBroken, NotAllowed, RestartGone, RestartRuns
from bot.desk.environments import freezes
from bot.desk.kinds import KINDS
from bot.desk.outbox.results import NotSent, Receipt
from bot.desk.outbox.runner import run_once
from bot.desk.restarts import performing
from bot.desk.restarts.alarms import Alarm
from bot.desk.restarts.pending import all_clear, all_clear_in, confirm
from bot.desk.restarts.performer import Performer
from bot.desk.restarts.progress import Progress
from bot.desk.restarts.steps import Pace
from bot.platforms import deploy_api
from bot.slack.restarts import progress
from bot.workspace.deploy_api import JOB, START, STATE, STOP, Trouble
from store import AppState, DueItem, Outcome, PerformedRestart, Step, audit, open_store, queue
from store.models import ConnectionRow, PerformedRow
from store.restarts import pending, runs
from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url
from tests.desk.everywhere import EVERYWHERE
from tests.desk.restarts.performed import ALICE, API_KEY, CHANNEL, Practice, Said, connect, practice
from tests.platforms.troubles import HTML, answers, cuts, hangs, says

__all__ = ["database_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]

BAD = {
    "hang": hangs,
    "cut": cuts,
    "html": answers(200, HTML),
    "malformed": answers(200, '{"JobId": ', content_type="application/json"),
    "list": answers(200, "[]", content_type="application/json"),
    "bad gateway": answers(502, HTML),
    "nameless": answers(500, "{}", content_type="application/json"),
    "new name": says(500, "A_NEW_NAME"),
    "redirect": answers(302, "", Location="https://elsewhere.example/"),
    "too large": answers(200, "x" * 100_000),
}
SHORT = Pace(stop=timedelta(seconds=10), start=timedelta(seconds=10), wait=timedelta(seconds=10))


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Practice]:
    async with practice(sqlite_url) as opened:
        yield opened


def result(run: PerformedRestart) -> tuple[str, str, str]:
    return str(run.outcome), str(run.app_state), run.reason or ""


def always(desk: Practice, operation: str, trouble: Trouble) -> None:
    desk.cloud.troubles[operation].extend([trouble] * 500)


async def test_stopped_started_and_confirmed(desk: Practice) -> None:
    """Stop, start, ask for the job until it is done; one message, changed; what was pending is confirmed."""
    await desk.change()
    desk.clock.moment += timedelta(seconds=1)
    run = await desk.restarted()
    assert result(run) == ("done", "running", "")
    assert desk.made() == [STOP, START, JOB]
    assert await desk.pending() == []
    assert (len(desk.said.posted()), desk.said.alarms()) == (1, [])
    last = desk.said.deliveries[-1]
    assert isinstance(last, Progress)
    assert last.run.outcome is Outcome.DONE
    async with desk.desk.store.transaction() as tx:
        tags = [event.tag for event in await audit.events(tx, limit=3)]
        assert (await audit.verify(tx)).ok
    assert set(tags) == {audit.Tag.RESTART_ENDED, audit.Tag.RESTART_CONFIRMED, audit.Tag.RESTART_BEGUN}


async def test_what_comes_during_the_run_stays_pending(desk: Practice) -> None:
    """A change that was made after the run began may not have been loaded."""
    await desk.change("before")
    desk.clock.moment += timedelta(seconds=1)
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    await desk.step()
    desk.clock.moment += timedelta(seconds=1)
    await desk.change("meanwhile")
    await desk.ended(run)
    assert await desk.pending() == ["meanwhile"]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "INVALID_PARAMETERS"),
        (400, "INVALID_ENVIRONMENT"),
        (404, "ENVIRONMENT_NOT_FOUND"),
        (500, "STOP_FAILED"),
        (403, "A_NEW_REFUSAL"),
    ],
)
async def test_a_refused_stop_leaves_the_app_running(desk: Practice, status: int, name: str) -> None:
    """Each documented error of the stop: it runs as before, nothing is started, and all stays pending."""
    await desk.change()
    always(desk, STOP, says(status, name))
    assert result(await desk.restarted()) == ("not_stopped", "running", name)
    assert START not in desk.made()
    assert await desk.pending() == ["bank"]
    assert desk.said.alarms() == []


async def test_wrong_credentials_stop_nothing(desk: Practice) -> None:
    """401 without a name."""
    desk.cloud.accounts = {"somebody": "else"}
    assert result(await desk.restarted()) == ("not_stopped", "running", "http_401")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "INVALID_APPID"),
        (404, "APP_NOT_FOUND"),
        (500, "NO_MDA_HAS_BEEN_DEPLOYED"),
        (403, "A_NEW_REFUSAL"),
    ],
)
async def test_a_refused_start_is_the_loudest_message(desk: Practice, status: int, name: str) -> None:
    """Each documented error of the start: it is said that the app is stopped, in a message of its own."""
    await desk.change()
    always(desk, START, says(status, name))
    assert result(await desk.restarted()) == ("not_started", "stopped", name)
    (alarm,) = desk.said.alarms()
    assert alarm.run.app_state is AppState.STOPPED
    assert await desk.pending() == ["bank"]


async def test_already_started_is_started(desk: Practice) -> None:
    """Status 200 and the name of an error: the app runs."""
    always(desk, START, says(200, "ALREADY_STARTED"))
    assert result(await desk.restarted()) == ("done", "running", "")


async def test_a_start_of_somebody_elses_is_waited_for(desk: Practice) -> None:
    """Where another job starts the app, its end is looked for; nothing is started beside it."""
    desk.cloud.troubles[START].append(says(500, "APP_ALREADY_HAS_A_STARTING_JOB"))
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    for _ in range(4):
        await desk.step()
    assert (await desk.get(run)).step is Step.LOOKING
    desk.cloud.apps["orders"].running = True
    assert result(await desk.ended(run)) == ("done", "running", "")
    assert desk.made().count(START) == 1


@pytest.mark.parametrize(
    "name",
    [
        "NO_PACKAGE",
        "ALREADY_LOCKED",
        "DB_SYNC_FAILED",
        "INVALID_DB_STRUCTURE",
        "MISSING_CONSTANT",
        "INSECURE_ADMIN_PASSWORD",
        "STARTUP_ACTION_FAILED",
        "START_FAILED",
    ],
)
async def test_a_job_that_failed_leaves_the_app_stopped(desk: Practice, name: str) -> None:
    """Each documented way in which a start fails."""
    always(desk, JOB, says(500, name))
    assert result(await desk.restarted()) == ("not_started", "stopped", name)
    assert len(desk.said.alarms()) == 1


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "INVALID_PARAMETERS"), (400, "INVALID_ENVIRONMENT"), (404, "ENVIRONMENT_NOT_FOUND"), (403, "NEW")],
)
async def test_a_job_that_may_not_be_asked_for_is_unknown(desk: Practice, status: int, name: str) -> None:
    """The start was accepted, and nobody tells what came of it."""
    always(desk, JOB, says(status, name))
    assert result(await desk.restarted()) == ("unknown", "unknown", name)
    assert len(desk.said.alarms()) == 1


async def test_a_job_that_says_already_started_is_done(desk: Practice) -> None:
    """Status 500 here, and the app runs all the same."""
    always(desk, JOB, says(500, "ALREADY_STARTED"))
    assert result(await desk.restarted()) == ("done", "running", "")


@pytest.mark.parametrize(("running", "expected"), [(True, "done"), (False, "not_started")])
async def test_a_job_that_is_forgotten(desk: Practice, running: bool, expected: str) -> None:
    """The app itself is looked at: it runs, or it is stopped after a minute."""
    desk.cloud.start_seconds = 0 if running else 1e6
    always(desk, JOB, says(404, "NO_SUCH_STARTJOB"))
    run = await desk.restarted()
    assert run.outcome == expected
    assert (run.ended_at or run.began_at) - run.began_at < timedelta(minutes=2)


@pytest.mark.parametrize("kind", BAD)
async def test_a_stop_without_a_clear_answer(desk: Practice, kind: str) -> None:
    """Once: the app is asked for, and stopped anew. Always, while it runs: it runs as before, and was never started."""
    desk.cloud.troubles[STOP].append(BAD[kind])
    assert result(await desk.restarted()) == ("done", "running", "")
    assert desk.made() == [STOP, STATE, STOP, START, JOB]
    desk.pace = SHORT
    always(desk, STOP, BAD[kind])
    run = await desk.restarted()
    assert (run.outcome, run.app_state) == (Outcome.NOT_STOPPED, AppState.RUNNING)
    assert desk.made().count(START) == 1


@pytest.mark.parametrize("kind", ["hang", "cut", "bad gateway"])
async def test_a_stop_that_worked_and_was_not_answered(desk: Practice, kind: str) -> None:
    """The app is asked for, is stopped, and is started."""
    desk.cloud.troubles[STOP].append(BAD[kind])
    desk.cloud.apps["orders"].running = False
    assert result(await desk.restarted()) == ("done", "running", "")
    assert desk.made() == [STOP, STATE, START, JOB]


@pytest.mark.parametrize("kind", BAD)
async def test_a_start_without_a_clear_answer(desk: Practice, kind: str) -> None:
    """Once: the app is asked for, and started anew. Always: it is stopped, which the platform said itself."""
    desk.cloud.troubles[START].append(BAD[kind])
    assert result(await desk.restarted()) == ("done", "running", "")
    assert desk.made() == [STOP, START, STATE, START, JOB]
    desk.pace = SHORT
    always(desk, START, BAD[kind])
    run = await desk.restarted()
    assert (run.outcome, run.app_state) == (Outcome.NOT_STARTED, AppState.STOPPED)
    assert len(desk.said.alarms()) == 1


@pytest.mark.parametrize("kind", BAD)
async def test_a_job_without_a_clear_answer(desk: Practice, kind: str) -> None:
    """Now and then: it is asked again. Always: after a quarter of an hour nobody knows, and that is what is said."""
    desk.cloud.troubles[JOB].extend([BAD[kind]] * 3)
    assert result(await desk.restarted()) == ("done", "running", "")
    always(desk, JOB, BAD[kind])
    desk.pace = SHORT
    run = await desk.restarted()
    assert (run.outcome, run.app_state) == (Outcome.UNKNOWN, AppState.UNKNOWN)
    assert len(desk.said.alarms()) == 1


@pytest.mark.parametrize("kind", BAD)
async def test_nobody_says_how_the_app_is(desk: Practice, kind: str) -> None:
    """Neither the stop nor the question for it is answered: unknown, and never started."""
    always(desk, STOP, BAD[kind])
    always(desk, STATE, BAD[kind])
    desk.pace = SHORT
    run = await desk.restarted()
    assert (run.outcome, run.app_state) == (Outcome.UNKNOWN, AppState.UNKNOWN)
    assert START not in desk.made()


async def test_a_job_that_never_ends_times_out_honestly(desk: Practice) -> None:
    """It is still starting after a quarter of an hour: nobody claims that it failed, or that it did not."""
    desk.cloud.start_seconds = 1e6
    run = await desk.restarted()
    assert result(run) == ("unknown", "unknown", "timed_out")
    assert timedelta(minutes=15) <= (run.ended_at or run.began_at) - run.began_at < timedelta(minutes=16)


@pytest.mark.parametrize(("operation", "expected"), [(STOP, "not_stopped"), (START, "not_started")])
async def test_too_many_calls_are_waited_out(desk: Practice, operation: str, expected: str) -> None:
    """429 with Retry-After is no failure; for minutes on end it is one, and the app is as it was before the call."""
    busy = answers(429, "", Retry_After="7")
    desk.cloud.troubles[operation].append(busy)
    began = desk.clock()
    assert result(await desk.restarted()) == ("done", "running", "")
    assert desk.clock() - began >= timedelta(seconds=7)
    always(desk, operation, busy)
    run = await desk.restarted()
    assert (run.outcome, run.reason) == (expected, "busy")


async def test_an_api_that_is_not_there_stops_nothing(desk: Practice) -> None:
    """Connection refused for minutes: the app runs as before, for no call got there."""
    await desk.cloud.stop()
    assert result(await desk.restarted()) == ("not_stopped", "running", "unreachable")


async def test_an_api_that_goes_away_after_the_stop(desk: Practice) -> None:
    """Connection refused from then on: the app is stopped, and that is said."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    await desk.step()
    await desk.cloud.stop()
    assert result(await desk.ended(run)) == ("not_started", "stopped", "unreachable")


@pytest.mark.parametrize("reached", [False, True], ids=["before the call", "after it"])
@pytest.mark.parametrize("at", [STOP, START, JOB])
async def test_whoever_died_in_a_step(desk: Practice, at: str, reached: bool) -> None:
    """An attempt of which nobody knows what came is followed by a question; nothing is started twice."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    while True:
        now = await desk.get(run)
        if now.step == {STOP: Step.STOPPING, START: Step.STARTING, JOB: Step.WAITING}[at]:
            break
        await desk.step()
    desk.cloud.start_seconds = 0
    async with desk.desk.store.transaction() as tx:
        (item,) = await queue.claim(tx, now=desk.clock(), limit=1, lease=timedelta(seconds=120), lane=queue.DO)
    assert item.kind == "perform"
    if reached:
        await _call(desk, at)
    assert result(await desk.ended(run)) == ("done", "running", "")
    assert len(desk.cloud.done) == 1, "one job started it"


async def _call(desk: Practice, operation: str) -> None:
    """What the one who died had done."""
    app = desk.cloud.apps["orders"]
    if operation == STOP:
        app.running = False
    if operation == START:
        app.job, app.ready_at = "theirs", 0.0
        desk.cloud.done["theirs"] = "orders"


async def test_a_second_one_is_refused_while_one_runs(desk: Practice) -> None:
    """By whom and since when is said; the first goes on."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    with pytest.raises(RestartRuns) as caught:
        await performing.restart(desk.desk, Member("U0BOB", channels=EVERYWHERE), desk.place.id)
    assert (caught.value.by, caught.value.since) == (ALICE.id, run.began_at)
    with pytest.raises(RestartRuns):
        await performing.propose(desk.desk, ALICE, CHANNEL, None)
    await desk.ended(run)
    assert desk.made() == [STOP, START, JOB]


async def test_a_guest_restarts_nothing(desk: Practice) -> None:
    """Neither by command nor by a button."""
    guest = Member("U0DAVE", is_guest=True)
    with pytest.raises(NotAllowed):
        await performing.restart(desk.desk, guest, desk.place.id)
    with pytest.raises(NotAllowed):
        await performing.propose(desk.desk, guest, CHANNEL, None)
    assert desk.made() == []


async def test_a_reminder_that_was_answered_restarts_nothing(desk: Practice) -> None:
    """A click on an old message, after the restart was confirmed."""
    await desk.change()
    async with desk.desk.store.transaction() as tx:
        restart = await pending.of(tx, desk.place.id)
        assert restart is not None
        await pending.confirm(tx, restart_id=restart.id, by="U0BOB", at=desk.clock())
    with pytest.raises(RestartGone):
        await performing.restart_pending(desk.desk, ALICE, restart.id)
    assert desk.made() == []


async def test_started_again_after_it_was_left_stopped(desk: Practice) -> None:
    """Start alone; the alarm is over, and what was pending is loaded."""
    await desk.change()
    desk.clock.moment += timedelta(seconds=1)
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    failed = await desk.restarted()
    assert await desk.pending() == ["bank"]
    calls = len(desk.cloud.calls)
    run = await performing.start_again(desk.desk, ALICE, failed.id)
    assert result(await desk.ended(run)) == ("done", "running", "")
    assert desk.made()[calls:] == [STATE, START, JOB]
    assert [one.over for one in desk.said.alarms()] == [False, True]
    assert await desk.pending() == []
    with pytest.raises(RestartGone):
        await performing.start_again(desk.desk, ALICE, failed.id)


async def test_an_app_that_somebody_started_meanwhile_is_found_running(desk: Practice) -> None:
    """Nothing is started and nothing confirmed: what it has loaded is not known. The alarm is over."""
    await desk.change()
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    failed = await desk.restarted()
    desk.cloud.apps["orders"].running = True
    await desk.change("late")
    desk.clock.moment += timedelta(seconds=1)
    calls = len(desk.cloud.calls)
    run = await desk.ended(await performing.start_again(desk.desk, ALICE, failed.id))
    assert result(run) == ("done", "running", "")
    assert desk.made()[calls:] == [STATE]
    assert await desk.pending() == ["bank", "late"]
    assert [one.over for one in desk.said.alarms()] == [False, True]
    assert "runs: it was started already" in progress.title(run, desk.place)
    loaded = progress.state(run, desk.clock(), desk.desk.platforms.kind("mendix"))
    assert "do not know which changes it has loaded" in loaded


async def test_a_refused_restart_leaves_a_stopped_app_stopped(desk: Practice) -> None:
    """An earlier run left it so: nobody says that it runs."""
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    await desk.restarted()
    desk.cloud.troubles[STOP].append(answers(401))
    run = await desk.restarted()
    assert (run.outcome, run.app_state) == (Outcome.NOT_STOPPED, AppState.STOPPED)
    assert "nothing was changed" in progress.title(run, desk.place)


async def test_a_refusal_does_not_undo_a_stop_that_nobody_answered(desk: Practice) -> None:
    """The first is carried out late, the second is refused meanwhile: the app is found stopped, and started."""

    async def late(_request: web.Request) -> web.Response:
        desk.cloud.apps["orders"].running = False
        return web.Response(status=409, text="being stopped")

    desk.cloud.troubles[STOP].extend([answers(502, HTML), late])
    assert result(await desk.restarted()) == ("done", "running", "")
    assert desk.made() == [STOP, STATE, STOP, STATE, START, JOB]


async def test_a_stop_that_nobody_answered_is_waited_for(desk: Practice) -> None:
    """Still running when the time for stops is over, it is watched: what stops then is started again."""
    desk.pace = Pace(stop=timedelta(seconds=10), gone=timedelta(seconds=60))
    always(desk, STOP, answers(502, HTML))

    async def looked(_request: web.Request) -> web.Response:
        if desk.made().count(STATE) == 12:
            desk.cloud.apps["orders"].running = False
        return web.json_response({"Status": "Running"})

    desk.cloud.troubles[STATE].extend([looked] * 12)
    assert result(await desk.restarted()) == ("done", "running", "")


async def test_credentials_lost_after_a_stop_that_nobody_saw_answered(desk: Practice) -> None:
    """Who called it died, and the key is gone: nobody knows how the app is, and people are called."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    async with desk.desk.store.transaction() as tx:
        await queue.claim(tx, now=desk.clock(), limit=1, lease=timedelta(seconds=1), lane=queue.DO)
        await tx.session.execute(update(ConnectionRow).values(sealed_key=b"\x01changed"))
    desk.clock.moment += timedelta(minutes=3)
    assert result(await desk.ended(run)) == ("unknown", "unknown", "credentials")
    assert len(desk.said.alarms()) == 1


async def test_what_nobody_foresaw_does_not_block_for_ever(desk: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails in itself is tried for a while, and then the run ends with what is known: nothing."""
    monkeypatch.setattr(deploy_api.DeployApi, "state", _broken)
    desk.cloud.troubles[STOP].append(answers(502, HTML))
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    ended = await desk.ended(run, steps=60)
    assert (ended.outcome, ended.app_state) == (Outcome.UNKNOWN, AppState.UNKNOWN)
    assert len(desk.said.alarms()) == 1


async def _broken(_environment: object) -> AppState:
    raise ZeroDivisionError


async def test_confirmed_by_hand_the_alarm_is_over(desk: Practice) -> None:
    """Somebody started the app and said so on the reminder."""
    await desk.change()
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    await desk.restarted()
    async with desk.desk.store.transaction() as tx:
        restart = await pending.of(tx, desk.place.id)
    assert restart is not None
    await confirm(desk.desk, restart.id, ALICE)
    await desk.say()
    assert [one.over for one in desk.said.alarms()] == [False, True]


@dataclass
class Away(Said):
    """Slack is away: what is to be said is not, as long as ``reason`` says why."""

    reason: str | None = None
    standing: Receipt | None = None

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if self.reason is not None:
            raise NotSent(self.reason, sure=self.standing is None)
        return await super().send(facts, item)

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        return self.standing


@pytest.mark.parametrize("posted", [False, True])
async def test_an_alarm_that_comes_too_late(desk: Practice, posted: bool) -> None:
    """The app runs again before Slack takes the alarm: it calls nobody. One that may stand is found, and taken back."""
    await desk.change()
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    await desk.say()
    desk.said = away = Away(reason="no_answer", standing=Receipt(CHANNEL, "7.0", earlier=True) if posted else None)
    await desk.ended(run)
    async with desk.desk.store.transaction() as tx:
        restart = await pending.of(tx, desk.place.id)
    assert restart is not None
    await confirm(desk.desk, restart.id, ALICE)
    await desk.say()
    away.reason = None
    for _ in range(10):
        desk.clock.moment += timedelta(minutes=1)
        await desk.say()
    assert [(one.over, one.standing) for one in away.alarms()] == ([(True, (CHANNEL, "7.0"))] if posted else [])
    shown = [one for one in away.deliveries if isinstance(one, Progress)]
    assert shown
    assert all(one.over for one in shown)


async def test_an_alarm_comes_back_until_the_app_runs(desk: Practice) -> None:
    """Each working morning, in a freeze too, and only the last of several; then every one of them is taken back."""
    await freezes.add(desk.desk, ALICE, CHANNEL, None, first="2026-11-28", last="2026-12-20")
    desk.cloud.troubles[START].extend([says(500, "NO_MDA_HAS_BEEN_DEPLOYED")] * 2)
    first = await desk.restarted()
    second = await desk.ended(await performing.start_again(desk.desk, ALICE, first.id))
    said = []
    for _ in range(4 * 24):
        desk.clock.moment += timedelta(hours=1)
        before = len(desk.said.alarms())
        await desk.say()
        said += [(f"{desk.clock.moment:%a}", one.run.id, one.occurrence) for one in desk.said.alarms()[before:]]
    assert said == [("Mon", second.id, 2), ("Tue", second.id, 3)]
    assert await all_clear(desk.desk, ALICE, desk.place.id)
    desk.said.deliveries.clear()
    for _ in range(7):
        desk.clock.moment += timedelta(days=1)
        await desk.say()
    taken_back = sorted((one.run.id, one.occurrence, one.over) for one in desk.said.alarms())
    assert taken_back == sorted([(first.id, 1, True), *((second.id, number, True) for number in (1, 2, 3))])


async def test_only_the_newest_alarm_keeps_its_buttons(desk: Practice) -> None:
    """Those of earlier runs and mornings lose them when the next stands, each once."""
    desk.cloud.troubles[START].extend([says(500, "NO_MDA_HAS_BEEN_DEPLOYED")] * 2)
    first = await desk.restarted()
    second = await desk.ended(await performing.start_again(desk.desk, ALICE, first.id))
    assert [one.run.id for one in desk.said.retired()] == [first.id]
    for _ in range(2 * 24):
        desk.clock.moment += timedelta(days=1 / 12)
        await desk.say()
    posted = [one for one in desk.said.deliveries if isinstance(one, Alarm)]
    assert [(one.run.id, one.occurrence) for one in posted] == [(first.id, 1), *((second.id, n) for n in (1, 2, 3))]
    numbers = [desk.said.deliveries.index(one) + 1 for one in posted]
    assert [one.where for one in desk.said.retired()] == [(CHANNEL, f"{number}.0") for number in numbers[:-1]]


async def test_an_alarm_that_is_over_while_it_is_on_its_way(desk: Practice) -> None:
    """Confirmed between reading and posting: it is taken back at once."""
    await desk.change()
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    async with desk.desk.store.transaction() as tx:
        restart = await pending.of(tx, desk.place.id)
    assert restart is not None
    restart_id = restart.id

    class Meanwhile(Said):
        async def send(self, facts: Any, item: DueItem) -> Receipt | None:
            if isinstance(facts, Alarm) and not facts.over:
                await confirm(desk.desk, restart_id, ALICE)
                other = replace(desk, said=Said())
                await other.say()
                assert other.said.alarms() == []
            return await super().send(facts, item)

    desk.said = Meanwhile()
    await desk.restarted()
    await desk.say()
    assert [one.over for one in desk.said.alarms()] == [False, True]


async def test_the_first_message_of_a_run_in_doubt(desk: Practice) -> None:
    """Slack took it and did not answer, and the run had ended before anybody knew: the message says how."""

    class InDoubt(Said):
        async def send(self, facts: Any, item: DueItem) -> Receipt | None:
            if not isinstance(facts, Progress) or facts.standing is not None:
                return await super().send(facts, item)
            if item.unsure_since is None:
                raise NotSent("no_answer", sure=False)
            return Receipt(CHANNEL, "7.0", earlier=True)

    desk.said = InDoubt()
    desk.cloud.troubles[STOP].append(says(403, "NO_ACCESS"))
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    await desk.say()
    ended = await desk.ended(run)
    for _ in range(5):
        desk.clock.moment += timedelta(minutes=1)
        await desk.say()
    shown = [one for one in desk.said.deliveries if isinstance(one, Progress)]
    assert [(one.standing, one.run) for one in shown] == [((CHANNEL, "7.0"), await desk.get(ended))]


@pytest.mark.parametrize("standing", [True, False])
async def test_a_failed_run_that_is_over_while_its_message_is_on_its_way(desk: Practice, standing: bool) -> None:
    """Another replica may have shown that the app runs again, or found nothing to show it on: that is said last."""
    await desk.change()
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    async with desk.desk.store.transaction() as tx:
        restart = await pending.of(tx, desk.place.id)
    assert restart is not None
    restart_id = restart.id

    class Meanwhile(Said):
        async def send(self, facts: Any, item: DueItem) -> Receipt | None:
            if isinstance(facts, Progress) and facts.run.ended_at and not facts.over:
                await confirm(desk.desk, restart_id, ALICE)
                await replace(desk, said=Said()).say()
            return await super().send(facts, item)

    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    if standing:
        await desk.say()
    desk.said = Meanwhile()
    await desk.ended(run)
    for _ in range(5):
        await desk.say()
    *_, last = [one for one in desk.said.deliveries if isinstance(one, Progress)]
    assert last.over
    assert last.standing is not None


async def test_an_alarm_comes_back_whatever_another_app_does(desk: Practice) -> None:
    """Connected elsewhere, where a restart failed as well and was put right: the first app is still stopped."""
    desk.cloud.troubles[START].extend([says(500, "NO_MDA_HAS_BEEN_DEPLOYED")] * 2)
    first = await desk.restarted()
    await connect(desk.desk, desk.place, "billing", "test")
    second = await desk.restarted()
    for _ in range(4):
        desk.clock.moment += timedelta(days=1)
        await desk.say()
    await desk.ended(await performing.start_again(desk.desk, ALICE, second.id))
    desk.said.deliveries.clear()
    for _ in range(3):
        desk.clock.moment += timedelta(days=1)
        await desk.say()
    assert [one.run.id for one in desk.said.alarms() if not one.over] == [first.id] * 3


async def test_a_pipeline_that_confirms_in_the_middle(desk: Practice) -> None:
    """What it says speaks for a run of which nobody knows the end, and not against one that failed."""
    for name, trouble in (("UNKNOWN", answers(502, HTML)), ("NOT_STARTED", says(500, "START_FAILED"))):
        desk.said.deliveries.clear()
        run = await performing.restart(desk.desk, ALICE, desk.place.id)
        await desk.step()
        await desk.step()
        always(desk, JOB, trouble)
        async with desk.desk.store.transaction() as tx:
            now = desk.clock() + timedelta(seconds=1)
            assert not await all_clear_in(tx, desk.place.id, by="hook:abcd", now=now, loaded_at=now)
        with pytest.raises(RestartRuns):
            await all_clear(desk.desk, ALICE, desk.place.id)
        ended = await desk.ended(run)
        assert (str(ended.outcome), ended.has_recovered) == (name.lower(), name == "UNKNOWN")
        assert [one.over for one in desk.said.alarms()] == ([] if name == "UNKNOWN" else [False])
        desk.cloud.troubles[JOB].clear()


async def test_another_app_that_runs_says_nothing_of_the_one_that_was_left_stopped(desk: Practice) -> None:
    """The environment is connected elsewhere and restarted there: the alarm of the first app stands."""
    desk.cloud.troubles[START].append(says(500, "NO_MDA_HAS_BEEN_DEPLOYED"))
    await desk.restarted()
    await connect(desk.desk, desk.place, "billing", "test")
    assert result(await desk.restarted()) == ("done", "running", "")
    assert [one.over for one in desk.said.alarms()] == [False]
    assert await all_clear(desk.desk, ALICE, desk.place.id)
    await desk.say()
    assert [one.over for one in desk.said.alarms()] == [False, True]
    assert not await all_clear(desk.desk, ALICE, desk.place.id)


async def test_a_run_calls_nothing_but_what_it_began_with(desk: Practice) -> None:
    """Whatever the connection leads to by now: nothing else is stopped or started under its name."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    async with desk.desk.store.transaction() as tx:
        await tx.session.execute(update(PerformedRow).values(target="billing/Test"))
    assert result(await desk.ended(run)) == ("not_stopped", "running", "credentials")
    assert desk.made() == []


async def test_credentials_that_do_not_open_stop_nothing(desk: Practice) -> None:
    """Found out before anything is begun; in the middle, it ends with what is known."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    await desk.step()
    async with desk.desk.store.transaction() as tx:
        await tx.session.execute(update(ConnectionRow).values(sealed_key=b"\x01changed"))
    assert result(await desk.ended(run)) == ("not_started", "stopped", "credentials")
    with pytest.raises(ConnectionBroken):
        await performing.restart(desk.desk, ALICE, desk.place.id)


async def test_a_hanging_app_keeps_no_message_waiting(desk: Practice) -> None:
    """While a call hangs, what is owed to people is said."""
    desk.cloud.troubles[STOP].append(hangs)
    await performing.restart(desk.desk, ALICE, desk.place.id)
    hanging = asyncio.create_task(run_once(desk.desk, KINDS, Performer(desk.desk), lane=queue.DO, side_by_side=8))
    await asyncio.sleep(0.05)
    await desk.say()
    assert not hanging.done()
    assert len(desk.said.posted()) == 1
    await hanging


async def test_two_replicas_take_each_step_once(database_url: str) -> None:
    """Both begin at once: one is refused. Both take steps: the app is stopped once and started once, and told once."""
    async with practice(database_url, patience=10) as desk, open_store(database_url, desk.desk.store.ring) as store:
        other = replace(desk, desk=replace(desk.desk, store=store))
        begun = await asyncio.gather(
            *(performing.restart(each.desk, ALICE, desk.place.id) for each in (desk, other) * 2), return_exceptions=True
        )
        (run,) = [one for one in begun if isinstance(one, PerformedRestart)]
        assert all(isinstance(one, RestartRuns) for one in begun if one is not run)
        while (await desk.get(run)).ended_at is None:
            await asyncio.gather(desk.step(), other.step(), desk.step())
        assert (desk.made().count(STOP), desk.made().count(START)) == (1, 1)
        await asyncio.gather(desk.say(), other.say())
        assert len(desk.said.posted()) == 1


async def test_whoever_was_slower_changes_nothing(desk: Practice) -> None:
    """A step that was taken by another since: no second item, no second end."""
    run = await performing.restart(desk.desk, ALICE, desk.place.id)
    async with desk.desk.store.transaction() as tx:
        assert await runs.move(tx, run, step=Step.STARTING, since=desk.clock()) is not None
        assert await runs.move(tx, run, step=Step.STARTING, since=desk.clock()) is None
        ended = await runs.end(tx, run, outcome=Outcome.DONE, app_state=AppState.RUNNING, at=desk.clock())
    assert ended is None


async def test_the_api_key_stands_nowhere(
    desk: Practice, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in the logs, at DEBUG, through failures and hangs; nor in what is said."""
    caplog.set_level("DEBUG")
    desk.cloud.troubles[STOP].extend([hangs, cuts, answers(500, HTML)])
    await desk.restarted()
    assert API_KEY not in caplog.text + "".join(capsys.readouterr()) + repr(desk.said.deliveries)
