"""The steps of a restart: from one call, and what it answered, to what is to be done next.

A step whose earlier attempt may or may not have reached the platform asks first how the app is. What is never known is
never claimed: where nobody can tell in time, the run ends with that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.base.platforms import (
    NO_SUCH_JOB,
    STARTS_ALREADY,
    STOP_FAILED,
    DidNotStart,
    NotReached,
    Platform,
    PlatformError,
    Refused,
    Unclear,
)
from store import AppState, Outcome, PerformedRestart, Step

NOT_HEARD = frozenset({"unreachable", "busy"})
"""Names of :class:`NotReached`: the platform has not heard the call."""
TIMED_OUT, LOST, BROKEN = "timed_out", "lost", "credentials"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each phase may take, and how often it is asked; ``shown`` is how often people see time pass."""

    stop: timedelta = timedelta(minutes=2)
    start: timedelta = timedelta(minutes=3)
    wait: timedelta = timedelta(minutes=15)
    gone: timedelta = timedelta(minutes=1)
    unforeseen: timedelta = timedelta(minutes=30)
    poll: float = 3.0
    shown: float = 20.0


@dataclass(frozen=True, slots=True)
class Next:
    """Go on to another step; ``anew`` where a new phase begins with it, ``stopped`` where the app was seen stopped.

    Who takes over from somebody who died has all the time of the phase: what went by meanwhile tried nothing.
    """

    step: Step
    job: str | None = None
    reason: str | None = None
    anew: bool = True
    seconds: float = 0.0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """The same step once more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """It is over."""

    outcome: Outcome
    app_state: AppState
    reason: str | None = None


Turn = Next | Wait | End
DONE = End(Outcome.DONE, AppState.RUNNING)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a step has to go by."""

    run: PerformedRestart
    platform: Platform
    unsure: bool
    now: datetime
    pace: Pace

    def is_late(self, allowed: timedelta) -> bool:
        """Return whether the phase has taken longer than that."""
        return self.now - self.run.step_at >= allowed


async def stopping(one: Moment) -> Turn:
    """Stop the app. Only a clear yes leads on to the start."""
    if one.unsure:
        return Next(Step.STOP_UNSURE, reason=LOST)
    try:
        await one.platform.stop()
    except PlatformError as error:
        return _not_stopped(one, error)
    return Next(Step.STARTING, stopped=True)


def _not_stopped(one: Moment, error: PlatformError) -> Turn:
    if isinstance(error, Unclear) or error.name == STOP_FAILED:
        return Next(Step.STOP_UNSURE, reason=error.name, anew=False)
    if _may_be_under_way(one.run):
        # What is refused now does not call back the stop before it, which nobody answered.
        return Next(Step.STOP_UNSURE, reason=one.run.reason, anew=False, seconds=one.pace.poll)
    if isinstance(error, NotReached):
        return _patient(one, one.pace.stop, error, _untouched(error.name))
    return _untouched(error.name)


async def stop_unsure(one: Moment) -> Turn:
    """Find out whether it was stopped: if not, stopping once more does no harm."""
    state, trouble = await _state(one)
    # A stop that nobody answered may still be carried out: after the last of them the app is watched for a while.
    over = one.is_late(one.pace.stop + one.pace.gone)
    if state is AppState.STOPPED:
        return Next(Step.STARTING, stopped=True)
    if state is AppState.RUNNING and (over or one.run.reason == STOP_FAILED):
        return End(Outcome.NOT_STOPPED, AppState.RUNNING, one.run.reason)
    if state is AppState.RUNNING and not one.is_late(one.pace.stop):
        return Next(Step.STOPPING, reason=one.run.reason, anew=False, seconds=one.pace.poll)
    if over:
        return End(Outcome.UNKNOWN, AppState.UNKNOWN, trouble or one.run.reason)
    return Wait(one.pace.poll)


async def starting(one: Moment) -> Turn:
    """Start the app, which is stopped: whatever keeps it from starting leaves it so."""
    if one.unsure:
        return Next(Step.START_UNSURE, reason=LOST)
    try:
        begun = await one.platform.start()
    except NotReached as error:
        return _patient(one, one.pace.start, error, End(Outcome.NOT_STARTED, AppState.STOPPED, error.name))
    except Refused as error:
        if error.name == STARTS_ALREADY:
            return Next(Step.LOOKING, reason=error.name)
        return End(Outcome.NOT_STARTED, AppState.STOPPED, error.name)
    except Unclear as error:
        return Next(Step.START_UNSURE, reason=error.name, anew=False)
    return DONE if begun.running else Next(Step.WAITING, job=begun.job, stopped=True)


