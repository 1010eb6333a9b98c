"""What is said about what ends: a warning, and the weekly list."""

from __future__ import annotations

from datetime import datetime

from bot.desk.deliveries import Ending
from bot.slack import labels, moments
from bot.slack.actors import owners
from bot.slack.escape import code, member
from bot.slack.moments import count
from bot.slack.words import pin_list
from store import Authority, Version


def ends(one: Ending, now: datetime) -> str:
    """The first line of a warning that something ends."""
    what, place = _ending_thing(one.target), f"*{one.environment.path}*"
    if one.ends <= now:
        return f":red_circle: {what} in {place} *has ended* ({moments.minute(one.ends, one.environment.timezone)})"
    when = moments.minute(one.ends, one.environment.timezone)
    return f"{what} in {place} *ends {moments.days_until(one.ends, now, one.environment.timezone)}* ({when})"


def _ending_thing(target: Version | Authority) -> str:
    if isinstance(target, Version):
        return f"The client certificate {code(target.label)}"
    return f"The authority {code(target.name)}"


def ends_with(name: str) -> str:
    """Where it is not the certificate itself that ends first."""
    return f"What ends first is {code(name, 120)} of its chain; the certificate itself is good for longer."


def what_ends_next(one: Ending, *, mention: bool) -> str:
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


def digest(number: int) -> str:
    """The first line of the weekly list."""
    return f"*{count(number, 'certificate')} of this channel {'ends' if number == 1 else 'end'} in the coming months*"


def seen_by(who: str) -> str:
    """Under a warning that somebody has seen."""
    return f"Seen by {member(who)}"
