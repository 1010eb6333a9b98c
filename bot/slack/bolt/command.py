"""What somebody typed after ``/cert``, as a value. Pure; knows no environment and no label."""

from __future__ import annotations

import difflib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What can be asked for; the value is how it is typed."""

    OVERVIEW = ""
    ADD = "add"
    LIST = "list"
    SHOW = "show"
    REMOVE = "remove"
    RESTORE = "restore"
    ROLLBACK = "rollback"
    PIN = "pin"
    COPY = "copy"
    RESTART = "restart"
    RESTART_DONE = "restart done"
    FREEZE = "freeze"
    RESTART_NOW = "restart now"
    ENV_ADD = "env add"
    ENV_BIND = "env bind"
    ENV_TIMEZONE = "env timezone"
    ENV_SETTINGS = "env settings"
    ENV_LIST = "env list"
    ENV_REMOVE = "env remove"
    HOOK_MAKE = "env token"
    HOOK_LIST = "env tokens"
    HOOK_REVOKE = "env revoke"
    ENV_CONNECT = "env connect"
    ENV_DISCONNECT = "env disconnect"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Usage:
    """A line of the help: what follows the verb, and what it does."""

    arguments: str
    about: str


USAGES: Mapping[Verb, Usage] = {
    Verb.OVERVIEW: Usage("", "what this channel's environments hold, and what waits for a restart"),
    Verb.ADD: Usage("[app/environment]", "add a certificate or authorities; the file never lies in a channel"),
    Verb.LIST: Usage("[app/environment]", "every current certificate and authority"),
    Verb.SHOW: Usage("LABEL [app/environment]", "one certificate with its chain, pins and history"),
    Verb.REMOVE: Usage("LABEL [app/environment]", "remove a certificate or an authority; asks first"),
    Verb.RESTORE: Usage("LABEL [app/environment]", "bring back what was removed"),
    Verb.ROLLBACK: Usage("LABEL [NUMBER] [app/environment]", "make an older version current again; asks first"),
    Verb.PIN: Usage(
        "LABEL PINS… [app/environment]", "change which hosts and services a certificate is used for; or none"
    ),
    Verb.COPY: Usage("LABEL app/environment", "copy a certificate into another environment of this channel"),
    Verb.RESTART: Usage("[app/environment]", "what the app has not loaded yet"),
    Verb.RESTART_DONE: Usage("[app/environment]", "confirm that the app was restarted"),
    Verb.FREEZE: Usage(
        "[FROM [TO] | none [DAY]] [app/environment]",
        "no reminders on these days, as 2026-12-20 2027-01-05; none ends it",
    ),
    Verb.RESTART_NOW: Usage("[app/environment]", "stop and start the app, where it is connected; asks first"),
    Verb.ENV_ADD: Usage("app/environment [Area/City]", "add an environment to this channel"),
    Verb.ENV_BIND: Usage("app/environment", "move an environment to this channel"),
    Verb.ENV_TIMEZONE: Usage("app/environment Area/City", "change the time zone its mornings begin in"),
    Verb.ENV_SETTINGS: Usage("[app/environment]", "when reminders come and rest, who is called, what is announced"),
    Verb.ENV_LIST: Usage("", "the environments of this channel and when their reminders come"),
    Verb.ENV_REMOVE: Usage("app/environment", "remove an empty environment"),
    Verb.HOOK_MAKE: Usage("[app/environment]", "make a token with which a pipeline confirms restarts"),
    Verb.HOOK_LIST: Usage("[app/environment]", "the tokens that pipelines have"),
    Verb.HOOK_REVOKE: Usage("HINT [app/environment]", "revoke a token by its last characters"),
    Verb.ENV_CONNECT: Usage("[app/environment]", "say what restarts the app: Mendix Cloud, or a webhook"),
    Verb.ENV_DISCONNECT: Usage("[app/environment]", "forget the credentials that it is restarted with"),
    Verb.HELP: Usage("", "all commands"),
}

_SAME = {
    "ls": "list",
    "rm": "remove",
    "delete": "remove",
    "upload": "add",
    "undelete": "restore",
    "undo": "rollback",
    "pins": "pin",
    "environment": "env",
    "environments": "env",
    "envs": "env",
    "restarts": "restart",
    "restarted": "restart done",
    "freezes": "freeze",
    "?": "help",
}
_SAME_SECOND = {
    "tz": "timezone",
    "zone": "timezone",
    "time-zone": "timezone",
    "ls": "list",
    "rm": "remove",
    "delete": "remove",
    "move": "bind",
    "setting": "settings",
    "set": "settings",
    "config": "settings",
    "schedule": "settings",
    "owners": "settings",
    "confirm": "done",
    "confirmed": "done",
}
_DOUBLE = ("env", "restart")
_QUOTES = "\"'`“”„‘’«»"


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was understood; what it does not take stays empty."""

    verb: Verb
    label: str = ""
    path: str = ""
    timezone: str = ""
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mistyped:
    """No such command; ``nearest`` is the one that was probably meant."""

    typed: str
    nearest: Verb | None


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The command takes something else than what was given after it."""

    verb: Verb


def parse(text: str) -> Command | Mistyped | Incomplete:
    """Read what Slack sends as a command's text (``&``, ``<`` and ``>`` escaped)."""
    words = [word for word in (raw.strip(_QUOTES) for raw in html.unescape(text).split()) if word]
    verb, rest = _verb(words)
    if verb is None:
        return Mistyped(" ".join(words[:2]), _nearest(words))
    return _with_arguments(verb, rest)


