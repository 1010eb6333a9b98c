"""Messages of pending restarts and of restarts that Certdesk performs, from the facts of the outbox."""

from __future__ import annotations

from dataclasses import replace

from bot.desk.restarts.alarms import Alarm, AlarmRetired
from bot.desk.restarts.progress import Progress
from bot.desk.restarts.reminders import Reminder, ReminderRetired, ReminderUpdate
from bot.desk.restarts.token_watch import TokenEnds, TokenLook, TokenQuiet
from bot.slack.outbox.outgoing import Change, Outgoing, Post, Renderers, Rendering
from bot.slack.restarts import progress, reminders, tokens


async def _reminder(facts: Reminder, at: Rendering) -> Post:
    environment = facts.environment
    # The moment that it was snoozed until has come.
    restart = replace(facts.restart, snoozed_until=None, snoozed_by=None)
    message = reminders.pending(
        restart, environment, facts.occurrence, at.now, connected=facts.connected, proven=facts.proven
    )
    return Post(environment.channel, message)


async def _update(facts: ReminderUpdate, at: Rendering) -> Change | None:
    restart = facts.restart
    message = reminders.current(restart, facts.environment, at.now, connected=facts.connected, proven=facts.proven)
    if restart.message_channel and restart.message_ts:
        return Change((restart.message_channel, restart.message_ts), message)
    return None


async def _retired(facts: ReminderRetired, _at: Rendering) -> Change:
    return Change(facts.where, reminders.superseded(facts.environment, facts.where[0]))


async def _progress(facts: Progress, at: Rendering) -> Outgoing:
    run, environment = facts.run, facts.environment
    message = progress.progress(run, environment, at.now, facts.platform, over=facts.over)
    if facts.standing is None:
        return Post(environment.channel, message, by=run.by)
    return Change(facts.standing, message)


async def _alarm(facts: Alarm, _at: Rendering) -> Outgoing:
    run, environment = facts.run, facts.environment
    if facts.standing is not None:
        return Change(facts.standing, progress.alarm_over(run, environment, facts.platform))
    message = progress.alarm(run, environment, facts.platform, occurrence=facts.occurrence)
    return Post(environment.channel, message, by=run.by)


async def _alarm_retired(facts: AlarmRetired, _at: Rendering) -> Change:
    return Change(facts.where, progress.alarm_superseded(facts.run, facts.environment, facts.where[0]))


async def _token_look(_facts: TokenLook, _at: Rendering) -> None:
    """What it finds is planned after it: nothing is shown."""


async def _token_ends(facts: TokenEnds, _at: Rendering) -> Post:
    return Post(facts.environment.channel, tokens.ends(facts))


async def _token_quiet(facts: TokenQuiet, _at: Rendering) -> Post:
    return Post(facts.environment.channel, tokens.quiet(facts))


RESTART_MESSAGES: Renderers = {
    Reminder: _reminder,
    ReminderUpdate: _update,
    ReminderRetired: _retired,
    Progress: _progress,
    Alarm: _alarm,
    AlarmRetired: _alarm_retired,
    TokenLook: _token_look,
    TokenEnds: _token_ends,
    TokenQuiet: _token_quiet,
}
