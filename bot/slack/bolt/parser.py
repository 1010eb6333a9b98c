"""Understands what was typed after ``/cert``: which command, and what it was given. Pure."""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.slack.bolt.arguments import Arguments, Quoted
from bot.slack.bolt.command import Command

_QUOTES = "\"'`“”„‘’«»"
_DOUBLE = '"“”„«»'
# What stands in quotation marks is one word, whatever is in it.
_WORDS = re.compile(r"(?<!\S)[\"“”„«][^\"“”„«»\s][^\"“”„«»]*[\"“”»](?!\S)|\S+")


@dataclass(frozen=True, slots=True)
class Understood:
    """A command with what it was given."""

    command: Command
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Mistyped:
    """No such command; ``nearest`` is the one that was probably meant."""

    typed: str
    nearest: Command | None


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The command takes something else than what was given after it."""

    command: Command


def _word(raw: str) -> str:
    word = raw.strip(_QUOTES)
    return Quoted(word) if word and raw[0] in _DOUBLE and raw[-1] in _DOUBLE else word


class Parser:
    """Knows the commands by their words. ``first_words`` maps other spellings of a first word onto the one in use."""

    def __init__(self, commands: Sequence[Command], first_words: Mapping[str, str]) -> None:
        self._commands = {command.typed: command for command in commands}
        self._by_words = self._commands | {words: command for command in commands for words in command.synonyms}
        self._first_words = first_words
        # The first words after which a second one follows.
        self._double = {words.split()[0] for words in self._by_words if " " in words}

    def parse(self, text: str) -> Understood | Mistyped | Incomplete:
        """Read what Slack sends as a command's text (``&``, ``<`` and ``>`` escaped)."""
        words = [word for word in map(_word, _WORDS.findall(html.unescape(text))) if word]
        command, rest = self._find(words)
        if command is None:
            return Mistyped(" ".join(words[:2]), self._nearest(words))
        arguments = command.read(rest)
        return Incomplete(command) if arguments is None else Understood(command, arguments)

    def _find(self, words: list[str]) -> tuple[Command | None, list[str]]:
        lower = [word.lower() for word in words[:2]]
        first = self._first_words.get(lower[0], lower[0]) if lower else ""
        if len(lower) == 2 and (both := self._by_words.get(f"{first} {lower[1]}")):
            return both, words[2:]
        # `/cert restart orders/production` names an environment; `/cert restart doen` is a slip.
        if first in self._double and len(lower) == 2 and "/" not in lower[1]:
            return None, words
        return self._by_words.get(first), words[1:]

    def _nearest(self, words: list[str]) -> Command | None:
        typed = " ".join(words[:2]).lower()
        choices = [choice for choice in self._commands if choice]
        # Letters that changed places are the likeliest slip: remvoe is remove, however much of revoke it holds.
        if swapped := next((choice for choice in choices if sorted(choice) == sorted(typed)), None):
            return self._commands[swapped]
        first, *more = typed.split()
        # A word that only means one of ours: enviroment is environment, which is env.
        others = [word for word in self._by_words.keys() | self._first_words.keys() if word not in self._commands]
        meant = difflib.get_close_matches(first, sorted(one for one in others if " " not in one), n=1, cutoff=0.8)
        if meant and (command := self._find([meant[0], *more])[0]):
            return command
        for attempt in (typed, first):
            if found := difflib.get_close_matches(attempt, choices, n=1, cutoff=0.6):
                return self._commands[found[0]]
        beginning = (choice for choice in choices if choice.startswith(typed[:3]) and len(typed) >= 3)
        return next((self._commands[choice] for choice in beginning), None)
