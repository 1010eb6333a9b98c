"""Says what is owed to people: renders what the due queue hands out, and sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from functools import singledispatchmethod
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.desk.base.desk import Desk
from bot.desk.base.errors import FileTrouble
from bot.desk.deposit import uploads
from bot.desk.outbox import results
from bot.desk.outbox.results import Delivery, Later, Receipt, Unsaid
from bot.slack.bolt.client import ABSENT, Client, Paused, failure_name, slack_reason
from bot.slack.bolt.files import SlackFiles
from bot.slack.certificates import cards
from bot.slack.certificates.facts import chain_names, earliest_name
from bot.slack.deposit.errors import of_file
from bot.slack.deposit.messages import key_still_there, offered
from bot.slack.environments.messages import freeze
from bot.slack.expiry import messages
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.invite import not_invited
from bot.slack.outbox.posting import Posting
from bot.slack.restarts import progress, reminders
from store import DueItem

log = structlog.get_logger(__name__)

# A channel that we were taken out of: the reminder waits for an invitation.
_UNINVITED_SECONDS = 900.0
_LONGEST_SECONDS = 45.0


class Courier:
    """Delivers to Slack. What cannot be sent now is tried again by the queue; what never can is dropped, and logged."""

    def __init__(self, desk: Desk, *, client: Client, files: SlackFiles) -> None:
        self._desk = desk
        self._client = client
        self._files = files

    async def deliver(self, delivery: Delivery, item: DueItem) -> Receipt | None:
        """Send it, unless it was sent already; raises :class:`Later` and :class:`Unsaid`."""
        errand = _Errand(self._desk, self._files, Posting(self._client, item))
        return await _in_time(errand.posting, errand.do(delivery))

    async def find(self, delivery: Delivery, item: DueItem) -> Receipt | None:
        """The message that an earlier attempt left in the delivery's channel; raises as :meth:`deliver`."""
        channel = _channel_of(delivery)
        posting = Posting(self._client, item)
        return await _in_time(posting, posting.find(channel)) if channel else None


async def _in_time(posting: Posting, work: Awaitable[Receipt | None]) -> Receipt | None:
    """Bounded well below a lease: whoever finds the lease run out finds nobody at it any more."""
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            return await work
    except Paused as paused:
        raise Later(paused.seconds, held=True) from None
    except Later:
        raise
    except Exception as error:
        raise Unsaid(failure_name(error), sure=posting.sure) from None


def _channel_of(delivery: Delivery) -> str:
    """Where a message of the delivery stands, if it is one for everybody to see."""
    match delivery:
        case results.Digest():
            return delivery.channel
        case results.Expiry():
            return delivery.ending.environment.channel
        case results.Reminder() | results.Alarm():
            return delivery.environment.channel
    return ""


