"""Messages about dropped files and what was added from them, from the facts of the outbox."""

from __future__ import annotations

import structlog

from bot.desk.base.errors import FileTrouble, UnknownMembers, UnknownPerson
from bot.desk.deposit import left_keys, uploads
from bot.desk.deposit.kinds import AuthoritiesCard, Card, Cleanup, OfferDue
from bot.desk.deposit.left_keys import KeyLeaked, KeyLeft
from bot.slack.certificates import cards
from bot.slack.deposit.errors import of_file
from bot.slack.deposit.messages import key_gone, key_leaked, key_left, key_still_there, offered
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.errors import sentence
from bot.slack.outbox.outgoing import Post, Renderers, Rendering, Whisper
from store import Upload

log = structlog.get_logger(__name__)


async def _offer(facts: OfferDue, at: Rendering) -> Whisper | None:
    upload, files = facts.upload, at.files
    file_id = upload.file_id
    if file_id is None:
        return None
    name = ""
    try:
        info = await files.info(file_id)
        name = info.name
        offer = await uploads.offer(at.desk, upload.id, info=info, fetch=lambda: files.fetch(file_id))
    except FileTrouble as trouble:
        if trouble.reason == "unreachable":
            raise
        log.info("file_not_read", reason=trouble.reason)
        about_us = uploads.expects_an_answer(name or trouble.name)
        return await _told(upload, at, blocks.say(of_file(trouble.reason))) if about_us else None
    if offer is None:
        return None
    if offer.survey.holds_key and (companies := await _sharing(upload, at)):
        told = await _told(upload, at, key_leaked(name, companies))
        if told is not None:
            await left_keys.leaked(at.desk, offer.upload, companies, at.people)
        return told
    return await _told(
        upload, at, offered(offer, guest=False, pages=bool(at.desk.pages_url)), for_guests=offered(offer, guest=True)
    )


async def _sharing(upload: Upload, at: Rendering) -> tuple[str, ...]:
    """Return the other companies that see the file's channel; none where Slack does not tell."""
    try:
        return await at.people.companies(upload.channel)
    except UnknownMembers as error:
        log.info("companies_unknown", reason=error.reason)
        return ()


async def _key_leaked(facts: KeyLeaked, _at: Rendering) -> Post:
    upload = facts.upload
    return Post(facts.owner, key_leaked(upload.name, facts.companies, by=upload.member, where=upload.channel))


async def _told(
    upload: Upload, at: Rendering, message: Message, *, for_guests: Message | None = None
) -> Whisper | None:
    """Tell the uploader, if they are one of ours."""
    try:
        member = await at.people.member(upload.member)
    except UnknownPerson as error:
        return Whisper(upload.channel, upload.member, blocks.say(sentence(error)))
    if member.outside:
        return None
    said = for_guests if member.is_guest and for_guests else message
    return Whisper(upload.channel, upload.member, said)


async def _card(facts: Card, at: Rendering) -> Post:
    version, environment = facts.version, facts.environment
    card = cards.client(version, environment, at.now, facts.approved_by)
    return Post(environment.channel, card, by=version.deposited_by)


async def _authorities(facts: AuthoritiesCard, at: Rendering) -> Post:
    card = cards.authorities(facts.added, facts.environment, facts.by, at.now, facts.approved_by)
    return Post(facts.environment.channel, card, by=facts.by)


async def _cleanup(facts: Cleanup, at: Rendering) -> Whisper | None:
    upload, files = facts.upload, at.files
    if upload.file_id is None:
        return None
    if await files.delete(upload.file_id):
        await uploads.cleaned(at.desk, upload.id)
        return None
    try:
        link = await files.permalink(upload.file_id)
    except FileTrouble:
        link = ""
    return Whisper(upload.channel, upload.member, blocks.say(key_still_there(upload.name, link)))


async def _key_left(facts: KeyLeft, at: Rendering) -> Post | None:
    upload, files = facts.upload, at.files
    try:
        link = await files.permalink(upload.file_id or "")
    except FileTrouble as trouble:
        if trouble.reason != "gone":  # asked again in the morning
            log.info("key_left_unknown", reason=trouble.reason)
            return None
        await left_keys.gone(at.desk, upload.id)
        return Post(upload.member, blocks.say(key_gone(upload.name, upload.channel)))
    return Post(upload.member, blocks.say(key_left(upload.name, upload.channel, link, last=facts.last)))


DEPOSIT_MESSAGES: Renderers = {
    OfferDue: _offer,
    Card: _card,
    AuthoritiesCard: _authorities,
    Cleanup: _cleanup,
    KeyLeft: _key_left,
    KeyLeaked: _key_leaked,
}
