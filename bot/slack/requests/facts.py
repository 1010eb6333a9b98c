"""What a request would change, as text: what it is called, and old beside new."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Block
from bot.slack.kit.escape import code, distinguished, escape, member
from bot.slack.kit.text import count, folded
from store import Environment, Request

Texts = Sequence[str]
NONE = "none"
NOW, THEN = ("now", "after approval"), ("before", "as asked for")
_MOST, _FIELDS = 5, 10


def _days(texts: Texts) -> str:
    return times.day(datetime.fromisoformat(texts[0]))


def _fingerprint(texts: Texts) -> str:
    """Return it in lines of eight bytes, for a column: Slack would break it anywhere."""
    pairs = [texts[0][at : at + 2].upper() for at in range(0, len(texts[0]), 2)]
    return "\n".join(code(":".join(pairs[at : at + 8])) for at in range(0, len(pairs), 8))


def _names(texts: Texts) -> str:
    return folded([code(one, 80) for one in texts], _MOST)


def _short(texts: Texts) -> str:
    return folded([code(one[:12]) for one in texts], _MOST)


def _people(texts: Texts) -> str:
    return ", ".join(member(one) for one in texts)


def _choice(texts: Texts) -> str:
    return {"owners": "owners only", "members": "all members of the channel"}.get(texts[0], texts[0])


# The facts in their order: what people call one, and how it is shown.
_FACTS: Mapping[str, tuple[str, Callable[[Texts], str]]] = {
    "clients": ("Certificates", lambda texts: code(texts[0])),
    "version": ("Version", lambda texts: code(texts[0])),
    "subject": ("Subject", lambda texts: distinguished(texts[0])),
    "issuer": ("Issuer", lambda texts: distinguished(texts[0])),
    "ends": ("Expires", _days),
    "sha256": ("SHA-256 fingerprint", _fingerprint),
    "chain": ("Chain", _names),
    "pins": ("Pins", _names),
    "count": ("CA certificates", lambda texts: code(texts[0])),
    "names": ("Names", _names),
    "fingerprints": ("SHA-256 begins with", _short),
    "token": ("Token", lambda texts: code("…" + texts[0])),
    "until": ("Valid until", _days),
    "issuer_of": ("Issuer", _names),
    "workload": ("Workload", _names),
    "networks": ("Only from", _names),
    "platform": ("Restarted through", _names),
    "owners": ("Owners", _people),
    "owner_groups": ("Groups of owners", _people),
    "handed_to": ("Handed to", _people),
    "changed_by": ("Changed by", _choice),
    "protected": ("Protected", _names),
}


def title(request: Request, environment: Environment) -> str:
    """Return what would be done, as it follows ``asks to``."""
    shown, place = request.shown, f"*{environment.path}*"
    label, old, new = code(str(shown["label"]), 80), shown["old"], shown["new"]
    titles = {
        "add": f"replace {label} in {place}" if old else f"add {label} to {place}",
        "add_authorities": f"add {count(_number(new), 'CA certificate')} to {place}",
        "remove": f"remove {label} from {place}",
        "restore": f"bring back {label} in {place}",
        "roll_back": f"go back to version {escape(_first(new, 'version'))} of {label} in {place}",
        "pin": f"change the pins of {label} in {place}",
        "token": (
            f"let {label} get the certificates and keys of {place}"
            if "workload" in new
            else f"let the app of {place} get its certificates and keys with the token {label}"
            if "until" in new
            else f"let a pipeline confirm restarts of {place} with the token {label}"
        ),
        "connect": f"let {place} be restarted through {code(_first(new, 'platform'), 40)}",
        "restart": f"restart the app of {place} now",
        "settings": f"change who decides about {place}",
        "hand_out": f"get {label} of {place} *with its private key*, to take it somewhere by hand",
        "remove_environment": f"remove {place} with everything in it",
    }
    return titles[request.deed]


def both(request: Request) -> list[Block]:
    """Return old beside new, a row for each fact that would change; and what stays the same, in small print.

    Where there is nothing before or nothing afterwards, the facts stand alone.
    """
    old, new = request.shown["old"], request.shown["new"]
    names = [name for name in (*_FACTS, *_others(old, new)) if old.get(name) or new.get(name)]
    changed = [name for name in names if old.get(name) != new.get(name)]
    words = NOW if request.is_waiting else THEN
    texts = [text for name in changed for text in _row(name, words, old, new)]
    made = _in_fields(texts)
    same = [_called(name) for name in names if name not in changed]
    if same and changed:
        made.append(blocks.context(f"Unchanged: {', '.join(same).lower()}."))
    return made


def _in_fields(texts: Sequence[str]) -> list[Block]:
    parts = [texts[at : at + _FIELDS] for at in range(0, len(texts), _FIELDS)]
    return [{"type": "section", "fields": [blocks.mrkdwn(text, blocks.FIELD) for text in part]} for part in parts]


def _row(name: str, words: tuple[str, str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    called = _called(name)
    if not (old and new):
        return [f"*{called}*\n{_said(name, old or new)}"]
    return [f"*{called}, {words[0]}*\n{_said(name, old)}", f"*{called}, {words[1]}*\n{_said(name, new)}"]


def _said(name: str, facts: Mapping[str, Any]) -> str:
    texts = facts.get(name)
    say = _FACTS[name][1] if name in _FACTS else _names
    return say(texts) if texts else NONE


def _called(name: str) -> str:
    return _FACTS[name][0] if name in _FACTS else name.removeprefix("setting ").replace("_", " ").capitalize()


def _others(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the settings of a connection or an environment, whose names are their own."""
    return sorted({*old, *new} - set(_FACTS))


def _first(facts: Mapping[str, Any], name: str) -> str:
    return next(iter(facts.get(name, ())), "")


def _number(new: Mapping[str, Any]) -> int:
    counted = _first(new, "count")
    return int(counted) if counted.isdecimal() else 0
