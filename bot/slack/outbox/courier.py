"""Sends what the outbox holds: finds the renderer of the facts, and does what it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.desk.base.desk import Desk
from bot.desk.outbox.results import Findable, GivenUp, Later, NotSent, Receipt
from bot.slack.bolt.client import ABSENT, Client, Paused, failure_name, slack_reason
from bot.slack.bolt.files import SlackFiles
from bot.slack.bolt.people import People
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.invite import not_invited
from bot.slack.outbox.outgoing import Change, Outgoing, Post, Renderers, Rendering
from bot.slack.outbox.posting import Posting
from store import DueItem

# A channel that we were taken out of: the reminder waits for an invitation.
_UNINVITED_SECONDS = 900.0
_LONGEST_SECONDS = 45.0
# Slack's codes for a person who can be told nothing (docs.slack.dev, chat.postMessage).
_NOBODY_THERE = frozenset({"user_not_found", "user_disabled", "messages_tab_disabled", "cannot_dm_bot"})
# And for a channel in which an admin lets only some people post: asked again once a day, in case that ended.
_RESTRICTED, _RESTRICTED_SECONDS = "restricted_action", 86_400.0


class Courier:
    """Sends to Slack, with a renderer for each type of facts. What cannot be sent now the outbox tries again."""

    def __init__(self, desk: Desk, renderers: Renderers, *, client: Client, files: SlackFiles) -> None:
        self._people = People(client)
        self._rendering = Rendering(desk, files, self._people)
        self._renderers = renderers
        self._client = client

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        """Send the message, unless it was sent already; raises :class:`Later` and :class:`NotSent`."""
        posting = Posting(self._client, item, self._people)
        return await _in_time(posting, self._rendered(posting, facts))

    async def find(self, facts: Findable, item: DueItem) -> Receipt | None:
        """Return the message that an earlier attempt posted; raises as :meth:`send`."""
        posting = Posting(self._client, item, self._people)
        return await _in_time(posting, posting.find(facts.channel))

    async def _rendered(self, posting: Posting, facts: Any) -> Receipt | None:
        outgoing = await self._renderers[type(facts)](facts, self._rendering)
        return await _carry_out(posting, outgoing) if outgoing is not None else None


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
        _must_not_last(error)
        raise NotSent(failure_name(error), sure=posting.sure) from None


def _must_not_last(error: Exception) -> None:
    """Raise GivenUp or Later for what no further attempt mends, until somebody does."""
    reason = slack_reason(error) if isinstance(error, SlackApiError) else ""
    if reason in _NOBODY_THERE:
        raise GivenUp(failure_name(error))
    if reason.startswith(_RESTRICTED):
        raise Later(_RESTRICTED_SECONDS, reason=failure_name(error), lasting=True)


async def _carry_out(posting: Posting, outgoing: Outgoing) -> Receipt | None:
    if isinstance(outgoing, Post):
        return await _post(posting, outgoing)
    if isinstance(outgoing, Change):
        return await posting.change(outgoing.where, outgoing.message)
    await posting.whisper(outgoing.channel, outgoing.member, outgoing.message)
    return None


async def _post(posting: Posting, post: Post) -> Receipt:
    try:
        return await posting.post(post.channel, post.message)
    except SlackApiError as error:
        if slack_reason(error) not in ABSENT:
            raise
        if not post.by:
            raise Later(_UNINVITED_SECONDS, reason=failure_name(error)) from None
    told = post.elsewhere or post.message
    direct = Message(told.text, (blocks.section(not_invited(post.channel)), *told.blocks))
    return await posting.post(post.by, direct)
