"""One payload from Slack, and the ways to answer who sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

import aiohttp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import BadButton, DeskError
from bot.slack.bolt.client import ABSENT, Client, slack_reason
from bot.slack.bolt.files import SlackFiles
from bot.slack.bolt.in_flight import InFlight
from bot.slack.bolt.people import People
from bot.slack.kit import blocks, errors, modals
from bot.slack.kit.blocks import Message, View
from bot.slack.kit.escape import escape
from bot.slack.kit.invite import INVITE

Body = Mapping[str, Any]

# Slack gives 3 s from click to answer; what is left covers the way there and back.
ACK_SECONDS = 2.0
# What handlers answer themselves comes before that; and Slack waits a little longer than both.
_GIVEN_UP_SECONDS = 0.3
WAITING = "This takes a moment. The answer comes here, and in a message where you close this window."
DONE = "Done."
# By then Slack has made of an acknowledgement what it will, or has given up on it.
SETTLED_SECONDS = 3.5


@dataclass(frozen=True, slots=True)
class Context:
    """What handlers work with; ``public_url`` is where programs reach Certdesk, if the operator set it."""

    desk: Desk
    client: Client
    http: aiohttp.ClientSession
    files: SlackFiles
    people: People
    tracker: InFlight
    public_url: str = ""


@dataclass(frozen=True)
class Call:
    """A command, a click or a submission; ``id`` leads to it in the logs."""

    context: Context
    body: Body
    ack: AsyncAck
    started: float
    id: str = field(default_factory=lambda: uuid4().hex[:12])

    @property
    def desk(self) -> Desk:
        """Return the desk."""
        return self.context.desk

    @property
    def member_id(self) -> str:
        """Return the id of the member who sent it."""
        return str(self.body.get("user_id") or self.body["user"]["id"])

    @property
    def channel(self) -> str:
        """Return the channel it came from; empty for a modal."""
        return str(self.body.get("channel_id") or (self.body.get("channel") or {}).get("id") or "")

    @property
    def asked_in(self) -> str | None:
        """Return the channel that a button stood in; None in the Home and in a direct message, which are personal."""
        return self.channel if self.channel and not self.channel.startswith("D") else None

    @property
    def value(self) -> str:
        """Return the value of the clicked button, or of what was chosen in a menu."""
        action = self.body["actions"][0]
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
        # None of ours holds a NUL, and PostgreSQL takes none.
        return value.replace("\0", "")

    def parts(self, least: int) -> list[str]:
        """Return the value's parts, which colons divide. Raises BadButton if there are fewer than ``least``."""
        parts = self.value.split(":")
        if len(parts) < least:
            raise BadButton
        return parts

    @property
    def view(self) -> View:
        """Return the submitted view; empty if none was submitted."""
        view: View = self.body.get("view") or {}
        return view

    @property
    def is_home(self) -> bool:
        """Return whether it came from the App Home, where there is no channel and no message to answer to."""
        return self.view.get("type") == "home"

    @property
    def metadata(self) -> str:
        """Return the id that the submitted view is about."""
        return str(self.view.get("private_metadata") or "")

    @property
    def is_submission(self) -> bool:
        """Return whether a modal was submitted."""
        return self.body.get("type") == "view_submission"

    @property
    def is_click(self) -> bool:
        """Return whether a button was clicked, or something was chosen in a menu."""
        return self.body.get("type") == "block_actions"

    @property
    def is_private(self) -> bool:
        """Return whether the button stood in a message that one member alone sees."""
        return bool((self.body.get("container") or {}).get("is_ephemeral"))

    @cached_property
    def inputs(self) -> dict[str, Mapping[str, Any]]:
        """Return the submitted state of each input, by block id."""
        values = (self.view.get("state") or {}).get("values") or {}
        return {name: block["value"] for name, block in values.items() if "value" in block}

    def typed(self, name: str) -> str:
        """Return what was typed or chosen in an input; empty where nothing was."""
        state = self.inputs.get(name) or {}
        return str(state.get("value") or (state.get("selected_option") or {}).get("value") or "")

    def ticked(self, name: str) -> tuple[str, ...]:
        """Return the values of the boxes that were ticked."""
        options = (self.inputs.get(name) or {}).get("selected_options") or ()
        return tuple(str(one["value"]) for one in options)

    async def member(self) -> Member:
        """Return the member who sent it, with their rights."""
        return await self.context.people.member(self.member_id)

    async def keep(self, work: asyncio.Task[Any]) -> None:
        """Say in the submitted form that it takes a moment, if nothing was answered while Slack waits."""
        left = self.started + ACK_SECONDS + _GIVEN_UP_SECONDS - asyncio.get_running_loop().time()
        await asyncio.wait({work}, timeout=max(left, 0))
        if self.ack.response is None and not work.done():
            await self.ack(response_action="update", view=modals.noted(self.view, WAITING))
        await work

    async def answer(self, action: str, view: View | None = None, *, late: str = DONE) -> None:
        """Answer a submitted form: ``clear`` it or ``update`` it; ``late`` is said in it if Slack waits no longer."""
        if self.ack.response is None:
            await self.ack(response_action=action, view=view)
        else:
            await self.update(view or modals.notice(late))

    async def answer_errors(self, under: Mapping[str, str], late: str = "") -> None:
        """Answer a submitted form with sentences under its fields, or on top of it if Slack waits no longer.

        Those under fields are plain text, and escaped on top, where Slack formats; ``late`` is mrkdwn.
        """
        if self.ack.response is None:
            await self.ack(response_action="errors", errors=dict(under))
        elif not await self.update(modals.noted(self.view, text := late or escape(" ".join(under.values())))):
            await self.respond(blocks.say(text))

    @property
    def in_form(self) -> bool:
        """Return whether an answer stands under the fields of the form, in plain text."""
        return self.ack.response is None

    async def in_time(self, work: asyncio.Task[Any]) -> bool:
        """Wait for ``work`` as long as Slack waits for us; return whether it is done."""
        left = self.started + ACK_SECONDS - asyncio.get_running_loop().time()
        done, _ = await asyncio.wait({work}, timeout=max(left, 0))
        return bool(done)

    async def open(self, view: View) -> None:
        """Open a modal with this payload's trigger."""
        await self.context.client.views_open(trigger_id=self.body["trigger_id"], view=view)

    async def update(self, view: View) -> bool:
        """Change the submitted modal after the acknowledgement; return False if it was closed meanwhile.

        Slack may take up an acknowledgement after a call that was made later, and would leave the modal with the view
        that stood in it. So nothing is changed before Slack is done with the acknowledgement.
        """
        await asyncio.sleep(self.started + SETTLED_SECONDS - asyncio.get_running_loop().time())
        try:
            await self.context.client.views_update(view_id=self.view["id"], view=view)
        except SlackApiError as error:
            if slack_reason(error) in {"not_found", "view_not_found"}:
                return False
            raise
        return True

    async def respond(self, message: Message, *, replace: bool = False) -> None:
        """Answer only the member who sent it; ``replace`` puts the answer in the place of the clicked message."""
        if not (url := str(self.body.get("response_url") or "")):
            await self._whisper(message)
            return
        body = {"response_type": "ephemeral", "replace_original": replace, **message.payload()}
        await self.context.client.answer(url, body)

    async def withdraw(self) -> None:
        """Delete the private message that was clicked: what it asked is done."""
        await self.context.client.answer(str(self.body["response_url"]), {"delete_original": True})

    async def whisper_in(self, channel: str, message: Message) -> None:
        """Answer the member in a channel; add how to invite Certdesk if it is not a member there."""
        try:
            await self.context.client.chat_postEphemeral(channel=channel, user=self.member_id, **message.payload())
        except SlackApiError as error:
            if slack_reason(error) not in ABSENT:
                raise
            await self.respond(Message(message.text, (*message.blocks, blocks.section(INVITE))))

    async def _whisper(self, message: Message) -> None:
        if self.channel:
            await self.context.client.chat_postEphemeral(channel=self.channel, user=self.member_id, **message.payload())
        else:
            await self.context.client.chat_postMessage(channel=self.member_id, **message.payload())

    @property
    def first_field(self) -> str:
        """Return the block id of the submitted form's first input; empty if it has none."""
        inputs = (str(block["block_id"]) for block in self.view.get("blocks", ()) if block.get("type") == "input")
        return next(inputs, "")

    @property
    def keeps_form(self) -> bool:
        """Return whether an error can be shown in the form, so that it stays as it was filled in."""
        return self.is_submission and bool(self.first_field)

    async def refuse_field(self, error: DeskError) -> None:
        """Show an error under the field that it belongs to; raise it if the form has no such field."""
        field = errors.field_of(error)
        if field not in self.inputs:
            raise error
        await self.answer_errors({field: errors.sentence(error, errors.PLAIN)})

    async def tell_in_form(self, text: str) -> None:
        """Show one sentence, plain text, under the first field of a form that can be submitted again."""
        await self.answer_errors({self.first_field: text})

    async def tell(self, text: str) -> None:
        """Show one sentence, wherever the person is looking."""
        if not self.is_submission:
            await self.respond(blocks.say(text))
        elif self.ack.response is None:
            await self.ack(response_action="update", view=modals.notice(text))
        elif not await self.update(modals.notice(text)):
            await self.respond(blocks.say(text))
