"""The messages of a restart that Certdesk performs, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.desk.base.platforms import NO_SUCH_JOB, PlatformKind, Platforms
from bot.desk.restarts.pending import Recovered
from bot.desk.restarts.performing import Proposal
from bot.desk.restarts.steps import has_loaded
from bot.slack.kit import blocks, calendar, labels, times
from bot.slack.kit.blocks import Block, Element, Message
from bot.slack.kit.escape import channel, code, member
from bot.slack.kit.people import owners
from bot.slack.kit.text import count
from bot.slack.restarts.platform_errors import why
from store import AppState, Environment, Outcome, PerformedRestart, Step

RESTART_NOW, RESTART_YES, NOT_NOW, START_AGAIN = "Restart now…", "Restart now", "Not now", "Try start again"
IT_RUNS = "It runs"

OR_LET_ME = f"Or click *{RESTART_NOW}*, and I do it."
_WORTH_SAYING = timedelta(seconds=5)


WHAT_HAPPENS = (
    "The app goes down: whoever uses it is cut off, and what they have not saved is lost. Then it is started again, "
    "which takes some minutes. I show in the channel how far it has come."
)


def _question(proposal: Proposal, now: datetime) -> str:
    """Return the question that is asked before an app is stopped."""
    environment, what = proposal.environment, _what(proposal.platform, proposal.target)
    asked = f"*Restart {environment.path} now?* This is about {what}. {WHAT_HAPPENS}"
    until = calendar.frozen_until(environment, now)
    return f"{asked}\n*A change freeze is on until {until}.*" if until else asked


def _what(platform: PlatformKind, target: str) -> str:
    return f"{platform.words.app} {code(target, 120)}"


def title(run: PerformedRestart, environment: Environment) -> str:
    """Return the first line of a run's message."""
    path = environment.path
    if run.outcome is None:
        return f"*{path} is being restarted*"
    if run.outcome is Outcome.DONE:
        return f"*{path} was restarted*" if has_loaded(run) else f"*{path} runs: it was started already*"
    if run.outcome is Outcome.NOT_STOPPED:
        known = run.app_state is AppState.RUNNING
        return f"*{path} was not restarted: {'it runs as before' if known else 'nothing was changed'}*"
    if run.outcome is Outcome.NOT_STARTED:
        return f":red_circle: *{path} was STOPPED and not started again*"
    return f":red_circle: *Nobody knows whether {path} runs*"


def state(run: PerformedRestart, now: datetime, platform: PlatformKind) -> str:
    """Return what is going on, or how the run ended."""
    if run.outcome is None:
        return _going_on(run, now, platform)
    took = times.lasting((run.ended_at or now) - run.began_at)
    if run.outcome is Outcome.DONE:
        if not has_loaded(run):
            return (
                "I did not start the app, so I do not know which changes it has loaded. They stay pending: "
                f"restart it, or click *{labels.RESTARTED}* on the reminder if it was started after the last change."
            )
        known = "The pipeline reports the restart" if platform.by_itself else "The app was stopped in between"
        return f"It runs again, after {took}. {known}, so changes from before it began are no longer pending."
    reason = why(run.reason, platform.words)
    if run.outcome is Outcome.NOT_STOPPED:
        return f"{reason} The changes stay pending. Fix this and try again, or restart the app by hand."
    if run.outcome is Outcome.NOT_STARTED:
        return f"{reason} The message below says what to do."
    return f"{reason} The message below says what to check."


def _going_on(run: PerformedRestart, now: datetime, platform: PlatformKind) -> str:
    spent = f", for {times.lasting(now - run.step_at)} so far" if now - run.step_at >= _WORTH_SAYING else ""
    if platform.by_itself and run.step is Step.WAITING:
        return f"The pipeline is running{spent}. I check every few seconds, for up to 15 minutes."
    lines = {
        Step.CALLING: "I am asking the pipeline to restart the app.",
        Step.STOPPING: "Stopping the app. Its users are cut off now.",
        Step.STOP_UNSURE: "I got no clear answer when I stopped the app. I am checking whether it still runs.",
        Step.STARTING: "The app is stopped. Starting it now.",
        Step.START_UNSURE: "The app is stopped. I got no clear answer when I started it. I am checking again.",
        Step.WAITING: (f"The app is starting{spent}. I check every few seconds, for up to 15 minutes."),
        Step.LOOKING: f"The app is starting{spent}, by a job that is not mine. I watch it for up to 15 minutes.",
    }
    if run.step is Step.LOOKING and run.reason == NO_SUCH_JOB:
        return "The platform no longer knows my start job. I am checking for a minute whether the app runs."
    if run.step is Step.START_UNSURE and run.reason is None:
        return "I am checking whether the app runs before I start it."
    if run.step in {Step.STOPPING, Step.STARTING, Step.CALLING} and run.reason:
        return f"{lines[run.step]} {why(run.reason, platform.words)} I keep trying for some minutes."
    return lines[run.step]


