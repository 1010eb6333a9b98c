"""Links to private pages, each shown to one person: `/cert hand-out`, and uploads; and what they are told of them."""

from __future__ import annotations

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from bot.desk.delivery import handing_out, uploading
from bot.desk.delivery.handing_out import HandOut, HandOutReady
from bot.desk.delivery.page_links import Flaw, LinkRefused
from bot.slack.bolt.arguments import Arguments, label
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.kit import blocks, modals, times
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code
from store.delivery.links import Issued, Purpose

GET_LINK = "Get the link"
_TRIED: Mapping[Flaw, str] = {
    Flaw.USED: "it had been opened before. If that was not you, tell an owner: the page shows a private key",
    Flaw.ENDED: "the code was wrong three times, so it has ended",
    Flaw.EXPIRED: "its ten minutes are over",
}
_PAGES: Mapping[Purpose, str] = {Purpose.HAND_OUT: "hand-out", Purpose.UPLOAD: "private upload"}


def register_handing_out(app: AsyncApp, context: Context) -> None:
    """Listen for the button of a hand-out that was approved, and for that of a private upload."""
    app.action("hand_out_link")(acknowledged(context, get_link))
    app.action("upload_privately")(acknowledged(context, upload))


async def hand_out(call: Call, arguments: Arguments) -> None:
    """`/cert hand-out`: only the answer holds the link, and only the person who asked sees it."""
    made = await handing_out.hand_out(
        call.desk, await call.member(), call.channel, arguments.label, arguments.path or None
    )
    await call.respond(_link(made, call.desk.pages_url))


async def get_link(call: Call) -> None:
    """Show the link (*Get the link*)."""
    made = await handing_out.link_of(call.desk, await call.member(), call.value)
    await call.respond(_link(made, call.desk.pages_url), replace=call.is_private)


async def upload(call: Call) -> None:
    """Show the link to a private page (*Upload privately…*), in the window or message that has the button."""
    issued = await uploading.link_to_upload(call.desk, await call.member(), call.value)
    text = (
        f"{address(issued, call.desk.pages_url, 'Open the page')}, and type the code {said_code(issued)} there. "
        "It works once, for ten minutes, and for you alone."
    )
    if call.view:
        notice = modals.notice(text, title="Upload privately")
        await call.context.client.views_update(view_id=call.view["id"], view=notice)
    else:
        await call.respond(Message("A link to a private page", (blocks.section(text),)))


def _link(made: HandOut, pages_url: str) -> Message:
    version = made.version
    title = (
        f"{code(version.label)} version {version.number} of *{made.environment.path}*, *with its private key*: "
        f"{address(made.issued, pages_url, 'Open the page')}, and type the code {said_code(made.issued)} there."
    )
    until = times.minute(made.issued.link.expires_at, made.environment.timezone)
    hint = (
        f"The page works once, until {until}, and for you alone: do not pass link and code on. The channel is told "
        "that you opened it."
    )
    # What a notification shows names neither.
    return Message("A link to a private page", (blocks.section(title), blocks.context(hint)))


def address(issued: Issued, pages_url: str, text: str) -> str:
    """Return the link to a page, in Slack's format."""
    return f"<{pages_url}/{issued.link.purpose.value}/{issued.token.get_secret_value()}|{text}>"


def said_code(issued: Issued) -> str:
    """Return the code in two groups of three digits, as people read it."""
    digits = issued.code.get_secret_value()
    return code(f"{digits[:3]} {digits[3:]}")


def ready(facts: HandOutReady) -> Message:
    """Return the message to who asked, once it is approved."""
    text = (
        f"You may get {code(facts.version.label)} version {facts.version.number} of *{facts.environment.path}* with "
        f"its private key, until {times.minute(facts.link.expires_at, facts.environment.timezone)}."
    )
    button = blocks.button(GET_LINK, "hand_out_link", facts.link.id, style="primary")
    return blocks.say(text, blocks.actions(button), blocks.context("From then on the link works for ten minutes."))


def refused(facts: LinkRefused) -> Message:
    """Return the message that a link was tried, and opened nothing."""
    tried = (
        _TRIED.get(facts.flaw) or f"the code was wrong. It ends with the third one, and this was number {facts.wrong}"
    )
    page, where = _PAGES[facts.link.purpose], f" from {code(facts.peer, 60)}" if facts.peer else ""
    return blocks.say(f"Your link for a {page} was tried{where} and refused: {tried}.")


HAND_OUT_COMMANDS = (
    Command(
        "hand-out",
        "get a certificate with its key, to take it to a portal by hand",
        Group.CERTIFICATES,
        hand_out,
        usage="LABEL [app/environment]",
        read=label,
        synonyms=("handout", "download"),
    ),
)
