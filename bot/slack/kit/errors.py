"""What went wrong, as one sentence that says what to do; and under which field of a modal it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from bot.desk.base import errors
from bot.slack.kit import escape, times
from bot.slack.kit.text import count
from store import KeysUnavailable, Unavailable

FIELDS: dict[type[errors.DeskError], str] = {
    errors.BadLabel: "label",
    errors.BadPin: "pins",
    errors.EnvironmentGone: "environment",
    errors.BadTimezone: "timezone",
    errors.BadPath: "path",
    errors.AlreadyExists: "path",
    errors.BadMoment: "at",
    errors.FileTrouble: "files",
}


_AWAY = "{what} does not answer right now, so nothing was changed. Nothing is lost either: try again in a minute."


def away(error: Unavailable) -> str:
    """The database, or the service that keeps the keys, cannot be reached."""
    what = "The service that keeps my keys" if isinstance(error, KeysUnavailable) else "My database"
    return _AWAY.format(what=what)


@dataclass(frozen=True, slots=True)
class Voice:
    """How names are put into a sentence, which depends on whether Slack formats it."""

    quote: Callable[[str], str]
    command: Callable[[str], str]
    channel: Callable[[str], str]
    member: Callable[[str], str]


# Messages are mrkdwn; errors under a field are plain text, where a mention would show as its id.
MARKED = Voice(lambda text: escape.code(text, 80), escape.code, escape.channel, escape.member)
PLAIN = Voice(
    lambda text: f"“{escape.visible(text, 80) or escape.NOTHING}”",
    str,
    lambda _id: "another channel",
    lambda _id: "the person who added it",
)


def unexpected(request_id: str, voice: Voice = MARKED) -> str:
    """Something failed that nobody foresaw; ``request_id`` leads to it in the logs."""
    return (
        "Something failed on my side and nothing was changed by this click. Try again in a minute; "
        f"if it stays, give your operator this number: {voice.command(request_id)}."
    )


def paused(seconds: float, voice: Voice = MARKED) -> str:
    """Slack wants to be left alone for longer than anybody waits."""
    return (
        f"Slack asks me to slow down for {count(ceil(seconds), 'second')}, so I could not go on. "
        f"Try again after that. {voice.command('/cert')} shows what there is by now."
    )


NOT_THERE = "What this was about is not there any more. `/cert list` shows what is."
LATE = "Slack took too long to open the window. Click or type it again."
VIEW_TROUBLE = "The window could not be opened. Try again in a minute."


def sentence(error: errors.DeskError, voice: Voice = MARKED) -> str:
    """The sentence for an error of the desk."""
    for kind, words in _SENTENCES.items():
        if isinstance(error, kind):
            return words(error, voice)
    return "That cannot be done as asked. `/cert help` shows what can."


def under_fields(wrong: errors.BadSettings) -> dict[str, str]:
    """All that is wrong with a form, each under its field."""
    return {field_of(one): sentence(one, PLAIN) for one in wrong.problems}


def field_of(error: errors.DeskError) -> str:
    """The field of a form that an error belongs to; empty where it belongs to none."""
    return error.field if isinstance(error, errors.BadSetting) else FIELDS.get(type(error), "")


def of_file(reason: str) -> str:
    """Why a file cannot be had."""
    return {
        "gone": "The file is not there any more. Run /cert add and choose it again, or drop it once more.",
        "foreign": "The file belongs to another workspace and I may not read it. Save it, then choose it in /cert add.",
        "too_large": "The file is larger than any certificate is, so I left it there. Choose the certificate itself.",
        "login_page": "Slack does not let me read files. Ask a workspace admin to reinstall Certdesk with files:read.",
    }.get(reason, "Slack did not hand out the file. Try again in a minute.")


def _did_you_mean(nearest: str | None, voice: Voice) -> str:
    return f" Did you mean {voice.quote(nearest)}?" if nearest else ""


def _unknown_environment(error: errors.UnknownEnvironment, voice: Voice) -> str:
    add = voice.command(f"/cert env add {error.path}")
    hint = _did_you_mean(error.nearest, voice) or f" {add} would add it."
    return f"There is no environment {voice.quote(error.path)}.{hint}"


def _unknown_label(error: errors.UnknownLabel, voice: Voice) -> str:
    hint = _did_you_mean(error.nearest, voice) or f" {voice.command('/cert list')} shows what there is."
    return f"Nothing here is called {voice.quote(error.label)}.{hint}"


def _ambiguous(error: errors.AmbiguousLabel, voice: Voice) -> str:
    choices = ", ".join(voice.quote(one) for one in error.choices[:10])
    return f"Several are called {voice.quote(error.label)}. Use the beginning of a fingerprint instead: {choices}."


def _no_version(error: errors.NoVersion, voice: Voice) -> str:
    if not error.choices:
        return f"{voice.quote(error.label)} has no other version to go back to."
    choices = ", ".join(voice.quote(str(one)) for one in error.choices[:20])
    return f"{voice.quote(error.label)} has no such version. It can go back to: {choices}."


def _changed_meanwhile(error: errors.ChangedMeanwhile, voice: Voice) -> str:
    show = voice.command("/cert show LABEL")
    return (
        f"{voice.quote(error.label)} was changed meanwhile: version {voice.quote(str(error.current))} is current now, "
        f"and nothing else was done. {show} shows what there is."
    )


def _nothing_removed(error: errors.NothingRemoved, voice: Voice) -> str:
    hint = _did_you_mean(error.nearest, voice)
    return f"Nothing called {voice.quote(error.label)} was removed here that could be restored.{hint}"


def _needs_environment(error: errors.NeedsEnvironment, voice: Voice) -> str:
    choices = ", ".join(voice.quote(one) for one in error.choices[:10])
    return f"This channel has several environments. Add one of them to the command: {choices}."


def _bad_pin(error: errors.BadPin, voice: Voice) -> str:
    hint = (
        f" Write {voice.quote(error.suggestion)}."
        if error.suggestion
        else " Use a host name such as partner.example, or a service such as Module.Service."
    )
    return f"{voice.quote(error.pin)} is not a pin.{hint}"


def _bad_timezone(error: errors.BadTimezone, voice: Voice) -> str:
    hint = _did_you_mean(error.nearest, voice) or " Write it like Europe/Berlin."
    return f"{voice.quote(error.timezone)} is not a time zone.{hint}"


def _already_exists(error: errors.AlreadyExists, voice: Voice) -> str:
    bind = voice.command(f"/cert env bind {error.path}")
    where = f", in {voice.channel(error.channel)}" if voice is MARKED else ""
    return f"{voice.quote(error.path)} exists already{where}. Use it there, or move it with {bind}."


def _elsewhere(error: errors.ElsewhereBound, voice: Voice) -> str:
    bind = voice.command(f"/cert env bind {error.path}")
    return f"{voice.quote(error.path)} belongs to {voice.channel(error.channel)}. Ask there, or move it with {bind}."


def _not_the_owner(error: errors.NotTheOwner, voice: Voice) -> str:
    return f"Only {voice.member(error.owner)} or a workspace admin may move {voice.quote(error.path)}. Ask one of them."


def _still_holds(error: errors.StillHolds, voice: Voice) -> str:
    held = count(error.count, "certificate or authority", "certificates and authorities")
    remove = voice.command("/cert remove LABEL")
    return f"{voice.quote(error.path)} still holds {held}. Remove what it holds first, with {remove}."


def _too_many_tokens(error: errors.TooManyTokens, voice: Voice) -> str:
    tokens = voice.command(f"/cert env tokens {error.path}")
    return f"{voice.quote(error.path)} has {error.count} tokens already. Revoke one first: {tokens} lists them."


def _unknown_token(error: errors.UnknownToken, voice: Voice) -> str:
    if not error.choices:
        return f"{voice.quote(error.path)} has no tokens, so there is none to revoke."
    choices = ", ".join(voice.quote(one) for one in error.choices[:10])
    return f"No token of {voice.quote(error.path)} ends with {voice.quote(error.hint)}. There are: {choices}."


def _no_environment(_error: errors.NoEnvironment, voice: Voice) -> str:
    add = voice.command("/cert env add app/environment")
    return f"No environment belongs to this channel yet. Add one with {add}, such as orders/production."


def _environment_gone(_error: errors.EnvironmentGone, voice: Voice) -> str:
    again = voice.command("/cert env list")
    return f"This environment was removed or moved meanwhile, and nothing was stored. {again} shows what there is."


_FLAWS: dict[errors.Flaw, str] = {
    errors.Flaw.NO_CLOCK: "{given} is not a time of day. Write it like 09:00.",
    errors.Flaw.HALF_QUIET: "Quiet hours begin and end: choose this time, too, or leave both empty.",
    errors.Flaw.ENDLESS_QUIET: "Quiet hours that end when they begin would never end. Choose another time.",
    errors.Flaw.QUIET_MORNING: "This time lies in the quiet hours ({given}). Choose one outside them, or change them.",
    errors.Flaw.NO_DAY: "Tick at least one day, or no reminder would ever come.",
    errors.Flaw.NO_PATIENCE: "Choose a number from 1 to 20.",
    errors.Flaw.MANY_OWNERS: "These are {given} people. Choose 10 at most.",
    errors.Flaw.GUEST_OWNER: "An owner is called to restart the app, which guests may not do. Choose members only.",
    errors.Flaw.NO_NUMBER: "{given} is not a number of days. Write numbers with commas, such as 30, 7, 1, 0.",
    errors.Flaw.MANY_NUMBERS: "These are {given} numbers. Write 20 at most.",
    errors.Flaw.FAR_NUMBER: "{given} days are more than ten years. Write 3650 at most.",
}
# What comes with the others is ours.
_AS_TYPED = {errors.Flaw.NO_CLOCK, errors.Flaw.NO_NUMBER, errors.Flaw.FAR_NUMBER}
_FREEZE_FLAWS: dict[errors.FreezeFlaw, str] = {
    errors.FreezeFlaw.BACKWARDS: "The freeze would end before it begins. Write its first day first.",
    errors.FreezeFlaw.PAST: "That freeze is over already. Its last day must be today or later.",
    errors.FreezeFlaw.LONG: "A freeze lasts a year at most. Check the days, or plan the rest of it later.",
    errors.FreezeFlaw.FAR: "That freeze begins more than two years ahead. Check the year.",
    errors.FreezeFlaw.NOT_FROZEN: "That day is in no change freeze. `/cert freeze` shows which are planned.",
    errors.FreezeFlaw.MANY: "There are 20 freezes already. `/cert freeze none` ends them all.",
}


def _bad_setting(error: errors.BadSetting, voice: Voice) -> str:
    said = voice.quote(error.given) if error.flaw in _AS_TYPED else escape.escape(error.given)
    return _FLAWS[error.flaw].format(given=said)


def _bad_settings(error: errors.BadSettings, voice: Voice) -> str:
    return " ".join(["Nothing was changed.", *(sentence(one, voice) for one in error.problems)])


def _fixed(text: str) -> Callable[[Any, Voice], str]:
    return lambda _error, _voice: text


_BAD_CONNECTION = {
    "app": "Give the app's subdomain, such as orders for orders.mendixcloud.com: letters, digits and dashes.",
    "mode": "Give Test, Acceptance, Production, or the name of a flexible environment.",
    "username": "Give the login name of a Mendix account, such as deploy@example.com: one word, without spaces.",
    "api_key": "Give the API key as the Mendix Portal shows it: one word, of at least eight characters.",
    "url": "Give an https address without a user name or password in it. This machine and link-local addresses, or "
    "hosts that your operator has not listed, are not allowed.",
    "expect": "Give a text of at most 200 characters, or none.",
    "secret": "Give 16 to 200 letters, digits and signs without spaces, the same that the pipeline knows.",
}


def _restart_runs(error: errors.RestartRuns, voice: Voice) -> str:
    begun = f": {voice.member(error.by)} began it, {times.minute(error.since)}" if voice is MARKED else ""
    return (
        f"{voice.quote(error.path)} is being restarted already{begun}. "
        "Its message in the channel shows how far it has come. Wait for its end."
    )


def _not_connected(error: errors.NotConnected, voice: Voice) -> str:
    connect = voice.command(f"/cert env connect {error.path}")
    return (
        f"I cannot restart {voice.quote(error.path)}: it is not connected to anything that could. "
        f"Restart it by hand, or connect it with {connect}."
    )


def _may_not_connect(error: errors.MayNotConnect, voice: Voice) -> str:
    return (
        f"Only {voice.member(error.owner)}, who added {voice.quote(error.path)}, or a workspace admin may say how it "
        "is restarted. Ask one of them."
    )


_SENTENCES: dict[type[errors.DeskError], Callable[[Any, Voice], str]] = {
    errors.NotAllowed: _fixed("Guests can look here and not change anything. Ask a member of this channel to do it."),
    errors.NotYours: lambda error, voice: (
        f"This file was shared by {voice.member(error.owner)}, who alone is asked about it."
        " Drop your own, or use /cert add."
    ),
    errors.NotTheOwner: _not_the_owner,
    errors.NoEnvironment: _no_environment,
    errors.EnvironmentGone: _environment_gone,
    errors.UnknownEnvironment: _unknown_environment,
    errors.ElsewhereBound: _elsewhere,
    errors.NeedsEnvironment: _needs_environment,
    errors.UnknownLabel: _unknown_label,
    errors.AmbiguousLabel: _ambiguous,
    errors.UploadGone: _fixed("This form is not known any more. Run /cert add, or drop the file once more."),
    errors.AlreadyStored: _fixed("This file was added before. /cert list shows what there is."),
    errors.AlreadyRemoved: _fixed("It was removed before, so nothing was changed now."),
    errors.RestartGone: _fixed("This restart is not pending any more. /cert restart shows what is."),
    errors.BadLabel: _fixed("Give a label of letters, digits, dots and dashes, such as partner-bank (64 at most)."),
    errors.BadPath: lambda error, voice: (
        f"{voice.quote(error.path)} is not an environment. Write it like orders/production."
    ),
    errors.BadPin: _bad_pin,
    errors.NoVersion: _no_version,
    errors.NothingRemoved: _nothing_removed,
    errors.ChangedMeanwhile: _changed_meanwhile,
    errors.KeyPurged: _fixed("The private key of that version was destroyed by a purge. Add the certificate anew."),
    errors.LabelInUse: lambda error, voice: (
        f"Another certificate is called {voice.quote(error.label)} now. Remove that one first, or leave this one be."
    ),
    errors.PinInUse: lambda error, voice: (
        f"{voice.quote(error.label)} has the pin {voice.quote(error.pin)}, and a pin belongs to one certificate."
        f" {voice.command('/cert pin LABEL PINS')} changes whose it is."
    ),
    errors.BadTimezone: _bad_timezone,
    errors.AlreadyExists: _already_exists,
    errors.StillHolds: _still_holds,
    errors.BadSettings: _bad_settings,
    errors.BadSetting: _bad_setting,
    errors.BadDay: lambda error, voice: (
        f"{voice.quote(error.day)} is not a day. Write it like 2026-12-20: year, month, day."
    ),
    errors.BadFreeze: lambda error, _voice: _FREEZE_FLAWS[error.flaw],
    errors.BadMoment: _fixed("Choose a time that is still to come, at most a month ahead."),
    errors.TooManyTokens: _too_many_tokens,
    errors.UnknownToken: _unknown_token,
    errors.BadToken: _fixed("This token is not known here. /cert env token makes a new one."),
    errors.BadLoadedAt: _fixed("Give the moment of the restart: not to come, and at most 31 days back."),
    errors.RestartRuns: _restart_runs,
    errors.NotConnected: _not_connected,
    errors.ConnectedElsewhere: lambda error, voice: (
        f"{voice.quote(error.path)} is connected to another app by now, so I did not start anything. "
        f"Start {voice.quote(error.target)} by hand, where it runs."
    ),
    errors.MayNotConnect: _may_not_connect,
    errors.BadConnection: lambda error, _voice: _BAD_CONNECTION.get(
        error.field, "Something of this cannot be used. Look at each field again."
    ),
    errors.ConnectionBroken: lambda error, voice: (
        f"The stored credentials of {voice.quote(error.path)} do not open any more, so nothing was restarted. "
        f"Give them again with {voice.command(f'/cert env connect {error.path}')}."
    ),
    errors.FileTrouble: lambda error, _voice: of_file(error.reason),
}
