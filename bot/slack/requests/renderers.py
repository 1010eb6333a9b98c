"""Messages about requests, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.requests.kinds import RequestCard, RequestEnding, RequestUpdate
from bot.slack.outbox.outgoing import Change, Post, Renderers, Rendering
from bot.slack.requests import messages


async def _card(facts: RequestCard, _at: Rendering) -> Post:
    message = messages.waits(facts.request, facts.environment)
    return Post(facts.environment.channel, message, by=facts.request.asked_by)


async def _update(facts: RequestUpdate, _at: Rendering) -> Change:
    return Change(facts.where, messages.ended(facts.request, facts.environment))


async def _ending(facts: RequestEnding, _at: Rendering) -> Post:
    message = messages.ending(facts.request, facts.environment)
    return Post(facts.environment.channel, message, by=facts.request.asked_by)


REQUEST_MESSAGES: Renderers = {RequestCard: _card, RequestUpdate: _update, RequestEnding: _ending}
