"""Mentions of people and programs (``U…``, ``hook:abcd``, ``cli:root``)."""

from __future__ import annotations

from bot.slack.kit.escape import code, member
from store import Environment

_CALLED = 10
HOOK, COMMAND_LINE, OURSELVES = "hook", "cli", "certdesk"


def named(by: str) -> str:
    """Return a mention of a member, or what people call a program.

    ``hook:abcd`` is a pipeline by the end of its token, ``cli:root`` somebody at the command line, and
    ``certdesk:U0ALICE`` Certdesk itself, for who asked for it.
    """
    kind, colon, name = by.partition(":")
    if not colon:
        return member(by)
    if kind == HOOK:
        return f"a pipeline (token {code('…' + name, 12)})"
    if kind == COMMAND_LINE:
        return f"{code(name, 40)} on the command line"
    if kind == OURSELVES:
        return f"Certdesk for {member(name)}" if name else "Certdesk"
    return member(by)


def asked_and_approved(by: str, approved_by: str) -> str:
    """Return who made a change, and who approved it if somebody had to."""
    return f"{named(by)}, approved by {named(approved_by)}" if approved_by else named(by)


def owners(environment: Environment) -> str:
    """Return mentions of the environment's owners in the workspace; empty if there are none."""
    people = [member(one) for one in environment.owners if one.startswith(("U", "W", "S"))]
    return " ".join(people[:_CALLED])
