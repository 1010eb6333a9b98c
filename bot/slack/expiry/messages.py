"""Warnings that certificates expire, and the weekly list, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.expiry.warnings import ExpiringItem
from bot.desk.expiry.weekly_list import Listed, NotShown, mark_of_target
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Block, Element, Message
from bot.slack.kit.escape import code, member
from bot.slack.kit.people import owners
from bot.slack.kit.text import count, fitting, folded, pin_list
from store import Authority, Version

REPLACE, SEEN = "Replace…", "Seen"

# Those with a button of their own, and those in a few words below them.
BUTTONS, SHOWN = 10, 20
_LONGEST = 2800


def warning(several: Sequence[ExpiringItem], *, item: str, mention: bool, now: datetime) -> Message:
    """Return a warning: of one certificate, or of several that expire together in one environment."""
    button = blocks.button(SEEN, "expiry_seen", _seen_value(several, item, now))
    if len(several) > 1:
        return _together(several, now, blocks.section(_todo(several, mention=mention)), blocks.actions(button))
    replace = _replace_button(several[0], style="primary")
    return _alone(several[0], blocks.actions(replace, button), mention=mention, now=now)


def seen(several: Sequence[ExpiringItem], by: str, *, now: datetime) -> Message:
    """Return the warning once somebody has seen it."""
    note = blocks.context(seen_by(by))
    if len(several) > 1:
        return _together(several, now, note)
    button = _replace_button(several[0], style="primary")
    return _alone(several[0], blocks.actions(button), note, mention=False, now=now)


def _seen_value(several: Sequence[ExpiringItem], item: str, now: datetime) -> str:
    """Return the value of *Seen*: the item, and marks of what is shown where that is more than the item's own."""
    shown = several[: _shown(several, now)] if len(several) > 1 else ()
    return " ".join([item, *(mark_of_target(one.target) for one in shown)])


def _alone(one: ExpiringItem, *below: Block, mention: bool, now: datetime) -> Message:
    title = _title(one, now)
    first = one.target.expires_first if isinstance(one.target, Version) else ""
    chain = [blocks.section(of_chain(first))] if first else []
    todo = blocks.section(what_to_do(one, mention=mention))
    return Message(title, (blocks.section(title), *chain, todo, *below))


def _together(several: Sequence[ExpiringItem], now: datetime, *below: Block) -> Message:
    return blocks.say(_title_together(several, now), *_lines(several, now), *below)


def digest(lines: Sequence[Listed], now: datetime, *, item: str, expired_more: int = 0, head: str = "") -> Message:
    """Return the weekly list, the soonest first, a line each; *Seen* is of the lines that are shown.

    ``expired_more`` have expired and are not among the lines. ``head`` is that of the audit log.
    """
    several = [one.ending for one in lines]
    shown = _shown(several, now)
    rest = NotShown(len(lines) - shown, expired_more)
    value = " ".join([item, *(one.mark for one in lines[:shown]), *([rest.mark] if any(rest) else [])])
    button = blocks.actions(blocks.button(SEEN, "digest_seen", value))
    expired = _expired(several, now)
    small = [below_digest(expired, len(several) - expired), *([f"Head of the audit log: {code(head)}"] if head else [])]
    return _list(several, now, button, blocks.context(*small), rest=NotShown(0, expired_more))


def digest_elsewhere(lines: Sequence[Listed], now: datetime, *, expired_more: int = 0) -> Message:
    """Return the list for one person if the channel cannot have it: what they have seen, the channel has not."""
    several = [one.ending for one in lines]
    below = blocks.context(below_digest(_expired(several, now), 0))
    return _list(several, now, below, rest=NotShown(0, expired_more))


def digest_seen(several: Sequence[ExpiringItem], by: str, now: datetime, *, rest: NotShown) -> Message:
    """Return the list once somebody has seen it; ``rest`` is how many were never shown."""
    expired = _expired(several, now)
    below = blocks.context(below_seen_digest(by, expired, len(several) - expired))
    return _list(several, now, below, rest=rest)


def _list(several: Sequence[ExpiringItem], now: datetime, *below: Block, rest: NotShown) -> Message:
    expired = _expired(several, now)
    title = _list_title(expired + rest.expired, len(several) - expired + rest.later)
    return blocks.say(title, *_lines(several, now, more=sum(rest)), *below)


def _lines(several: Sequence[ExpiringItem], now: datetime, *, more: int = 0) -> list[Block]:
    """Return a line each: the first with a button of their own, the others, and how many ``more``, in one block."""
    first = [blocks.section(_line(one, now), accessory=_replace_button(one)) for one in several[:BUTTONS]]
    lines = [_line(one, now) for one in several[BUTTONS:]]
    if not lines and not more:
        return first
    return [*first, blocks.section(folded(lines, SHOWN, "\n", _LONGEST, total=len(lines) + more))]


