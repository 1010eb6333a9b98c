"""`/cert requests`, and the buttons that decide a request."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import NoReason
from bot.desk.deeds import DEEDS
from bot.desk.requests import deciding
from bot.desk.requests.deciding import Deciding
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.requests import messages


def register_requests(app: AsyncApp, context: Context) -> None:
    """Listen for the buttons, and for the windows that ask for a reason."""
    app.action("request_approve")(acknowledged(context, approve))
    app.action("request_decline")(acknowledged(context, ask_why_not))
    app.view("request_decline")(submission(context, decline))
    app.action("request_withdraw")(acknowledged(context, withdraw))
    app.action("request_now")(acknowledged(context, ask_why_now))
    app.view("request_now")(submission(context, do_now))


async def listing(call: Call, arguments: Arguments) -> None:
    """`/cert requests`."""
    await call.respond(messages.listing(await deciding.waiting(call.desk, call.channel, arguments.path or None)))


async def approve(call: Call) -> None:
    """Make the change (*Approve*); the message itself is updated by the outbox."""
    done = await deciding.approve(call.desk, DEEDS, await _deciding(call, call.value))
    await _tell_privately(call, done)


async def ask_why_not(call: Call) -> None:
    """Ask for the reason (*Decline…*)."""
    request = await deciding.may_decide(call.desk, await _deciding(call, call.value))
    await call.open(messages.decline_form(request))


async def decline(call: Call) -> None:
    """Decline it: the window was submitted."""
    try:
        await deciding.decline(call.desk, await _deciding(call, call.metadata), call.typed("reason"))
    except NoReason as error:
        await call.refuse_field(error)
        return
    await call.answer("clear")


async def withdraw(call: Call) -> None:
    """Take it back (*Withdraw*)."""
    await _tell_privately(call, await deciding.withdraw(call.desk, await _deciding(call, call.value)))


async def ask_why_now(call: Call) -> None:
    """Ask for the reason (*Do it now…*)."""
    request = await deciding.may_decide(call.desk, await _deciding(call, call.value), others=False)
    await call.open(messages.now_form(request))


async def do_now(call: Call) -> None:
    """Make the change without approval: the window was submitted."""
    try:
        reason = deciding.given(call.typed("reason"))
    except NoReason as error:
        await call.refuse_field(error)
        return
    # Everything is checked again, for which Slack may not wait.
    await call.answer("clear")
    await deciding.do_now(call.desk, DEEDS, await _deciding(call, call.metadata), reason)


async def _deciding(call: Call, request_id: str) -> Deciding:
    return Deciding(await call.member(), request_id, call.asked_in, call.context.people)


async def _tell_privately(call: Call, done: deciding.Decided) -> None:
    """Show what became of it in the place of a list that one member alone sees."""
    if call.is_private:
        await call.respond(messages.ended(done.request, done.environment), replace=True)


REQUEST_COMMANDS = (
    Command(
        "requests",
        "changes that wait for a second person's approval",
        Group.ENVIRONMENTS,
        listing,
        usage="[app/environment]",
        read=maybe_environment,
        synonyms=("request", "approvals"),
    ),
)
