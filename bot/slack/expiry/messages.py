"""Warnings of what ends, and the weekly list, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.expiry.warnings import ExpiringItem
from bot.desk.expiry.weekly_list import Listed
from bot.slack.certificates import words
from bot.slack.expiry import ending_words
from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Block, Message
from store import Version

# Those with a button of their own, and those in a few words below them.
BUTTONS, SHOWN = 10, 20
_LONGEST = 2800


def warning(one: ExpiringItem, *, item: str, mention: bool, earliest: str, now: datetime) -> Message:
    """Asks for a successor. ``earliest`` names the certificate of the chain that ends first, where it is another."""
    return _message(one, _buttons(one, item), mention=mention, earliest=earliest, now=now)


def seen(one: ExpiringItem, by: str, *, earliest: str, now: datetime) -> Message:
    """The warning once somebody has seen it: who, and what can still be done."""
    button = _replace_button(one, style="primary")
    below = [blocks.actions(button), blocks.context(ending_words.seen_by(by))]
    return _message(one, below, mention=False, earliest=earliest, now=now)


def digest(lines: Sequence[Listed], now: datetime, *, item: str) -> Message:
    """What ended lately and what ends in a while, soonest first, a line each; *Seen* is of those that are shown."""
    several = [one.ending for one in lines]
    shown = BUTTONS + words.fitting(_in_words(several, now), SHOWN, "\n", _LONGEST)
    not_shown = [f"+{len(lines) - shown}"] if len(lines) > shown else []
    value = " ".join([item, *(one.mark for one in lines[:shown]), *not_shown])
    button = blocks.actions(blocks.button(labels.SEEN, "digest_seen", value))
    ended = _ended(several, now)
    return _list(several, now, button, blocks.context(ending_words.below_digest(ended, len(several) - ended)))


def digest_elsewhere(lines: Sequence[Listed], now: datetime) -> Message:
    """The list for one person, where the channel cannot have it: what they have seen, the channel has not."""
    several = [one.ending for one in lines]
    return _list(several, now, blocks.context(ending_words.below_digest(_ended(several, now), 0)))


def digest_seen(several: Sequence[ExpiringItem], by: str, now: datetime, *, more: int = 0) -> Message:
    """The list once somebody has seen it: who, and when what is in it comes back; ``more`` were never shown."""
    ended = _ended(several, now)
    rest = [blocks.section(ending_words.not_shown(more))] if more else []
    below = ending_words.below_seen_digest(by, ended, len(several) - ended)
    return _list(several, now, *rest, blocks.context(below), more=more)


def _list(several: Sequence[ExpiringItem], now: datetime, *below: Block, more: int = 0) -> Message:
    ended = _ended(several, now)
    title = ending_words.digest(ended, len(several) - ended + more)
    first = [blocks.section(ending_words.listed(one, now), accessory=_replace_button(one)) for one in several[:BUTTONS]]
    lines = _in_words(several, now)
    rest = [blocks.section(words.folded(lines, SHOWN, "\n", _LONGEST))] if lines else []
    return blocks.say(title, *first, *rest, *below)


def _in_words(several: Sequence[ExpiringItem], now: datetime) -> list[str]:
    """Those that have no button."""
    return [ending_words.listed(one, now) for one in several[BUTTONS:]]


def _ended(several: Sequence[ExpiringItem], now: datetime) -> int:
    return sum(one.ends <= now for one in several)


def _message(one: ExpiringItem, below: Sequence[Block], *, mention: bool, earliest: str, now: datetime) -> Message:
    title = ending_words.ends(one, now)
    chain = [blocks.section(ending_words.ends_with(earliest))] if earliest else []
    todo = blocks.section(ending_words.what_ends_next(one, mention=mention))
    return Message(title, (blocks.section(title), *chain, todo, *below))


def _buttons(one: ExpiringItem, item: str) -> list[Block]:
    return [blocks.actions(_replace_button(one, style="primary"), blocks.button(labels.SEEN, "expiry_seen", item))]


def _replace_button(one: ExpiringItem, *, style: str = "") -> Block:
    # An authority has no label of its own: what follows it is added beside it.
    label = one.target.label if isinstance(one.target, Version) else ""
    return blocks.button(labels.REPLACE, "expiry_replace", f"{one.environment.path} {label}", style=style)