class _Errand:
    """One delivery under way."""

    def __init__(self, desk: Desk, files: SlackFiles, posting: Posting) -> None:
        self._desk = desk
        self._files = files
        self.posting = posting

    async def do(self, delivery: Delivery) -> Receipt | None:
        """Send it."""
        return await self._deliver(delivery)

    @singledispatchmethod
    async def _deliver(self, delivery: Any) -> Receipt | None:
        raise TypeError(type(delivery).__name__)

    @_deliver.register
    async def _offer(self, delivery: results.OfferDue) -> Receipt | None:
        upload = delivery.upload
        file_id = upload.file_id
        if file_id is None:
            return None
        try:
            info = await self._files.info(file_id)
            offer = await uploads.offer(self._desk, upload.id, info=info, fetch=lambda: self._files.fetch(file_id))
        except FileTrouble as trouble:
            if trouble.reason == "unreachable":
                raise
            log.info("file_not_read", reason=trouble.reason)
            return await self._whisper(upload.channel, upload.member, blocks.say(of_file(trouble.reason)))
        return await self._whisper(upload.channel, upload.member, offered(offer)) if offer else None

    @_deliver.register
    async def _card(self, delivery: results.Card) -> Receipt | None:
        version, environment = delivery.version, delivery.environment
        chain = chain_names(self._desk, version)
        card = cards.client(version, environment, chain, self._desk.clock())
        return await self._post(environment.channel, card, by=version.deposited_by)

    @_deliver.register
    async def _authorities(self, delivery: results.AuthoritiesCard) -> Receipt | None:
        environment = delivery.environment
        card = cards.authorities(delivery.added, environment, delivery.by, self._desk.clock())
        return await self._post(environment.channel, card, by=delivery.by)

    @_deliver.register
    async def _removed(self, delivery: results.RemovedCard) -> Receipt | None:
        environment = delivery.environment
        card = cards.removed(delivery.target, environment, delivery.by)
        return await self._post(environment.channel, card, by=delivery.by)

    @_deliver.register
    async def _deed(self, delivery: results.DeedCard) -> Receipt | None:
        message = cards.deed(delivery.version, delivery.environment, delivery.what, delivery.by)
        return await self._post(delivery.environment.channel, message, by=delivery.by)

    @_deliver.register
    async def _freeze(self, delivery: results.Freeze) -> Receipt | None:
        message = freeze(delivery.environment, delivery.by, delivery.span, self._desk.clock())
        return await self._post(delivery.environment.channel, message, by=delivery.by)

    @_deliver.register
    async def _reminder(self, delivery: results.Reminder) -> Receipt | None:
        environment = delivery.environment
        now, connected = self._desk.clock(), delivery.connected
        # What it was put off to has come.
        restart = replace(delivery.restart, snoozed_until=None, snoozed_by=None)
        message = reminders.pending(restart, environment, delivery.occurrence, now, connected=connected)
        try:
            return await self.posting.post(environment.channel, message)
        except SlackApiError as error:
            if slack_reason(error) in ABSENT:
                raise Later(_UNINVITED_SECONDS, reason=failure_name(error)) from None
            raise

    @_deliver.register
    async def _retired(self, delivery: results.ReminderRetired) -> Receipt | None:
        await self.posting.change(delivery.where, reminders.superseded(delivery.environment))
        return None

    @_deliver.register
    async def _update(self, delivery: results.ReminderUpdate) -> Receipt | None:
        restart = delivery.restart
        now, connected = self._desk.clock(), delivery.connected
        message = reminders.current(restart, delivery.environment, now, connected=connected)
        if restart.message_channel and restart.message_ts:
            await self.posting.change((restart.message_channel, restart.message_ts), message)
        return None

    @_deliver.register
    async def _cleanup(self, delivery: results.Cleanup) -> Receipt | None:
        upload = delivery.upload
        if upload.file_id is None:
            return None
        if await self._files.delete(upload.file_id):
            await uploads.cleaned(self._desk, upload.id)
            return None
        try:
            link = await self._files.permalink(upload.file_id)
        except FileTrouble:
            link = ""
        text = key_still_there(upload.name, link)
        return await self._whisper(upload.channel, upload.member, blocks.say(text))

    @_deliver.register
    async def _expiry(self, delivery: results.Expiry) -> Receipt | None:
        one = delivery.ending
        message = messages.warning(
            one,
            item=delivery.item,
            mention=delivery.mention,
            earliest=earliest_name(self._desk, one.target),
            now=self._desk.clock(),
        )
        return await self._post(one.environment.channel, message, by=one.environment.created_by)

    @_deliver.register
    async def _seen(self, delivery: results.ExpirySeen) -> Receipt | None:
        one = delivery.ending
        earliest = earliest_name(self._desk, one.target)
        message = messages.seen(one, delivery.by, earliest=earliest, now=self._desk.clock())
        await self.posting.change(delivery.where, message)
        return None

    @_deliver.register
    async def _digest(self, delivery: results.Digest) -> Receipt | None:
        now, by = self._desk.clock(), delivery.lines[0].ending.environment.created_by
        message = messages.digest(delivery.lines, now, item=delivery.item)
        return await self._post(
            delivery.channel, message, by=by, elsewhere=messages.digest_elsewhere(delivery.lines, now)
        )

    @_deliver.register
    async def _digest_seen(self, delivery: results.DigestSeen) -> Receipt | None:
        await self.posting.change(
            delivery.where,
            messages.digest_seen(delivery.endings, delivery.by, self._desk.clock(), more=delivery.more),
        )
        return None

    @_deliver.register
    async def _progress(self, delivery: results.Progress) -> Receipt | None:
        run, environment = delivery.run, delivery.environment
        now, by_itself = self._desk.clock(), delivery.by_itself
        message = progress.progress(run, environment, now, by_itself=by_itself, over=delivery.over)
        if delivery.standing is None:
            return await self._post(environment.channel, message, by=run.by)
        await self.posting.change(delivery.standing, message)
        return None

    @_deliver.register
    async def _alarm(self, delivery: results.Alarm) -> Receipt | None:
        run, environment = delivery.run, delivery.environment
        if delivery.standing is None:
            many, by_itself = delivery.occurrence, delivery.by_itself
            message = progress.alarm(run, environment, by_itself=by_itself, occurrence=many)
            return await self._post(environment.channel, message, by=run.by)
        await self.posting.change(delivery.standing, progress.alarm_over(run, environment))
        return None

    async def _post(
        self, channel: str, message: Message, *, by: str, elsewhere: Message | None = None
    ) -> Receipt | None:
        """Post to the channel; where we are not in it, to who did the deed, with what is to be done.

        ``elsewhere`` is what one person reads instead, where that is another message.
        """
        try:
            return await self.posting.post(channel, message)
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT:
                raise
        told = elsewhere or message
        direct = Message(told.text, (blocks.section(not_invited(channel)), *told.blocks))
        return await self.posting.post(by, direct)

    async def _whisper(self, channel: str, member: str, message: Message) -> Receipt | None:
        await self.posting.whisper(channel, member, message)
        return None
