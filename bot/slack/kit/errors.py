"""Errors as one sentence that says what to do; each feature registers those of its own errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from bot.desk.base import errors
from bot.slack.kit import escape
from bot.slack.kit.text import count
from store import KeysUnavailable, Unavailable

_AWAY = "{what} does not answer right now, so nothing was changed. Nothing is lost either: try again in a minute."


def away(error: Unavailable) -> str:
    """Return the sentence for a database, or a key service, that cannot be reached."""
    what = "The service that keeps my keys" if isinstance(error, KeysUnavailable) else "My database"
    return _AWAY.format(what=what)


@dataclass(frozen=True, slots=True)
class Voice:
    """A way to put names into a sentence: Slack formats it, or shows it as it is."""

    quote: Callable[[str], str]
    command: Callable[[str], str]
    member: Callable[[str], str]


# How an error is said: its facts come from outside, and are put into the sentence by the voice.
Sentence = Callable[[Any, Voice], str]

# Messages are mrkdwn; errors under a field are plain text, where a mention would show as its id.
MARKED = Voice(lambda text: escape.code(text, 80), escape.code, escape.member)
PLAIN = Voice(
    lambda text: f"“{escape.visible(text, 80) or escape.NOTHING}”",
    str,
    lambda _id: "the person who added it",
)


def unexpected(request_id: str, voice: Voice = MARKED) -> str:
    """Return the sentence for an unforeseen failure; ``request_id`` leads to it in the logs."""
    return (
        "Something failed on my side and nothing was changed by this click. Try again in a minute; "
        f"if it stays, give your operator this number: {voice.command(request_id)}."
    )


def paused(seconds: float, voice: Voice = MARKED) -> str:
    """Return the sentence for a rate limit that outlasts what a person waits for."""
    return (
        f"Slack asks me to slow down for {count(ceil(seconds), 'second')}, so I could not go on. "
        f"Try again after that. {voice.command('/cert')} shows what there is by now."
    )


NOT_THERE = "What this was about is not there any more. `/cert list` shows what is."
TAMPERED = (
    "Something else than me changed what this is about in my database, so I do not use it, and nothing was done. "
    "Tell your operator: `certdesk audit verify` says what was changed."
)
LATE = "Slack took too long to open the window. Click or type it again."


def did_you_mean(nearest: str | None, voice: Voice) -> str:
    """Return the question whether the nearest name was meant; empty where none is near."""
    return f" Did you mean {voice.quote(nearest)}?" if nearest else ""


def _unknown_environment(error: errors.UnknownEnvironment, voice: Voice) -> str:
    add = voice.command(f"/cert env add {error.path}")
    hint = did_you_mean(error.nearest, voice) or f" {add} would add it."
    return f"There is no environment {voice.quote(error.path)}.{hint}"


def _needs_environment(error: errors.NeedsEnvironment, voice: Voice) -> str:
    choices = ", ".join(voice.quote(one) for one in error.choices[:10])
    return f"This channel has several environments. Add one of them to the command: {choices}."


def taken(path: str, voice: Voice) -> str:
    """Return the sentence for an environment of another channel, which is named to nobody: it may be private."""
    bind = voice.command(f"/cert env bind {path}")
    return (
        f"{voice.quote(path)} belongs to another channel, so it cannot be used here. "
        f"One of its owners or a workspace admin can move it here with {bind}."
    )


def _no_environment(_error: errors.NoEnvironment, voice: Voice) -> str:
    add = voice.command("/cert env add app/environment")
    return f"No environment belongs to this channel yet. Add one with {add}, such as orders/production."


def _environment_gone(_error: errors.EnvironmentGone, voice: Voice) -> str:
    again = voice.command("/cert env list")
    return f"This environment was removed or moved meanwhile, and nothing was stored. {again} shows what there is."


_NOT_OURS = {
    errors.Outside.EXTERNAL: (
        "I work for people of one company only, and you belong to another one. Ask somebody of theirs in this channel."
    ),
    errors.Outside.APP: "I work for people only. What an app clicks or sends changes nothing here.",
    errors.Outside.DEACTIVATED: "Your account is deactivated, so you cannot use Certdesk.",
}


def _unknown_person(error: errors.UnknownPerson, voice: Voice) -> str:
    if error.reason == "missing_scope":
        return (
            "Slack does not tell me who you are, because I lack the scope users:read, so nothing was done. "
            "Ask an admin to reinstall Certdesk with it."
        )
    reason = voice.quote(error.reason)
    return f"Slack does not tell me who you are ({reason}), so nothing was done. Ask a member of this channel to do it."


def named(several: Sequence[str], voice: Voice) -> str:
    """Return the names that come from outside as a list for a sentence."""
    quoted = [voice.quote(one) for one in several]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}" if len(quoted) > 1 else quoted[0]


def fixed(text: str) -> Sentence:
    """Return a sentence that is always the same."""
    return lambda _error, _voice: text


_SENTENCES: dict[type[errors.DeskError], Sentence] = {
    errors.NotOurs: lambda error, _voice: _NOT_OURS[error.why],
    errors.UnknownPerson: _unknown_person,
    errors.NotInChannel: lambda error, voice: (
        f"You are not in the channel that {voice.quote(error.path)} belongs to, so nothing was changed. "
        "Ask somebody there."
    ),
    errors.NotHere: fixed("You are not in the channel of this message, so nothing was done. Ask somebody there."),
    errors.NotAChannel: fixed(
        "An environment belongs to a channel. Type this in the channel of the people who look after the app."
    ),
    errors.SharedChannel: lambda error, voice: (
        f"This channel is shared with {named(error.companies, voice)}. Nothing was added or moved."
    ),
    errors.UnknownMembers: lambda error, voice: (
        f"Slack does not tell me who is in this channel ({voice.quote(error.reason)}), so nothing was changed. "
        "If I am not in it, type `/invite` and choose Certdesk."
    ),
    errors.UnknownGroup: lambda error, voice: (
        f"Slack does not tell me who is in the user group that owns this ({voice.quote(error.reason)}), so nothing was "
        "changed. An admin can do it, or choose other owners."
    ),
    errors.BadButton: fixed("This button does not work any more. Type `/cert` to see what there is now."),
    errors.NotAllowed: fixed("Guests can look here and not change anything. Ask a member of this channel to do it."),
    errors.NoEnvironment: _no_environment,
    errors.TooLate: fixed(
        "That was more than 10 minutes ago, so it cannot be undone with a click. What was removed comes back with "
        "/cert restore; an app that was not restarted loads everything at its next restart."
    ),
    errors.EnvironmentGone: _environment_gone,
    errors.UnknownEnvironment: _unknown_environment,
    errors.ElsewhereBound: lambda error, voice: taken(error.path, voice),
    errors.NeedsEnvironment: _needs_environment,
}
_FIELDS: dict[type[errors.DeskError], str] = {errors.EnvironmentGone: "environment"}


def register(
    sentences: Mapping[type[errors.DeskError], Sentence], fields: Mapping[type[errors.DeskError], str]
) -> None:
    """Add the sentences of a feature's errors, and the fields of forms that some of them belong to."""
    _SENTENCES.update(sentences)
    _FIELDS.update(fields)


def sentence(error: errors.DeskError, voice: Voice = MARKED) -> str:
    """Return the sentence for an error of the desk."""
    words = next((_SENTENCES[kind] for kind in type(error).__mro__ if kind in _SENTENCES), None)
    return words(error, voice) if words else "That cannot be done as asked. `/cert help` shows what can."


def field_of(error: errors.DeskError) -> str:
    """Return the field of a form that an error belongs to; empty where it belongs to none."""
    return next((_FIELDS[kind] for kind in type(error).__mro__ if kind in _FIELDS), "")
