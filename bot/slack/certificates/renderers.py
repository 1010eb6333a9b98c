"""Messages about a change of certificates, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.certificates.kinds import ChangeCard, RemovedCard
from bot.slack.certificates import cards
from bot.slack.outbox.outgoing import Post, Renderers, Rendering


async def _removed(facts: RemovedCard, _at: Rendering) -> Post:
    message = cards.removed(facts.target, facts.environment, facts.by, facts.approved_by)
    return Post(facts.environment.channel, message, by=facts.by)


async def _changed(facts: ChangeCard, _at: Rendering) -> Post:
    message = cards.deed(facts.version, facts.environment, facts.what, facts.by, facts.approved_by)
    return Post(facts.environment.channel, message, by=facts.by)


CERTIFICATE_MESSAGES: Renderers = {RemovedCard: _removed, ChangeCard: _changed}