def begun_by(run: PerformedRestart, environment: Environment, platform: PlatformKind) -> str:
    """Return the small print of a run's message."""
    when = times.minute(run.began_at, environment.timezone)
    return f"Begun by {member(run.by)}, {when}, for {_what(platform, run.target)}"


def runs_again(run: PerformedRestart, environment: Environment, platform: PlatformKind) -> tuple[str, str]:
    """Return the two lines of a failed run's message once its app runs again."""
    reason = why(run.reason, platform.words)
    if run.outcome is Outcome.NOT_STARTED:
        return f"*{environment.path} runs again*", f"This restart had left it stopped. {reason}"
    return f"*{environment.path} runs*", f"After this restart it was not known whether the app ran. {reason}"


def alarm_head(run: PerformedRestart, environment: Environment, occurrence: int) -> str:
    """Return the heading of an alarm, which is plain text."""
    if run.outcome is Outcome.NOT_STARTED:
        return f"\N{LARGE RED CIRCLE} {environment.path} is {'still ' * (occurrence > 1)}STOPPED"
    return f"\N{LARGE RED CIRCLE} {environment.path}: check whether it runs"


def alarm_call(run: PerformedRestart, environment: Environment, occurrence: int) -> str:
    """Return the mentions of the owners and of who began the restart, and what happened."""
    called = " ".join(dict.fromkeys([*owners(environment).split(), member(run.by)]))
    stopped = run.outcome is Outcome.NOT_STARTED
    if occurrence > 1:
        what = "The app was left stopped" if stopped else "A restart finished without a clear result"
        return f"{called}: *{what}, {_ended(run, environment)}, and nobody has reported since that it runs.*"
    if stopped:
        return f"{called}: *The app was stopped for a restart and did not start again. Nobody can use it now.*"
    return f"{called}: *A restart began, and I do not know whether the app runs.* It may be down."


def alarm_stands(run: PerformedRestart, environment: Environment) -> str:
    """Return the line for an alarm that is not over, for overviews."""
    return f":red_circle: *{environment.path} {_trouble(run)}*, {_ended(run, environment)}."


def _trouble(run: PerformedRestart) -> str:
    return (
        "was left STOPPED"
        if run.outcome is Outcome.NOT_STARTED
        else "may be down: a restart finished without a clear result"
    )


def _ended(run: PerformedRestart, environment: Environment) -> str:
    return times.minute(run.ended_at or run.began_at, environment.timezone)


def alarm_next(run: PerformedRestart, platform: PlatformKind) -> str:
    """Return what to do by hand, in order."""
    done = f"click *{IT_RUNS}* below."
    if platform.by_itself:
        return (
            "*What to do*\n1.  Check the app and your pipeline's log of this run.\n"
            "2.  If the app is down, start it there.\n"
            f"3.  Once it runs, {done}"
        )
    where, start = platform.words.console, platform.words.start
    again = f"click *{START_AGAIN}* below. If the app runs already, that changes nothing."
    if run.outcome is Outcome.NOT_STARTED:
        return (
            f"*What to do*\n1.  Fix the problem above, then {again}\n"
            f"2.  Or start it by hand: {start}, {where}. The log there has details.\n"
            f"3.  Once you have started it by hand, {done}"
        )
    return (
        f"*What to do*\n1.  Check the app {where}.\n"
        f"2.  If it is stopped, {again} Or click {start} there.\n"
        f"3.  If it runs, {done}"
    )


def _over(run: PerformedRestart, environment: Environment) -> str:
    """Return the text of an alarm once the app runs again."""
    when = _ended(run, environment)
    if run.outcome is Outcome.NOT_STARTED:
        return f"*{environment.path} runs again.* It was left stopped, {when}."
    return f"*{environment.path} runs.* It was not known whether it ran, {when}."


