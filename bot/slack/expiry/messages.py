"""Warnings that a certificate expires, and the weekly list, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.expiry.warnings import ExpiringItem
from bot.desk.expiry.weekly_list import Listed
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


def warning(one: ExpiringItem, *, item: str, mention: bool, earliest: str, now: datetime) -> Message:
    """Return an expiry warning; ``earliest`` names the certificate of the chain that expires first, if any."""
    return _message(one, _buttons(one, item), mention=mention, earliest=earliest, now=now)


def seen(one: ExpiringItem, by: str, *, earliest: str, now: datetime) -> Message:
    """Return the warning once somebody has seen it."""
    button = _replace_button(one, style="primary")
    below = [blocks.actions(button), blocks.context(seen_by(by))]
    return _message(one, below, mention=False, earliest=earliest, now=now)


def digest(lines: Sequence[Listed], now: datetime, *, item: str) -> Message:
    """Return the weekly list, the soonest first, a line each; *Seen* is of the lines that are shown."""
    several = [one.ending for one in lines]
    shown = BUTTONS + fitting(_in_words(several, now), SHOWN, "\n", _LONGEST)
    not_shown = [f"+{len(lines) - shown}"] if len(lines) > shown else []
    value = " ".join([item, *(one.mark for one in lines[:shown]), *not_shown])
    button = blocks.actions(blocks.button(SEEN, "digest_seen", value))
    ended = _ended(several, now)
    return _list(several, now, button, blocks.context(below_digest(ended, len(several) - ended)))


def digest_elsewhere(lines: Sequence[Listed], now: datetime) -> Message:
    """Return the list for one person if the channel cannot have it: what they have seen, the channel has not."""
    several = [one.ending for one in lines]
    return _list(several, now, blocks.context(below_digest(_ended(several, now), 0)))


def digest_seen(several: Sequence[ExpiringItem], by: str, now: datetime, *, more: int = 0) -> Message:
    """Return the list once somebody has seen it; ``more`` is how many were never shown."""
    ended = _ended(several, now)
    rest = [blocks.section(not_shown(more))] if more else []
    below = below_seen_digest(by, ended, len(several) - ended)
    return _list(several, now, *rest, blocks.context(below), more=more)


def _list(several: Sequence[ExpiringItem], now: datetime, *below: Block, more: int = 0) -> Message:
    ended = _ended(several, now)
    title = _list_title(ended, len(several) - ended + more)
    first = [blocks.section(_line(one, now), accessory=_replace_button(one)) for one in several[:BUTTONS]]
    lines = _in_words(several, now)
    rest = [blocks.section(folded(lines, SHOWN, "\n", _LONGEST))] if lines else []
    return blocks.say(title, *first, *rest, *below)


def _in_words(several: Sequence[ExpiringItem], now: datetime) -> list[str]:
    """Return the lines without a button."""
    return [_line(one, now) for one in several[BUTTONS:]]


def _ended(several: Sequence[ExpiringItem], now: datetime) -> int:
    return sum(one.ends <= now for one in several)


def _message(one: ExpiringItem, below: Sequence[Block], *, mention: bool, earliest: str, now: datetime) -> Message:
    title = _title(one, now)
    chain = [blocks.section(ends_with(earliest))] if earliest else []
    todo = blocks.section(what_ends_next(one, mention=mention))
    return Message(title, (blocks.section(title), *chain, todo, *below))


def _buttons(one: ExpiringItem, item: str) -> list[Block]:
    return [blocks.actions(_replace_button(one, style="primary"), blocks.button(SEEN, "expiry_seen", item))]


def _replace_button(one: ExpiringItem, *, style: str = "") -> Element:
    # An authority has no label of its own: what follows it is added beside it.
    label = one.target.label if isinstance(one.target, Version) else ""
    return replace_button(one.environment.path, label, style=style)


def replace_button(path: str, label: str, *, style: str = "") -> Element:
    """Build the button that opens the form for a new version of ``label``; without one, for any certificate."""
    return blocks.button(REPLACE, "expiry_replace", f"{path} {label}", style=style)


def _title(one: ExpiringItem, now: datetime) -> str:
    """Return the first line of an expiry warning."""
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
    """Return the line for a certificate of the chain that expires first."""
    return f"What ends first is {code(name, 120)} of its chain; the certificate itself is good for longer."


def what_ends_next(one: ExpiringItem, *, mention: bool) -> str:
    """Return what to do; ``mention`` names the owners."""
    people = owners(one.environment) if mention else ""
    called = f"{people}: " if people else ""
    if isinstance(one.target, Authority):
        return (
            f"{called}Ask the partner for the authority that follows it, then click *{REPLACE}* to add that one "
            "and restart the app. Remove this one when nothing needs it any more."
        )
    pins = f" It is used for {pin_list(one.target.pins)}." if one.target.pins else ""
    return f"{called}Order a new one, then click *{REPLACE}* and restart the app.{pins}"


def _list_title(ended: int, far_off: int) -> str:
    """Return the first line of the weekly list."""
    end = f"{'ends' if far_off == 1 else 'end'} in the coming months"
    if not ended:
        return f"*{count(far_off, 'certificate')} of this channel {end}*"
    many = "has ended and was not replaced" if ended == 1 else "have ended and were not replaced"
    more = f", and {far_off} {end}" if far_off else ""
    return f":red_circle: *{count(ended, 'certificate')} of this channel {many}{more}*"


def _line(one: ExpiringItem, now: datetime) -> str:
    """Return a line of the weekly list."""
    name = one.target.label if isinstance(one.target, Version) else one.target.name
    what = f"•  {code(name, 80)} in {one.environment.path}"
    when = times.day(one.ends)
    if one.ends <= now:
        return f"{what} *has ended* ({when})"
    return f"{what} ends {times.days_until(one.ends, now, one.environment.timezone)} ({when})"


def below_digest(ended: int, far_off: int) -> str:
    """Return the small print of the weekly list."""
    later = (
        [f"*{SEEN}* leaves what ends later out of the next lists; it is spoken of again when it is nearer."]
        if far_off
        else []
    )
    return " ".join([*_what_stays(ended), *later, _WHAT_COMES])


def not_shown(number: int) -> str:
    """Return the line for what did not fit into a list that was seen."""
    return f"and {number} more, which the next lists show"


def below_seen_digest(who: str, ended: int, far_off: int) -> str:
    """Return the small print of a list that was seen."""
    later = ["What ends later is left out of the next lists, and spoken of again when it is nearer."] if far_off else []
    return " ".join([f"Seen by {member(who)}.", *_what_stays(ended), *later, _WHAT_COMES])


_WHAT_COMES = "What is near gets a message of its own. `/cert list` shows everything."


def _what_stays(ended: int) -> list[str]:
    return ["What has ended stays in this list for 30 days, or until it is replaced or removed."] if ended else []


def seen_by(who: str) -> str:
    """Return who has seen a warning."""
    return f"Seen by {member(who)}"