async def start_unsure(one: Moment) -> Turn:
    """Find out whether it runs: if not, the platform itself refuses a second job beside a first.

    A run that only starts what another left stopped begins with this: somebody may have started it by hand.
    """
    state, trouble = await _state(one)
    if state is AppState.RUNNING:
        return DONE
    if one.is_late(one.pace.start):
        stopped = state is AppState.STOPPED
        return End(
            Outcome.NOT_STARTED if stopped else Outcome.UNKNOWN, state, one.run.reason if stopped else trouble or None
        )
    if state is AppState.STOPPED:
        asked = one.run.reason is not None
        return Next(Step.STARTING, anew=not asked, seconds=one.pace.poll if asked else 0.0, stopped=True)
    return Wait(one.pace.poll)


async def waiting(one: Moment) -> Turn:
    """Ask for the job until it has started the app."""
    late = one.is_late(one.pace.wait)
    try:
        started = await one.platform.started(one.run.job or "")
    except DidNotStart as error:
        return End(Outcome.NOT_STARTED, AppState.STOPPED, error.name)
    except Refused as error:
        if error.name == NO_SUCH_JOB:
            return Next(Step.LOOKING, reason=error.name)
        return End(Outcome.UNKNOWN, AppState.UNKNOWN, error.name)
    except PlatformError as error:
        wait = error.seconds if isinstance(error, NotReached) else one.pace.poll
        return End(Outcome.UNKNOWN, AppState.UNKNOWN, error.name) if late else Wait(wait)
    if started:
        return DONE
    return End(Outcome.UNKNOWN, AppState.UNKNOWN, TIMED_OUT) if late else Wait(one.pace.poll)


async def looking(one: Moment) -> Turn:
    """Wait for a start of which nobody has the job: somebody else's, or one that is not known any more."""
    state, trouble = await _state(one)
    if state is AppState.RUNNING:
        return DONE
    if not one.is_late(one.pace.gone if one.run.reason == NO_SUCH_JOB else one.pace.wait):
        return Wait(one.pace.poll)
    if state is AppState.STOPPED:
        return End(Outcome.NOT_STARTED, state, one.run.reason)
    return End(Outcome.UNKNOWN, AppState.UNKNOWN, trouble or TIMED_OUT)


async def calling(one: Moment) -> Turn:
    """Make the one call that does it all; a second time only if the first did certainly not get there."""
    if one.unsure:
        return End(Outcome.UNKNOWN, AppState.UNKNOWN, LOST)
    try:
        begun = await one.platform.start()
    except NotReached as error:
        return _patient(one, one.pace.stop, error, _untouched(error.name))
    except Refused as error:
        return _untouched(error.name)
    except Unclear as error:
        return End(Outcome.UNKNOWN, AppState.UNKNOWN, error.name)
    return DONE if begun.running else Next(Step.WAITING, job=begun.job, stopped=True)


STEPS: Mapping[Step, Callable[[Moment], Awaitable[Turn]]] = {
    Step.STOPPING: stopping,
    Step.STOP_UNSURE: stop_unsure,
    Step.STARTING: starting,
    Step.START_UNSURE: start_unsure,
    Step.WAITING: waiting,
    Step.LOOKING: looking,
    Step.CALLING: calling,
}


async def _state(one: Moment) -> tuple[AppState, str]:
    """Return what the platform says of the app, or why it does not say."""
    try:
        return await one.platform.state(), ""
    except PlatformError as error:
        return AppState.UNKNOWN, error.name


def _patient(one: Moment, allowed: timedelta, error: NotReached, end: End) -> Next | Wait | End:
    """Make a call again that did not get there, until the phase has taken too long.

    As the same step with a new item: the attempt is over, and the next need not ask what came of it.
    """
    return end if one.is_late(allowed) else Next(one.run.step, anew=False, reason=error.name, seconds=error.seconds)


def has_loaded(run: PerformedRestart) -> bool:
    """Return whether an app that runs has loaded what was changed before the run began, as far as the run knows."""
    return run.stopped_at is not None or run.step is Step.CALLING


def _untouched(reason: str) -> End:
    """End a run that did nothing: the app is as it was, however that may be."""
    return End(Outcome.NOT_STOPPED, AppState.UNKNOWN, reason)


def _may_be_under_way(run: PerformedRestart) -> bool:
    """Return whether an earlier stop was heard, as far as anybody knows."""
    return run.reason is not None and run.reason not in NOT_HEARD


def cut_off(run: PerformedRestart, *, unsure: bool) -> End:
    """End a run whose credentials cannot be decrypted any more: what is left behind depends on how far it had come."""
    step = run.step
    if unsure or (step is Step.STOPPING and _may_be_under_way(run)):
        return End(Outcome.UNKNOWN, AppState.UNKNOWN, BROKEN)
    if step in {Step.STOPPING, Step.CALLING}:
        return _untouched(BROKEN)
    if step is Step.STARTING:
        return End(Outcome.NOT_STARTED, AppState.STOPPED, BROKEN)
    return End(Outcome.UNKNOWN, AppState.UNKNOWN, BROKEN)
