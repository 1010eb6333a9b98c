"""Messages about delivery, from the facts of the outbox."""

from __future__ import annotations

from bot.desk.delivery.behind import Behind
from bot.desk.delivery.handing_out import HandOutReady
from bot.desk.delivery.page_links import LinkRefused
from bot.desk.delivery.partners.watch import PartnersNews
from bot.slack.delivery import handing_out, messages, partners
from bot.slack.outbox.outgoing import Post, Renderers, Rendering, Whisper


async def _behind(facts: Behind, _at: Rendering) -> Post:
    return Post(facts.environment.channel, messages.behind(facts))


async def _ready(facts: HandOutReady, _at: Rendering) -> Whisper:
    return Whisper(facts.link.channel, facts.link.member, handing_out.ready(facts))


async def _refused(facts: LinkRefused, _at: Rendering) -> Whisper:
    return Whisper(facts.link.channel, facts.link.member, handing_out.refused(facts))


async def _partners(facts: PartnersNews, _at: Rendering) -> Post:
    return Post(facts.channel, partners.news(facts))


DELIVERY_MESSAGES: Renderers = {
    Behind: _behind,
    HandOutReady: _ready,
    LinkRefused: _refused,
    PartnersNews: _partners,
}