def _shown(several: Sequence[ExpiringItem], now: datetime) -> int:
    """Return how many of them :func:`_lines` shows."""
    words = [_line(one, now) for one in several[BUTTONS:]]
    return min(len(several), BUTTONS) + fitting(words, SHOWN, "\n", _LONGEST)


def _expired(several: Sequence[ExpiringItem], now: datetime) -> int:
    return sum(one.ends <= now for one in several)


def _replace_button(one: ExpiringItem, *, style: str = "") -> Element:
    # A CA certificate has no label of its own: its successor is added beside it.
    label = one.target.label if isinstance(one.target, Version) else ""
    return replace_button(one.environment.path, label, style=style)


def replace_button(path: str, label: str, *, style: str = "") -> Element:
    """Build the button that opens the form for a new version of ``label``; without one, for any certificate."""
    return blocks.button(REPLACE, "expiry_replace", f"{path} {label}", style=style)


def _title(one: ExpiringItem, now: datetime) -> str:
    """Return the first line of a warning about one certificate."""
    what, zone = f"{_named(one.target)} in *{one.environment.path}*", one.environment.timezone
    when = times.minute(one.ends, zone)
    if one.ends <= now:
        return f":red_circle: {what} *has expired* ({when})"
    return f"{what} *{times.expires(one.ends, now, zone)}* ({when})"


def _title_together(several: Sequence[ExpiringItem], now: datetime) -> str:
    """Return the first line of a warning about several certificates of one environment."""
    environment = several[0].environment
    what = f"{count(len(several), 'certificate')} of *{environment.path}*"
    days = {times.days_until(one.ends, now, environment.timezone) for one in several if one.ends > now}
    if not days:
        return f":red_circle: {what} *have expired*"
    return f"{what} *expire {days.pop() if len(days) == 1 else 'soon'}*"


def _named(target: Version | Authority) -> str:
    if isinstance(target, Version):
        return f"The client certificate {code(target.label)}"
    return f"The CA certificate {code(target.name)}"


def of_chain(name: str) -> str:
    """Return the line for a certificate of the chain that expires first."""
    return f"{code(name, 120)} of its chain expires first. The certificate itself is valid for longer."


def what_to_do(one: ExpiringItem, *, mention: bool) -> str:
    """Return what to do about one certificate; ``mention`` mentions the owners."""
    people = _people(one, mention=mention)
    if isinstance(one.target, Authority):
        return (
            f"{people}Ask the partner for its new CA certificate, click *{REPLACE}* to add it, and restart the app. "
            "Remove the old one when no partner needs it any more."
        )
    pins = f" It is used for {pin_list(one.target.pins)}." if one.target.pins else ""
    return f"{people}Order a new one, then click *{REPLACE}* and restart the app.{pins}"


def _todo(several: Sequence[ExpiringItem], *, mention: bool) -> str:
    """Return what to do about several certificates."""
    people = _people(several[0], mention=mention)
    return f"{people}Order new ones, then click *{REPLACE}* beside each and restart the app once."


def _people(one: ExpiringItem, *, mention: bool) -> str:
    people = owners(one.environment) if mention else ""
    return f"{people}: " if people else ""


def _list_title(expired: int, later: int) -> str:
    """Return the first line of the weekly list."""
    expire = f"{'expires' if later == 1 else 'expire'} in the coming months"
    if not expired:
        return f"*{count(later, 'certificate')} of this channel {expire}*"
    many = "has expired and was not replaced" if expired == 1 else "have expired and were not replaced"
    more = f", and {later} {expire}" if later else ""
    return f":red_circle: *{count(expired, 'certificate')} of this channel {many}{more}*"


def _line(one: ExpiringItem, now: datetime) -> str:
    """Return a line of a list: in the channel, the path alone says where."""
    return expiry_line(one, now, one.environment.path)


def expiry_line(one: ExpiringItem, now: datetime, where: str) -> str:
    """Return a line about one certificate, wherever several are listed."""
    name = one.target.label if isinstance(one.target, Version) else one.target.name
    when = times.expires(one.ends, now, one.environment.timezone)
    return f"•  {code(name, 80)} in {where} {when if one.ends > now else f'*{when}*'} ({times.day(one.ends)})"


def below_digest(expired: int, later: int) -> str:
    """Return the small print of the weekly list."""
    hides = [f"*{SEEN}* leaves what expires later out of the next lists, until it is closer."] if later else []
    return " ".join([*_what_stays(expired), *hides, _WHAT_COMES])


def below_seen_digest(who: str, expired: int, later: int) -> str:
    """Return the small print of a list that was seen."""
    hides = ["What expires later is left out of the next lists, until it is closer."] if later else []
    return " ".join([f"Seen by {member(who)}.", *_what_stays(expired), *hides, _WHAT_COMES])


_WHAT_COMES = "Certificates that expire soon get a message of their own. `/cert list` shows everything."


def _what_stays(expired: int) -> list[str]:
    return ["What has expired stays in this list until it is replaced or removed."] if expired else []


def seen_by(who: str) -> str:
    """Return who has seen a warning."""
    return f"Seen by {member(who)}"
