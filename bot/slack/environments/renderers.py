"""Messages about an environment, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.environments.freezes import Freeze
from bot.desk.environments.ownerless import Ownerless, OwnersLook, look
from bot.desk.outbox.notices import Notice
from bot.slack.environments.messages import freeze, ownerless
from bot.slack.environments.notices import notice
from bot.slack.outbox.outgoing import Post, Renderers, Rendering


async def _freeze(facts: Freeze, at: Rendering) -> Post:
    message = freeze(facts.environment, facts.by, facts.span, at.now)
    return Post(facts.environment.channel, message, by=facts.by)


async def _notice(facts: Notice, _at: Rendering) -> Post:
    return Post(facts.channel, notice(facts), by=facts.by)


async def _owners_look(facts: OwnersLook, at: Rendering) -> None:
    await look(at.desk, facts.environment, at.people)


async def _ownerless(facts: Ownerless, _at: Rendering) -> Post:
    return Post(facts.told, ownerless(facts.environment))


ENVIRONMENT_MESSAGES: Renderers = {
    Freeze: _freeze,
    Notice: _notice,
    OwnersLook: _owners_look,
    Ownerless: _ownerless,
}
