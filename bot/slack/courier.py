"""Says what is owed to people: renders what the due queue hands out, and sends it."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.desk import deliveries, uploads
from bot.desk.deliveries import Delivery, Later, Receipt
from bot.desk.desk import Desk
from bot.desk.errors import FileTrouble
from bot.slack import blocks, cards, endings, reminders, troubles, words
from bot.slack.blocks import Message
from bot.slack.call import ABSENT
from bot.slack.files import SlackFiles, slack_reason
from bot.slack.inventory import chain_names, earliest_name

log = structlog.get_logger(__name__)

# A channel that we were taken out of: the reminder waits for an invitation.
_UNINVITED_SECONDS = 900.0
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class Courier:
    """Delivers to Slack. What cannot be sent now is tried again by the queue; what never can is dropped, and logged."""

    def __init__(self, desk: Desk, *, client: AsyncWebClient, files: SlackFiles) -> None:
        self._desk = desk
        self._client = client
        self._files = files

    async def deliver(self, delivery: Delivery) -> Receipt | None:
        """Send it; raises :class:`Later` where Slack says when to come back."""
        try:
            return await self._deliver(delivery)
        except SlackApiError as error:
            if getattr(error.response, "status_code", 0) == 429:
                raise Later(_retry_after(error)) from None
            raise

    @singledispatchmethod
    async def _deliver(self, delivery: Any) -> Receipt | None:
        raise TypeError(type(delivery).__name__)

    @_deliver.register
    async def _offer(self, delivery: deliveries.OfferDue) -> Receipt | None:
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
            return await self._whisper(upload.channel, upload.member, blocks.say(troubles.of_file(trouble.reason)))
        return await self._whisper(upload.channel, upload.member, cards.offer(offer)) if offer else None

    @_deliver.register
    async def _card(self, delivery: deliveries.Card) -> Receipt | None:
        version, environment = delivery.version, delivery.environment
        chain = chain_names(self._desk, version)
        card = cards.client(version, environment, chain, self._desk.clock())
        return await self._post(environment.channel, card, by=version.deposited_by)

    @_deliver.register
    async def _authorities(self, delivery: deliveries.AuthoritiesCard) -> Receipt | None:
        environment = delivery.environment
        card = cards.authorities(delivery.added, environment, delivery.by, self._desk.clock())
        return await self._post(environment.channel, card, by=delivery.by)

    @_deliver.register
    async def _removed(self, delivery: deliveries.RemovedCard) -> Receipt | None:
        environment = delivery.environment
        card = cards.removed(delivery.target, environment, delivery.by)
        return await self._post(environment.channel, card, by=delivery.by)

    @_deliver.register
    async def _deed(self, delivery: deliveries.DeedCard) -> Receipt | None:
        message = cards.deed(delivery.version, delivery.environment, delivery.what, delivery.by)
        return await self._post(delivery.environment.channel, message, by=delivery.by)

    @_deliver.register
    async def _freeze(self, delivery: deliveries.Freeze) -> Receipt | None:
        message = cards.freeze(delivery.environment, delivery.by, delivery.span)
        return await self._post(delivery.environment.channel, message, by=delivery.by)

    @_deliver.register
    async def _reminder(self, delivery: deliveries.Reminder) -> Receipt | None:
        environment = delivery.environment
        message = reminders.pending(delivery.restart, environment, delivery.occurrence, self._desk.clock())
        try:
            sent = await self._client.chat_postMessage(channel=environment.channel, **message.payload())
        except SlackApiError as error:
            if slack_reason(error) in ABSENT:
                raise Later(_UNINVITED_SECONDS) from None
            raise
        if delivery.previous is not None:
            await self._retire(delivery.previous, reminders.superseded(environment))
        return Receipt(str(sent["channel"]), str(sent["ts"]))

    @_deliver.register
    async def _update(self, delivery: deliveries.ReminderUpdate) -> Receipt | None:
        restart = delivery.restart
        message = reminders.current(restart, delivery.environment, self._desk.clock())
        if restart.message_channel and restart.message_ts:
            await self._change((restart.message_channel, restart.message_ts), message)
        return None

    @_deliver.register
    async def _cleanup(self, delivery: deliveries.Cleanup) -> Receipt | None:
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
        text = words.key_still_there(upload.name, link)
        return await self._whisper(upload.channel, upload.member, blocks.say(text))

    @_deliver.register
    async def _expiry(self, delivery: deliveries.Expiry) -> Receipt | None:
        one = delivery.ending
        message = endings.warning(
            one,
            item=delivery.item,
            mention=delivery.mention,
            earliest=earliest_name(self._desk, one.target),
            now=self._desk.clock(),
        )
        return await self._post(one.environment.channel, message, by=one.environment.created_by)

    @_deliver.register
    async def _seen(self, delivery: deliveries.ExpirySeen) -> Receipt | None:
        one = delivery.ending
        earliest = earliest_name(self._desk, one.target)
        await self._change(delivery.where, endings.seen(one, delivery.by, earliest=earliest, now=self._desk.clock()))
        return None

    @_deliver.register
    async def _digest(self, delivery: deliveries.Digest) -> Receipt | None:
        message = endings.digest(delivery.endings, self._desk.clock())
        return await self._post(delivery.channel, message, by=delivery.endings[0].environment.created_by)

    async def _post(self, channel: str, message: Message, *, by: str) -> Receipt | None:
        """Post to the channel; where we are not in it, to who did the deed, with what is to be done."""
        try:
            sent = await self._client.chat_postMessage(channel=channel, **message.payload())
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT:
                raise
            direct = Message(message.text, (blocks.section(words.not_invited(channel)), *message.blocks))
            sent = await self._client.chat_postMessage(channel=by, **direct.payload())
        return Receipt(str(sent["channel"]), str(sent["ts"]))

    async def _whisper(self, channel: str, member: str, message: Message) -> Receipt | None:
        try:
            await self._client.chat_postEphemeral(channel=channel, user=member, **message.payload())
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT:
                raise
            log.info("whisper_dropped", reason=slack_reason(error))
        return None

    async def _change(self, where: tuple[str, str], message: Message) -> None:
        try:
            await self._client.chat_update(channel=where[0], ts=where[1], **message.payload())
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT | _GONE:
                raise
            log.info("message_gone", reason=slack_reason(error))

    async def _retire(self, where: tuple[str, str], message: Message) -> None:
        """The new message stands already: failing now would only say it twice."""
        try:
            await self._change(where, message)
        except Exception as error:
            log.warning("old_reminder_stands", kind=type(error).__name__)


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "30")
    return float(found) if str(found).isdigit() else 30.0
