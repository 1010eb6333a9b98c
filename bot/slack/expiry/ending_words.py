"""What is said about what ends: a warning, and the weekly list."""

from __future__ import annotations

from datetime import datetime

from bot.desk.expiry.warnings import ExpiringItem
from bot.slack.certificates.words import pin_list
from bot.slack.kit import labels, times
from bot.slack.kit.escape import code, member
from bot.slack.kit.people import owners
from bot.slack.kit.times import count
from store import Authority, Version


def ends(one: ExpiringItem, now: datetime) -> str:
    """The first line of a warning that something ends."""
    what, place = _ending_thing(one.target), f"*{one.environment.path}*"
    if one.ends <= now:
        return f":red_circle: {what} in {place} *has ended* ({times.minute(one.ends, one.environment.timezone)})"
    when = times.minute(one.ends, one.environment.timezone)
    return f"{what} in {place} *ends {times.days_until(one.ends, now, one.environment.timezone)}* ({when})"


def _ending_thing(target: Version | Authority) -> str:
    if isinstance(target, Version):
        return f"The client certificate {code(target.label)}"
    return f"The authority {code(target.name)}"


def ends_with(name: str) -> str:
    """Where it is not the certificate itself that ends first."""
    return f"What ends first is {code(name, 120)} of its chain; the certificate itself is good for longer."


def what_ends_next(one: ExpiringItem, *, mention: bool) -> str:
    """What is to be done; the owners are called where it is near."""
    people = owners(one.environment) if mention else ""
    called = f"{people}: " if people else ""
    if isinstance(one.target, Authority):
        return (
            f"{called}Ask the partner for the authority that follows it, then click *{labels.REPLACE}* to add that one "
            "and restart the app. Remove this one when nothing needs it any more."
        )
    pins = f" It is used for {pin_list(one.target.pins)}." if one.target.pins else ""
    return f"{called}Order a new one, then click *{labels.REPLACE}* and restart the app.{pins}"


def digest(ended: int, far_off: int) -> str:
    """The first line of the weekly list."""
    end = f"{'ends' if far_off == 1 else 'end'} in the coming months"
    if not ended:
        return f"*{count(far_off, 'certificate')} of this channel {end}*"
    many = "has ended and was not replaced" if ended == 1 else "have ended and were not replaced"
    more = f", and {far_off} {end}" if far_off else ""
    return f":red_circle: *{count(ended, 'certificate')} of this channel {many}{more}*"


def listed(one: ExpiringItem, now: datetime) -> str:
    """A line of the weekly list."""
    name = one.target.label if isinstance(one.target, Version) else one.target.name
    what = f"•  {code(name, 80)} in {one.environment.path}"
    when = times.day(one.ends)
    if one.ends <= now:
        return f"{what} *has ended* ({when})"
    return f"{what} ends {times.days_until(one.ends, now, one.environment.timezone)} ({when})"


def below_digest(ended: int, far_off: int) -> str:
    """The small print of the weekly list."""
    later = (
        [f"*{labels.SEEN}* leaves what ends later out of the next lists; it is spoken of again when it is nearer."]
        if far_off
        else []
    )
    return " ".join([*_what_stays(ended), *later, _WHAT_COMES])


def not_shown(number: int) -> str:
    """What did not fit into a list that somebody has seen."""
    return f"and {number} more, which the next lists show"


def below_seen_digest(who: str, ended: int, far_off: int) -> str:
    """The same of a list that somebody has seen."""
    later = ["What ends later is left out of the next lists, and spoken of again when it is nearer."] if far_off else []
    return " ".join([f"Seen by {member(who)}.", *_what_stays(ended), *later, _WHAT_COMES])


_WHAT_COMES = "What is near gets a message of its own. `/cert list` shows everything."


def _what_stays(ended: int) -> list[str]:
    return ["What has ended stays in this list for 30 days, or until it is replaced or removed."] if ended else []


def seen_by(who: str) -> str:
    """Under a warning that somebody has seen."""
    return f"Seen by {member(who)}"
