"""Warnings that something expires and weekly lists, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.expiry.seen import ExpiryWarningSeen, WeeklyListSeen
from bot.desk.expiry.warnings import ExpiryWarning
from bot.desk.expiry.weekly_list import WeeklyList
from bot.slack.expiry import messages
from bot.slack.outbox.outgoing import Change, Post, Renderers, Rendering
from store import Authority, Version


def _expires_first(target: Version | Authority) -> str:
    """Return the name of the chain's certificate that expires before the client certificate; empty if none does."""
    return target.expires_first if isinstance(target, Version) else ""


async def _warning(facts: ExpiryWarning, at: Rendering) -> Post:
    one = facts.ending
    earliest = _expires_first(one.target)
    message = messages.warning(one, item=facts.item, mention=facts.mention, earliest=earliest, now=at.now)
    return Post(one.environment.channel, message, by=one.environment.created_by)


async def _warning_seen(facts: ExpiryWarningSeen, at: Rendering) -> Change:
    earliest = _expires_first(facts.ending.target)
    return Change(facts.where, messages.seen(facts.ending, facts.by, earliest=earliest, now=at.now))


async def _weekly_list(facts: WeeklyList, at: Rendering) -> Post:
    now, by = at.now, facts.lines[0].ending.environment.created_by
    message = messages.digest(facts.lines, now, item=facts.item)
    return Post(facts.channel, message, by=by, elsewhere=messages.digest_elsewhere(facts.lines, now))


async def _weekly_list_seen(facts: WeeklyListSeen, at: Rendering) -> Change:
    return Change(facts.where, messages.digest_seen(facts.endings, facts.by, at.now, more=facts.more))


EXPIRY_MESSAGES: Renderers = {
    ExpiryWarning: _warning,
    ExpiryWarningSeen: _warning_seen,
    WeeklyList: _weekly_list,
    WeeklyListSeen: _weekly_list_seen,
}
