"""What is typed after `/cert`, read with the commands that there are."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.bolt.arguments import Arguments
from bot.slack.bolt.parser import Incomplete, Mistyped, Understood
from bot.slack.commands import COMMANDS, PARSER


class Slip(NamedTuple):
    """A command that was given something else than it takes."""

    typed: str


class Guess(NamedTuple):
    """No command, and the one that was probably meant."""

    typed: str
    nearest: str | None


def _named(read: Understood | Mistyped | Incomplete) -> object:
    """The same with the commands' words instead of the commands."""
    if isinstance(read, Understood):
        return read.command.typed, read.arguments
    if isinstance(read, Incomplete):
        return Slip(read.command.typed)
    return Guess(read.typed, read.nearest.typed if read.nearest else None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ("", Arguments())),
        ("  LIST  ", ("list", Arguments())),
        ("add orders/production", ("add", Arguments(path="orders/production"))),
        ("show partner", ("show", Arguments(label="partner"))),
        ("show “Partner Root CA” orders/test", ("show", Arguments(label="Partner Root CA", path="orders/test"))),
        ("rm partner", ("remove", Arguments(label="partner"))),
        ("show a&amp;b", ("show", Arguments(label="a&b"))),
        ("env", ("env list", Arguments())),
        ("env add a/b Europe/Berlin", ("env add", Arguments(path="a/b", timezone="Europe/Berlin"))),
        ("env tz a/b Asia/Tokyo", ("env timezone", Arguments(path="a/b", timezone="Asia/Tokyo"))),
        ("env token", ("env token", Arguments())),
        ("env token a/b", ("env token", Arguments(path="a/b"))),
        ("env tokens a/b", ("env tokens", Arguments(path="a/b"))),
        ("env revoke …a-_d a/b", ("env revoke", Arguments(label="…a-_d", path="a/b"))),
        ("env revoke", Slip("env revoke")),
        ("env settings", ("env settings", Arguments())),
        ("env owners a/b", ("env settings", Arguments(path="a/b"))),
        ("freeze", ("freeze", Arguments())),
        ("freeze a/b", ("freeze", Arguments(path="a/b"))),
        ("freeze 2026-12-20 2027-01-05", ("freeze", Arguments(rest=("2026-12-20", "2027-01-05")))),
        ("freeze 2026-12-20 – 2027-01-05 a/b", ("freeze", Arguments(path="a/b", rest=("2026-12-20", "2027-01-05")))),
        ("freeze 20/12/2026 until 05/01/2027", ("freeze", Arguments(rest=("20/12/2026", "05/01/2027")))),
        ("freeze off a/b", ("freeze", Arguments(path="a/b", rest=("none",)))),
        ("freeze none 2026-12-20 a/b", ("freeze", Arguments(path="a/b", rest=("none", "2026-12-20")))),
        ("freeze 2026-12-20 none", Slip("freeze")),
        ("freeze 2026-12-20", ("freeze", Arguments(rest=("2026-12-20", "2026-12-20")))),
        ("freeze 2026-12-20 2026-12-21 2026-12-22", Slip("freeze")),
        ("restart", ("restart", Arguments())),
        ("restart a/b", ("restart", Arguments(path="a/b"))),
        ("restart done", ("restart done", Arguments())),
        ("restart confirm a/b", ("restart done", Arguments(path="a/b"))),
        ("restarted", ("restart done", Arguments())),
        ("show", Slip("show")),
        ("env add", ("env add", Arguments())),
        ("env add a/b Europe/Berlin more", Slip("env add")),
        ("env timezone a/b", Slip("env timezone")),
        ("hepl", Guess("hepl", "help")),
        ("enviroment", Guess("enviroment", "env list")),
        ("enviroment add a/b", Guess("enviroment add", "env add")),
        ("restartet", Guess("restartet", "restart done")),
        ("env remvoe a/b", Guess("env remvoe", "env remove")),
        ("restart doen", Guess("restart doen", "restart done")),
        ("supercalifragilistic", Guess("supercalifragilistic", None)),
    ],
)
def test_commands(text: str, meant: object) -> None:
    """What was typed, as a value."""
    assert _named(PARSER.parse(text)) == meant


@given(st.text(max_size=60))
def test_no_command_is_too_odd_to_answer(text: str) -> None:
    """Whatever is typed is understood, or answered as a slip."""
    assert isinstance(PARSER.parse(text), Understood | Mistyped | Incomplete)


def test_no_two_commands_have_the_same_words() -> None:
    """A synonym leads to one command only, and is no command's own name."""
    words = [words for command in COMMANDS for words in (command.typed, *command.synonyms)]
    assert sorted(set(words)) == sorted(words)
