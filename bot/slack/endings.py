"""Warnings of what ends, and the weekly list, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.deliveries import Ending
from bot.slack import blocks, ending_words, labels, moments, words
from bot.slack.blocks import Block, Message
from bot.slack.escape import code
from store import Authority, Version

SHOWN = 20


def warning(one: Ending, *, item: str, mention: bool, earliest: str, now: datetime) -> Message:
    """Asks for a successor. ``earliest`` names the certificate of the chain that ends first, where it is another."""
    return _message(one, _buttons(one, item), mention=mention, earliest=earliest, now=now)


def seen(one: Ending, by: str, *, earliest: str, now: datetime) -> Message:
    """The warning once somebody has seen it: who, and what can still be done."""
    below = [blocks.context(ending_words.seen_by(by))]
    return _message(one, [blocks.actions(_replace_button(one)), *below], mention=False, earliest=earliest, now=now)


def digest(several: Sequence[Ending], now: datetime) -> Message:
    """What ends in a while, soonest first, a line each."""
    lines = [
        f"•  {code(_name(one.target), 80)} in {one.environment.path} ends "
        f"{moments.days_until(one.ends, now, one.environment.timezone)}"
        f" ({moments.day(one.ends)})"
        for one in several
    ]
    title = ending_words.digest(len(several))
    below = blocks.context("Each gets a reminder of its own when it is near. `/cert list` shows all of them.")
    return blocks.say(title, blocks.section(words.folded(lines, SHOWN, "\n", longest=2800)), below)


def _message(one: Ending, below: Sequence[Block], *, mention: bool, earliest: str, now: datetime) -> Message:
    title = ending_words.ends(one, now)
    chain = [blocks.section(ending_words.ends_with(earliest))] if earliest else []
    todo = blocks.section(ending_words.what_ends_next(one, mention=mention))
    return Message(title, (blocks.section(title), *chain, todo, *below))


def _buttons(one: Ending, item: str) -> list[Block]:
    return [blocks.actions(_replace_button(one), blocks.button(labels.SEEN, "expiry_seen", item))]


def _replace_button(one: Ending) -> Block:
    # An authority has no label of its own: what follows it is added beside it.
    label = one.target.label if isinstance(one.target, Version) else ""
    return blocks.button(labels.REPLACE, "expiry_replace", f"{one.environment.path} {label}", style="primary")


def _name(target: Version | Authority) -> str:
    return target.label if isinstance(target, Version) else target.name
