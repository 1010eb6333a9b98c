"""Messages about delivery, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.delivery.behind import Behind
from bot.slack.delivery import messages
from bot.slack.outbox.outgoing import Post, Renderers, Rendering


async def _behind(facts: Behind, _at: Rendering) -> Post:
    return Post(facts.environment.channel, messages.behind(facts))


DELIVERY_MESSAGES: Renderers = {Behind: _behind}
