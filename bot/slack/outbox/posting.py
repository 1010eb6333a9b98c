"""Post the message of an outbox item, or find the one that an earlier attempt has posted.

Each message carries its item's id as Slack's message metadata. Where an attempt ended and nobody knows how (the process
was killed, Slack did not answer, or answered with a server error), the next one first looks for that id among the
channel's latest messages. Direct messages and messages to one person alone cannot be looked up: Slack shows the former
with a further scope only, and the latter to nobody. One of them may come twice, after such an end.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.desk.outbox.results import Receipt
from bot.slack.bolt.client import ABSENT, Client, Paused, slack_reason, surely_not_done
from bot.slack.bolt.people import People
from bot.slack.kit.blocks import Message
from store import DueItem

log = structlog.get_logger(__name__)

EVENT = "certdesk_owed"
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

# Slack's clock and ours need not agree; what was posted before that is none of this item's.
_BEFORE = timedelta(minutes=5)
_PAGE, _MOST_PAGES = 200, 10


class Posting:
    """Posts one item; ``sure`` is False while it may have been posted without our knowing."""

    def __init__(self, client: Client, item: DueItem, people: People) -> None:
        self._client = client
        self._people = people
        self._item = item
        self.sure = True

    async def post(self, channel: str, message: Message) -> Receipt:
        """Post to a channel, or to a member by id; return an earlier attempt's message if there is one."""
        if found := await self.find(channel):
            return found
        metadata = {"event_type": EVENT, "event_payload": {"item": self._item.id}}
        sent = await self._once(self._client.chat_postMessage(channel=channel, metadata=metadata, **message.payload()))
        return Receipt(str(sent["channel"]), str(sent["ts"]))

    async def whisper(self, channel: str, member: str, message: Message) -> None:
        """Show it to one member; dropped if they left the channel."""
        try:
            await self._once(self._client.chat_postEphemeral(channel=channel, user=member, **message.payload()))
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT:
                raise
            log.info("whisper_dropped", reason=slack_reason(error))

    async def change(self, where: tuple[str, str], message: Message) -> Receipt | None:
        """Update a message; doing that twice changes nothing. Return a receipt of a message that is not there."""
        try:
            await self._client.chat_update(channel=where[0], ts=where[1], **message.payload())
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT | _GONE:
                raise
            log.info("message_gone", reason=slack_reason(error))
            return Receipt(*where, gone=slack_reason(error) == "message_not_found")
        return None

    async def find(self, channel: str) -> Receipt | None:
        """Return the item's message in the channel; None if no attempt is in doubt, or if we may not look."""
        since = self._item.unsure_since
        if since is None:
            return None
        oldest, cursor = f"{(since - _BEFORE).timestamp():.6f}", ""
        bot = (await self._people.ours()).bot
        for _ in range(_MOST_PAGES):
            page = await self._page(channel, oldest, cursor)
            if found := next((one for one in page.get("messages") or () if self._is_ours(one, bot)), None):
                log.info("found_posted", kind=self._item.kind)
                return Receipt(channel, str(found["ts"]), earlier=True)
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        log.warning("not_found_in_time", kind=self._item.kind)
        return None

    async def _page(self, channel: str, oldest: str, cursor: str) -> Any:
        try:
            return await self._client.conversations_history(
                channel=channel, oldest=oldest, limit=_PAGE, include_all_metadata=True, cursor=cursor or None
            )
        except SlackApiError as error:
            reason = slack_reason(error)
            if isinstance(error, Paused) or not surely_not_done(error):
                raise
            if reason not in ABSENT:
                _cannot_look(reason)
            return {}

    def _is_ours(self, message: dict[str, Any], bot: str) -> bool:
        """Return whether Slack says that we posted it, for this item: another app can copy our metadata."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        is_of_item = metadata.get("event_type") == EVENT and payload.get("item") == self._item.id
        return is_of_item and bool(bot) and message.get("bot_id") == bot

    async def _once(self, call: Any) -> Any:
        """Await a call that must not be repeated: remember that it may have been done until Slack says it was not."""
        self.sure = False
        try:
            return await call
        except Exception as error:
            self.sure = surely_not_done(error)
            raise


_told: set[str] = set()


def _cannot_look(reason: str) -> None:
    """Log once per reason: it is the same for every message until somebody installs the app again."""
    if reason not in _told:
        _told.add(reason)
        log.warning("cannot_look_for_messages", reason=reason, scopes="channels:history, groups:history")
