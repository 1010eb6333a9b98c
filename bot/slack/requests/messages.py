"""Messages about requests: what waits, what became of it, and the windows that ask for a reason."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.requests.deciding import REASON, Decided
from bot.slack.kit import blocks, modals, times
from bot.slack.kit.blocks import Block, Message, View
from bot.slack.kit.escape import NOTHING, code, member, visible
from bot.slack.kit.people import named
from bot.slack.requests.facts import both, title
from store import Environment, Request
from store.requests.requests import State

APPROVE, DECLINE, WITHDRAW, NOW = "Approve", "Decline…", "Withdraw", "Do it now…"
NOTHING_WAITS = "Nothing waits for approval here."
_LISTED, _CALLED = 10, 10
_WHY = {"moved": "the environment was moved", "removed": "the environment was removed"}


def waits(request: Request, environment: Environment) -> Message:
    """Return the message of a request that can be decided."""
    text = f"{named(request.asked_by)} asks to {title(request, environment)}"
    until = times.minute(request.expires_at, environment.timezone)
    return Message(
        text,
        (
            blocks.section(f"*Waits for approval:* {text}."),
            *both(request),
            *_remarks(request),
            blocks.section(
                f"{_deciders(request, environment)} can approve this until {until}. Until then nothing changes."
            ),
            buttons(request),
        ),
    )


def buttons(request: Request) -> Block:
    """Return the buttons that decide a request; each asks who clicked."""
    return blocks.actions(
        blocks.button(APPROVE, "request_approve", request.id, style="primary"),
        blocks.button(DECLINE, "request_decline", request.id),
        blocks.button(WITHDRAW, "request_withdraw", request.id),
        blocks.button(NOW, "request_now", request.id, style="danger"),
    )


def ended(request: Request, environment: Environment) -> Message:
    """Return what stands in the place of the message once the request has ended."""
    text = f"{named(request.asked_by)} asked to {title(request, environment)}"
    return Message(text, (blocks.section(f"{text}."), *both(request), blocks.section(_outcome(request, environment))))


def ending(request: Request, environment: Environment) -> Message:
    """Return the message that tells who asked, and everybody else, that it was declined or has ended by itself."""
    what, who = title(request, environment), named(request.asked_by)
    if request.state is State.BYPASSED:
        text = f"{_people(environment.owners)}: {who} asked to {what}. {_by(request)} had it done without approval"
        more = (blocks.section(f"{text}."), blocks.section(_reason(request)))
        return Message(text, (blocks.header("Done without approval"), *more))
    if request.state is State.DECLINED:
        text = f"{who}, {_by(request)} declined your request to {what}"
        return blocks.say(f"{text}.", blocks.section(_reason(request)))
    why = _WHY.get(request.reason or "", "nobody approved it in time")
    return blocks.say(f"{who}, your request to {what} has ended: {why}. Nothing was changed; ask for it anew.")


def listing(found: Sequence[Decided]) -> Message:
    """Return the answer to `/cert requests`."""
    if not found:
        return blocks.say(NOTHING_WAITS)
    made: list[Block] = [blocks.section("*Waits for approval*")]
    for one in found[:_LISTED]:
        until = times.minute(one.request.expires_at, one.environment.timezone)
        what = title(one.request, one.environment)
        made.append(blocks.section(f"{named(one.request.asked_by)} asks to {what}, until {until}."))
        made.extend((*both(one.request)[:2], buttons(one.request)))
    if len(found) > _LISTED:
        made.append(blocks.context(f"And {len(found) - _LISTED} more: name an environment to see those of it."))
    return Message("Requests that wait for approval", tuple(made))


def decline_form(request: Request) -> View:
    """Return the window that asks why a request is declined."""
    return _reason_form(
        "request_decline", "Decline a request", request, "Decline", "The channel and who asked read it."
    )


def now_form(request: Request) -> View:
    """Return the window that asks why a change is made without approval."""
    hint = "The channel reads it at once, and it is in the audit log for ever."
    return _reason_form("request_now", "Do it now", request, "Do it now", hint)


def _reason_form(callback: str, heading: str, request: Request, submit: str, hint: str) -> View:
    field = blocks.text_input(multiline=True, longest=REASON)
    return modals.form(
        callback, heading, [blocks.input_("reason", "Reason", field, hint=hint)], about=request.id, submit=submit
    )


def _deciders(request: Request, environment: Environment) -> str:
    others = [member(one) for one in environment.owners if one != request.asked_by]
    return f"{', '.join(others[:_CALLED])} or an admin" if others else "A workspace admin"


def _people(owners: Sequence[str]) -> str:
    return " ".join(member(one) for one in owners[:_CALLED])


def _remarks(request: Request) -> list[Block]:
    remarks = [("Warning:", visible(str(one), 500) or NOTHING) for one in request.shown["remarks"]]
    return [blocks.context(f"{named(request.asked_by)} accepted:"), blocks.rich_list(remarks)] if remarks else []


def _outcome(request: Request, environment: Environment) -> str:
    at = times.minute(request.decided_at, environment.timezone) if request.decided_at else ""
    if request.state is State.EXPIRED:
        return f"*Expired* {at}: nobody approved it in time. Nothing was changed."
    if request.state is State.OVERTAKEN:
        return f"*Ended* {at}: {_WHY.get(request.reason or '', 'the environment changed')}. Nothing was changed."
    words = {
        State.APPROVED: "*Approved and done*",
        State.BYPASSED: "*Done without approval*",
        State.DECLINED: "*Declined*",
        State.WITHDRAWN: "*Withdrawn*",
    }
    reason = f"\n{_reason(request)}" if request.reason else ""
    return f"{words[request.state]} by {_by(request)}, {at}.{reason}"


def _by(request: Request) -> str:
    return named(request.decided_by or "")


def _reason(request: Request) -> str:
    return f"Reason: {code(request.reason or '', REASON)}"