def progress(
    run: PerformedRestart, environment: Environment, now: datetime, platform: PlatformKind, *, over: bool = False
) -> Message:
    """Return the message of a run, which is changed as it goes on; ``over`` when the app of a failed run runs again."""
    below = blocks.context(begun_by(run, environment, platform))
    if over:
        again, before = runs_again(run, environment, platform)
        return blocks.say(again, blocks.section(before), below)
    buttons = []
    if run.outcome is Outcome.NOT_STOPPED:
        buttons = [blocks.actions(restart_now(f"environment:{environment.id}", environment))]
    standing = blocks.section(state(run, now, platform))
    return blocks.say(title(run, environment), standing, *buttons, below)


def alarm(run: PerformedRestart, environment: Environment, platform: PlatformKind, *, occurrence: int = 1) -> Message:
    """Return the alarm: the app is down, or may be."""
    call = alarm_call(run, environment, occurrence)
    return Message(
        f"{title(run, environment)} {call}",
        (
            blocks.header(alarm_head(run, environment, occurrence)),
            blocks.section(call),
            blocks.section(f"*Why*\n{why(run.reason, platform.words)}"),
            blocks.section(alarm_next(run, platform)),
            alarm_buttons(run, platform),
            blocks.context(begun_by(run, environment, platform)),
        ),
    )


def alarm_over(run: PerformedRestart, environment: Environment, platform: PlatformKind) -> Message:
    """Return the alarm once the app runs again."""
    return blocks.say(_over(run, environment), blocks.context(begun_by(run, environment, platform)))


def alarm_superseded(run: PerformedRestart, environment: Environment, where: str) -> Message:
    """Return the text of an alarm in the channel ``where`` that a newer one replaces."""
    newer = "A newer alarm is below."
    if where != environment.channel:
        newer = f"The environment belongs to {channel(environment.channel)} now: its alarms are posted there."
    text = f"{environment.path} {_trouble(run)}, {_ended(run, environment)}. {newer}"
    return Message(text, (blocks.context(text),))


def ask(proposal: Proposal, now: datetime) -> Message:
    """Return the question of `/cert restart now`."""
    environment = proposal.environment
    yes = blocks.button(RESTART_YES, "perform_yes", f"environment:{environment.id}", style="danger")
    no = blocks.button(NOT_NOW, "perform_no", environment.id)
    return blocks.say(_question(proposal, now), blocks.actions(yes, no))


def restart_now(value: str, environment: Environment) -> Element:
    """Return the button, which asks before it counts; ``value`` is what it restarts."""
    confirm = blocks.confirmation(f"Restart {environment.path} now?"[:100], WHAT_HAPPENS, RESTART_YES, NOT_NOW)
    return blocks.button(RESTART_NOW, "perform", value, confirm=confirm)


def alarm_buttons(run: PerformedRestart, platform: PlatformKind, *, at: str = "") -> Block:
    """Return the buttons of an alarm; ``at`` stands before their ids, for a place that has listeners of its own."""
    runs = blocks.button(IT_RUNS, f"{at}alarm_done", run.id)
    if platform.by_itself:
        return blocks.actions(runs)
    return blocks.actions(blocks.button(START_AGAIN, f"{at}perform_start", run.id, style="primary"), runs)


def alarm_reminder(
    several: Sequence[tuple[Environment, PerformedRestart]], platforms: Platforms, *, guest: bool, at: str = ""
) -> list[Block]:
    """Return the alarms that are not over, for overviews, each with its buttons; a guest gets none."""
    made: list[Block] = []
    for environment, run in several:
        made.append(blocks.section(alarm_stands(run, environment)))
        if not guest:
            made.append(alarm_buttons(run, platforms.kind(run.kind), at=at))
    return made


def recovered(done: Recovered) -> str:
    """Return the answer to *It runs*."""
    path = done.environment.path
    if not done.first:
        return f"The alarm of *{path}* was over already."
    if done.restart is None:
        return all_clear(done.environment)
    waiting = count(len(done.restart.changes), "change still waits", "changes still wait")
    return (
        f"The alarm of *{path}* is over. {waiting} for a restart: if the app was started after the last change, click "
        f"*{labels.RESTARTED}* on the reminder."
    )


def all_clear(environment: Environment) -> str:
    """Return the answer if an alarm is over and nothing is pending."""
    return f"The alarm of *{environment.path}* is over. Nothing waits for a restart there."
