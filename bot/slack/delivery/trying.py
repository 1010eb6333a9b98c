"""`/cert try`, and *Try…* on a card: what a partner's server says to a certificate, in words."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.delivery.partners import trying
from bot.desk.delivery.partners.trying import Trial
from bot.slack.bolt.arguments import Arguments, label_and_more
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.certificates.card_menu import arguments, chosen
from bot.slack.delivery.trial_words import MARKED, said
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code


async def try_out(call: Call, typed: Arguments) -> None:
    """`/cert try`: only the answer says what came of it."""
    trial = await trying.try_out(
        call.desk,
        await call.member(),
        call.channel,
        typed.label,
        host=next(iter(typed.rest), ""),
        path=typed.path or None,
    )
    await call.respond(_trial(trial))


async def try_card(call: Call) -> None:
    """Try the certificate of the card with its own hosts (*Try…*), as `/cert try` does."""
    await try_out(call, await arguments(call))


def register_trying(app: AsyncApp, context: Context) -> None:
    """Listen for *Try…* in the menu of a card."""
    app.action("card_menu", matchers=[chosen("try")])(acknowledged(context, try_card))


def _trial(trial: Trial) -> Message:
    version = trial.version
    title = (
        f"I tried {code(version.label)} version {version.number} of *{trial.environment.path}*: a TLS handshake with "
        "its key, and nothing else was sent."
    )
    return blocks.say(title, *(blocks.section(said(one, MARKED)) for one in trial.tried))


TRY_COMMANDS = (
    Command(
        "try",
        "try a certificate with the partner's server: a TLS handshake, nothing else",
        Group.CERTIFICATES,
        try_out,
        usage="LABEL [HOST[:PORT]] [app/environment]",
        read=label_and_more,
    ),
)
