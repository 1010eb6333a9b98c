"""The small languages people type in: paths, labels, time zones, days and numbers. Parsed once, here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date, time
from ipaddress import ip_network
from zoneinfo import available_timezones

from bot.desk.base.errors import BadDay, BadLabel, BadLimit, BadPath, BadSetting, BadTimezone, Flaw

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
_PATH = re.compile(rf"({_NAME})/({_NAME})")
_LABEL = re.compile(r"[\w](?:[\w.-]{0,62}[\w])?")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOST_THRESHOLDS, FARTHEST_THRESHOLD = 20, 3650
MOST_TOKEN_DAYS, MOST_NETWORKS = 366, 20


def path(text: str) -> tuple[str, str]:
    """``orders/production`` as (app, environment), lower-cased; raises :class:`BadPath`."""
    match = _PATH.fullmatch(text.strip().lower())
    if match is None:
        raise BadPath(text)
    return match.group(1), match.group(2)


def label(text: str) -> str:
    """Read a label: 1 to 64 letters, digits, dots, dashes and underscores; raises :class:`BadLabel`."""
    clean = text.strip()
    if _LABEL.fullmatch(clean) is None:
        raise BadLabel(text)
    return clean


def suggested_label(file_name: str) -> str:
    """Make a label of a file's name; empty if no letter of it is left."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", file_name.strip())
    clean = re.sub(r"[^\w.-]+", "-", stem).strip("-._")[:64].strip("-._")
    return clean if _LABEL.fullmatch(clean) else ""


def timezone(text: str) -> str:
    """Read a name of the IANA time zone database, in any case; raises :class:`BadTimezone`."""
    names = {name.lower(): name for name in available_timezones()}
    wanted = text.strip().replace(" ", "_").lower()
    if wanted in names:
        return names[wanted]
    by_city = {
        name.rsplit("/", 1)[-1].lower(): name for name in sorted(available_timezones(), reverse=True) if "/" in name
    }
    close = nearest(wanted, [*names, *by_city])
    raise BadTimezone(text, (names.get(close) or by_city.get(close)) if close else None)


def clock(text: str, field: str) -> time:
    """``HH:MM``, as Slack's time pickers give it; raises :class:`BadSetting` of that field."""
    if _CLOCK.fullmatch(text) is None:
        raise BadSetting(field, Flaw.NO_CLOCK, text)
    return time.fromisoformat(text)


def day(text: str) -> date:
    """``2026-12-20``; raises :class:`BadDay`."""
    if _DAY.fullmatch(text) is None:
        raise BadDay(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDay(text) from None


def thresholds(text: str) -> tuple[int, ...] | None:
    """Days before an end, farthest first and each once; None where nothing is written. Raises :class:`BadSetting`."""
    found = [word for word in re.split(r"[,;\s]+", text.strip()) if word]
    if len(found) > MOST_THRESHOLDS:
        raise BadSetting("thresholds", Flaw.MANY_NUMBERS, str(len(found)))
    return tuple(sorted({_threshold(word) for word in found}, reverse=True)) or None


def _threshold(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise BadSetting("thresholds", Flaw.NO_NUMBER, word)
    # By its length first: nobody shall wait for a number of many digits.
    if len(word.lstrip("0")) > len(str(FARTHEST_THRESHOLD)) or int(word) > FARTHEST_THRESHOLD:
        raise BadSetting("thresholds", Flaw.FAR_NUMBER, word)
    return int(word)


def token_limits(words: Iterable[str]) -> tuple[int | None, tuple[str, ...]]:
    """Days that a token is valid for, if given, and networks (CIDR) that it is limited to. Raises :class:`BadLimit`."""
    days, found = None, list[str]()
    for word in words:
        if word.isascii() and word.isdigit():
            days = _token_days(word)
        else:
            found.append(_network(word))
    if len(found) > MOST_NETWORKS:
        raise BadLimit(found[MOST_NETWORKS])
    return days, tuple(dict.fromkeys(found))


def _token_days(word: str) -> int:
    if len(word) > len(str(MOST_TOKEN_DAYS)) or not 1 <= int(word) <= MOST_TOKEN_DAYS:
        raise BadLimit(word)
    return int(word)


def _network(word: str) -> str:
    try:
        return str(ip_network(word.strip(","), strict=False))
    except ValueError:
        raise BadLimit(word) from None


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that is most like ``word``, or None."""
    by_lower = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
