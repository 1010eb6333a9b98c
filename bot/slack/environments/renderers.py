"""Messages about an environment, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.environments.freezes import Freeze
from bot.slack.environments.messages import freeze
from bot.slack.outbox.outgoing import Post, Renderers, Rendering


async def _freeze(facts: Freeze, at: Rendering) -> Post:
    message = freeze(facts.environment, facts.by, facts.span, at.now)
    return Post(facts.environment.channel, message, by=facts.by)


ENVIRONMENT_MESSAGES: Renderers = {Freeze: _freeze}
