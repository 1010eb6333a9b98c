"""Performing a restart: a step is one due item and one call, written down before and after, whoever takes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.desk.base.desk import Desk
from bot.desk.base.errors import ConnectionBroken
from bot.desk.base.platforms import Platform
from bot.desk.outbox.results import Again, Findable, Receipt
from bot.desk.restarts.alarms import end_alarms, schedule_alarm
from bot.desk.restarts.connections import revealed
from bot.desk.restarts.pending import CERTDESK, confirmed_in
from bot.desk.restarts.performing import StepDue, schedule_step
from bot.desk.restarts.progress import schedule_progress
from bot.desk.restarts.steps import LOST, STEPS, End, Moment, Next, Pace, Turn, Wait, cut_off, has_loaded
from store import AppState, DueItem, Outcome, PerformedRestart, ReadTransaction, Transaction, Unavailable
from store.restarts import connections, pending, runs

log = structlog.get_logger(__name__)

# As long as the store keeps who did something; no member's id comes near it.
_LONGEST_ACTOR = 32
_KEYS_AWAY_SECONDS = 5.0


class Performer:
    """Takes the next step of each restart that is under way."""

    def __init__(self, desk: Desk, pace: Pace | None = None) -> None:
        self._desk = desk
        self._pace = pace or Pace()

    async def send(self, facts: StepDue, item: DueItem) -> Receipt | None:
        """Take the step, and write down what came of it; raises :class:`Again` where the same step is due later."""
        turn = await self._turn(facts)
        if isinstance(turn, Wait):
            await self._show_time(facts.run)
            raise Again(turn.seconds)
        after = turn.step if isinstance(turn, Next) else turn.outcome
        log.info("restart_step", run=facts.run.id, step=str(facts.run.step), after=str(after))
        async with self._desk.store.transaction() as tx:
            await (self._go_on(tx, facts, turn) if isinstance(turn, Next) else self._end(tx, facts, turn))
        self._desk.nudge.set()
        return None

    async def find(self, facts: Findable, item: DueItem) -> Receipt | None:
        """Return None: a step leaves no message."""
        return None

    async def _turn(self, due: StepDue) -> Turn:
        try:
            platform = await self._platform(due)
        except ConnectionBroken:
            return cut_off(due.run, unsure=due.unsure)
        except Unavailable:
            if due.unsure:
                raise
            # Nothing was called: the next attempt need not ask what came of this one.
            raise Again(_KEYS_AWAY_SECONDS) from None
        moment = Moment(due.run, platform, due.unsure, self._desk.clock(), self._pace)
        try:
            return await STEPS[due.run.step](moment)
        except Exception as error:
            # Nobody foresaw it. It is tried again, but not for ever: meanwhile nobody else can restart the app.
            if not moment.is_late(self._pace.unforeseen):
                raise
            log.error("restart_given_up", run=due.run.id, step=str(due.run.step), kind=type(error).__name__)
            return End(Outcome.UNKNOWN, AppState.UNKNOWN, LOST)

    async def _platform(self, due: StepDue) -> Platform:
        async with self._desk.store.reading() as tx:
            connection = await connections.of(tx, due.environment.id)
            if connection is None:
                raise ConnectionBroken(due.environment.path)
            kind, settings = self._desk.platforms.of(connection), connection.settings
            if (kind.name, kind.target(settings)) != (due.run.kind, due.run.target):
                raise ConnectionBroken(due.environment.path)
            secret = await revealed(tx, due.environment, connection)
        return kind.client(settings, secret, due.environment, due.run)

    async def _show_time(self, run: PerformedRestart) -> None:
        """People see that time passes: the message is changed now and then, though nothing has happened."""
        now = self._desk.clock()
        if passed := int((now - run.step_at).total_seconds() / self._pace.shown):
            async with self._desk.store.transaction() as tx:
                await schedule_progress(tx, run, at=now, passed=passed)
            self._desk.nudge.set()

    async def _go_on(self, tx: Transaction, due: StepDue, turn: Next) -> None:
        now = self._desk.clock()
        since = now if turn.anew else due.run.step_at
        run = await runs.move(
            tx,
            due.run,
            step=turn.step,
            since=since,
            job=turn.job,
            reason=turn.reason,
            stopped_at=now if turn.stopped else None,
        )
        if run is not None:
            await schedule_progress(tx, run, at=now)
            await schedule_step(tx, run, at=now + timedelta(seconds=turn.seconds))

    async def _end(self, tx: Transaction, due: StepDue, turn: End) -> None:
        now, state = self._desk.clock(), turn.app_state
        if turn.outcome is Outcome.NOT_STOPPED and state is AppState.UNKNOWN:
            state = await self._as_before(tx, due.run)
        run = await runs.end(tx, due.run, outcome=turn.outcome, app_state=state, reason=turn.reason, at=now)
        if run is None:
            return
        if run.outcome is Outcome.DONE:
            await self._confirm(tx, run, now)
        elif run.outcome is not Outcome.NOT_STOPPED and not run.has_recovered:
            await schedule_alarm(tx, run, at=now)
        await schedule_progress(tx, run, at=now)

    async def _as_before(self, tx: ReadTransaction, run: PerformedRestart) -> AppState:
        """Return the state of an app that this run did not touch: it runs, unless an earlier run left it otherwise."""
        failed = await runs.failed_before(tx, run.environment_id, run.began_at, like=run)
        return failed[-1].app_state or AppState.UNKNOWN if failed else AppState.RUNNING

    async def _confirm(self, tx: Transaction, run: PerformedRestart, now: datetime) -> None:
        """Confirm what the app has loaded, if the run knows it, and end earlier alarms: it runs.

        An app that was found running, and was not seen stopped, may have been started before anything was changed.
        """
        open_restart = await pending.of(tx, run.environment_id)
        if open_restart is not None and has_loaded(run):
            by = f"{CERTDESK}{run.by}"[:_LONGEST_ACTOR]
            await confirmed_in(tx, open_restart.id, by=by, now=now, loaded_at=run.began_at, run=run)
        await end_alarms(tx, run.environment_id, before=run.began_at, at=now, like=run)
