"""Mentions of people and programs (``U…``, ``hook:abcd``, ``cli:root``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.slack.kit.escape import code, member
from store import Environment

_CALLED = 10


def named(by: str) -> str:
    """Return a mention of a member, or what people call a program.

    ``hook:abcd`` is a pipeline by the end of its token, ``cli:root`` somebody at the command line, and
    ``certdesk:U0ALICE`` Certdesk itself, for who asked for it. ``app:abcd`` is an app by the end of its token, and
    ``proof:3`` three of its instances.
    """
    kind, colon, name = by.partition(":")
    return _PROGRAMS[kind](name) if colon and kind in _PROGRAMS else member(by)


def _ourselves(name: str) -> str:
    return f"Certdesk for {member(name)}" if name else "Certdesk"


_PROGRAMS: Mapping[str, Callable[[str], str]] = {
    "hook": lambda name: f"a pipeline (token {code('…' + name, 12)})",
    "app": lambda name: f"the app (token {code('…' + name, 12)})",
    "proof": lambda _number: "its instances",
    "cli": lambda name: f"{code(name, 40)} on the command line",
    "certdesk": _ourselves,
}


def asked_and_approved(by: str, approved_by: str) -> str:
    """Return who made a change, and who approved it if somebody had to."""
    return f"{named(by)}, approved by {named(approved_by)}" if approved_by else named(by)


def owners(environment: Environment) -> str:
    """Return mentions of the environment's owners in the workspace; empty if there are none."""
    people = [member(one) for one in environment.owners if one.startswith(("U", "W", "S"))]
    return " ".join(people[:_CALLED])