def _verb(words: list[str]) -> tuple[Verb | None, list[str]]:
    if not words:
        return Verb.OVERVIEW, []
    first = _SAME.get(words[0].lower(), words[0].lower())
    if first == Verb.RESTART_DONE:
        return Verb.RESTART_DONE, words[1:]
    if first not in _DOUBLE:
        return _known(first), words[1:]
    second = _SAME_SECOND.get(words[1].lower(), words[1].lower()) if len(words) > 1 else ""
    if both := _known(f"{first} {second}"):
        return both, words[2:]
    if first == "env" and not second:
        return Verb.ENV_LIST, []
    # `/cert restart orders/production` names an environment; `/cert restart doen` is a slip.
    is_path = first == "restart" and ("/" in second or not second)
    return (Verb.RESTART, words[1:]) if is_path else (None, words)


def _known(text: str) -> Verb | None:
    return Verb(text) if text in set(Verb) - {Verb.OVERVIEW} else None


def _nearest(words: list[str]) -> Verb | None:
    typed = " ".join(words[:2]).lower()
    choices = [verb.value for verb in Verb if verb.value]
    # Letters that changed places are the likeliest slip: remvoe is remove, however much of revoke it holds.
    if swapped := next((choice for choice in choices if sorted(choice) == sorted(typed)), None):
        return Verb(swapped)
    first, *more = typed.split()
    # A word that only means one of ours: enviroment is environment, which is env.
    meant = difflib.get_close_matches(first, _SAME, n=1, cutoff=0.8)
    if meant and (verb := _verb([_SAME[meant[0]], *more])[0]):
        return verb
    for attempt in (typed, first):
        if found := difflib.get_close_matches(attempt, choices, n=1, cutoff=0.6):
            return Verb(found[0])
    return next((Verb(choice) for choice in choices if choice.startswith(typed[:3]) and len(typed) >= 3), None)


def _with_arguments(verb: Verb, rest: list[str]) -> Command | Incomplete:
    if verb in {Verb.SHOW, Verb.REMOVE, Verb.RESTORE, Verb.HOOK_REVOKE}:
        return _labelled(verb, rest)
    if verb in {Verb.ROLLBACK, Verb.PIN, Verb.COPY}:
        return _about_a_version(verb, rest)
    if verb is Verb.FREEZE:
        return _freeze(rest)
    most = {Verb.ENV_ADD: 2, Verb.ENV_TIMEZONE: 2, Verb.ENV_LIST: 0, Verb.HELP: 9}.get(verb, 1)
    least = {Verb.ENV_ADD: 1, Verb.ENV_BIND: 1, Verb.ENV_REMOVE: 1, Verb.ENV_TIMEZONE: 2}.get(verb, 0)
    if not least <= len(rest) <= most:
        return Incomplete(verb)
    path, timezone = [*rest, "", ""][:2]
    return Command(verb, path=path, timezone=timezone)


_BETWEEN = frozenset({"to", "until", "till", "-", "\N{EN DASH}", "\N{EM DASH}"})
_NONE = frozenset({"none", "off", "end"})


def _freeze(rest: list[str]) -> Command | Incomplete:
    """Two days, or none, and which environment, in which there is one slash."""
    path = rest[-1] if rest and rest[-1].count("/") == 1 else ""
    days = [word for word in (rest[:-1] if path else rest) if word.lower() not in _BETWEEN]
    ends = bool(days) and days[0].lower() in _NONE
    if len(days) > 2 or any(word.lower() in _NONE for word in days[1:]):
        return Incomplete(Verb.FREEZE)
    if ends:
        return Command(Verb.FREEZE, path=path, rest=("none", *days[1:]))
    if len(days) == 1:
        days *= 2  # one day: its first is its last
    return Command(Verb.FREEZE, path=path, rest=tuple(days))


def _labelled(verb: Verb, rest: list[str]) -> Command | Incomplete:
    # An authority's name may hold spaces; only the last word can be an environment.
    path = rest.pop() if len(rest) > 1 and "/" in rest[-1] else ""
    return Command(verb, label=" ".join(rest), path=path) if rest else Incomplete(verb)


def _about_a_version(verb: Verb, rest: list[str]) -> Command | Incomplete:
    """A label, which has no spaces here, and what follows it; a path comes last."""
    path = rest.pop() if len(rest) > 1 and "/" in rest[-1] and not set(rest[-1]) & set(":.") else ""
    label, *more = rest or [""]
    fits = {
        Verb.ROLLBACK: not more or (len(more) == 1 and more[0].isascii() and more[0].isdigit() and len(more[0]) < 6),
        Verb.PIN: bool(more),
        Verb.COPY: bool(path) and not more,
    }
    return Command(verb, label=label, path=path, rest=tuple(more)) if label and fits[verb] else Incomplete(verb)
