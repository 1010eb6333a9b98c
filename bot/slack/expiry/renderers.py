"""Warnings that something expires and weekly lists, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.expiry.seen import ExpiryWarningSeen, WeeklyListSeen
from bot.desk.expiry.warnings import ExpiryWarning
from bot.desk.expiry.weekly_list import WeeklyList
from bot.slack.expiry import messages
from bot.slack.outbox.outgoing import Change, Post, Renderers, Rendering


async def _warning(facts: ExpiryWarning, at: Rendering) -> Post:
    endings = [line.ending for line in facts.lines]
    message = messages.warning(endings, item=facts.item, mention=facts.mention, now=at.now)
    return Post(facts.channel, message, by=facts.environment.created_by)


async def _warning_seen(facts: ExpiryWarningSeen, at: Rendering) -> Change:
    return Change(facts.where, messages.seen(facts.endings, facts.by, now=at.now))


async def _weekly_list(facts: WeeklyList, at: Rendering) -> Post:
    now, by = at.now, facts.lines[0].ending.environment.created_by
    more = facts.expired_more
    message = messages.digest(facts.lines, now, item=facts.item, expired_more=more, head=facts.head)
    elsewhere = messages.digest_elsewhere(facts.lines, now, expired_more=more)
    return Post(facts.channel, message, by=by, elsewhere=elsewhere)


async def _weekly_list_seen(facts: WeeklyListSeen, at: Rendering) -> Change:
    return Change(facts.where, messages.digest_seen(facts.endings, facts.by, at.now, rest=facts.rest))


EXPIRY_MESSAGES: Renderers = {
    ExpiryWarning: _warning,
    ExpiryWarningSeen: _warning_seen,
    WeeklyList: _weekly_list,
    WeeklyListSeen: _weekly_list_seen,
}
