"""Sentences for errors about requests for approval."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.desk.base import errors
from bot.slack.kit import times
from bot.slack.kit.errors import MARKED, Sentence, Voice, fixed

_ENDED = {
    "approved": "was approved{by} already",
    "bypassed": "was carried out{by} without approval already",
    "declined": "was declined{by}",
    "withdrawn": "was withdrawn{by}",
    "expired": "has expired",
    "overtaken": "has ended, because the environment was moved or removed",
}


def _awaits(error: errors.AwaitsApproval, voice: Voice) -> str:
    local = error.until.astimezone(ZoneInfo(error.timezone))
    until = times.minute(error.until, error.timezone) if voice is MARKED else f"{local:%d %b %Y %H:%M}"
    return (
        f"{voice.quote(error.path)} is protected, so this waits for another owner to approve it. "
        f"The request is in the channel until {until}. Nothing is changed before that."
    )


def _ended(error: errors.RequestEnded, voice: Voice) -> str:
    by = f" by {voice.member(error.by)}" if error.by and voice is MARKED else ""
    return f"This request {_ENDED[error.state].format(by=by)}, so nothing was changed by this click."


def _no_longer_good(error: errors.NoLongerGood, voice: Voice) -> str:
    problems = " ".join(voice.quote(one) for one in error.problems[:3])
    return f"What was asked for does not pass its checks any more: {problems} Nothing was changed. Decline the request."


def _withdrawing(error: errors.NotYourRequest, voice: Voice) -> str:
    who = voice.member(error.asked_by) if voice is MARKED else "the person who asked"
    return f"Only {who} can withdraw this request. An owner can decline it."


def _asker(error: errors.RequesterMayNot, voice: Voice) -> str:
    who = voice.member(error.asked_by) if voice is MARKED else "The person who asked"
    return f"{who} may not make this change any more, so it was not made. Decline the request, and make it yourself."


REQUEST_SENTENCES: Mapping[type[errors.DeskError], Sentence] = {
    errors.AwaitsApproval: _awaits,
    errors.RequestGone: fixed("This request is not there any more. `/cert requests` lists what waits for approval."),
    errors.RequestEnded: _ended,
    errors.OwnRequest: fixed(
        "You asked for this yourself, so another owner or an admin must decide. "
        "*Do it now…* makes the change without them, and tells the channel why."
    ),
    errors.NotYourRequest: _withdrawing,
    errors.RequesterMayNot: _asker,
    errors.ChangedSinceAsked: fixed(
        "What this would change is not as the request shows it any more, so nothing was changed. "
        "Decline it, and have it asked for anew."
    ),
    errors.NoLongerGood: _no_longer_good,
    errors.RequestBroken: fixed(
        "This request was changed outside of Certdesk, so nothing was done. Decline it, and tell your operator."
    ),
    errors.TooManyRequests: lambda error, voice: (
        f"{error.count} changes of {voice.quote(error.path)} wait for approval already. "
        f"{voice.command('/cert requests')} lists them: have some decided first."
    ),
    errors.NoReason: fixed("Write a reason, in a sentence or two: it is shown in the channel."),
}
REQUEST_FIELDS: Mapping[type[errors.DeskError], str] = {errors.NoReason: "reason"}
