"""Who did something, as the store names them: a member of the workspace, or one of the programs that may."""

from __future__ import annotations

from bot.slack.kit.escape import code, member
from store import Environment

_CALLED = 10
HOOK, COMMAND_LINE, OURSELVES = "hook", "cli", "certdesk"


def named(by: str) -> str:
    """A mention of a member, or what a program is to people.

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


def owners(environment: Environment) -> str:
    """Who is called for an environment: those of its owners who are people of the workspace; empty where none is."""
    people = [member(one) for one in environment.owners if one.startswith(("U", "W"))]
    return " ".join(people[:_CALLED])
