"""Whether certificates are good now, and for how long (RFC 5280, 4.1.2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.certificates.findings import Code, Finding, blocker, named, warning
from bot.certificates.model import Certificate, Context

_SOME = 3


def of_client(leaf: Certificate, chain: Sequence[Certificate], context: Context) -> list[Finding]:
    """Findings for a leaf with its chain: the earliest end and the latest beginning count."""
    first_end = min((leaf, *chain), key=lambda one: one.not_after)
    last_begin = max((leaf, *chain), key=lambda one: one.not_before)
    said = []
    if first_end.not_after <= context.now:
        said.append(_expired(first_end, leaf))
    elif first_end.not_after - context.now <= context.expires_soon:
        said.append(_expires_soon(first_end, leaf, context.now))
    if last_begin.not_before > context.now:
        said.append(_not_yet_valid(last_begin, leaf))
    return said


def of_authorities(authorities: Sequence[Certificate], context: Context) -> list[Finding]:
    """Findings for CA certificates. One that is past its day trusts nobody any more and harms nobody: a warning."""
    said = []
    if dead := [one for one in authorities if one.not_after <= context.now]:
        said.append(
            warning(
                Code.EXPIRED,
                f"{_counted(len(dead))} expired: {_listed(dead)}.",
                "Leave them out of the file, or add them anyway: an expired authority is simply not used.",
            )
        )
    if early := [one for one in authorities if one.not_before > context.now]:
        said.append(
            warning(
                Code.NOT_YET_VALID,
                f"{_counted(len(early))} not valid yet: {_listed(early)}.",
                "Add them anyway if they are meant for later.",
            )
        )
    return said


def day(when: datetime) -> str:
    """A day and a minute as a sentence has them, in UTC."""
    return when.astimezone(UTC).strftime("%-d %B %Y, %H:%M UTC")


def _expired(which: Certificate, leaf: Certificate) -> Finding:
    return blocker(
        Code.EXPIRED,
        f"{_subject(which, leaf)} expired on {day(which.not_after)}.",
        "Ask the issuer for a new certificate, and deposit that one.",
    )


def _expires_soon(which: Certificate, leaf: Certificate, now: datetime) -> Finding:
    days = (which.not_after - now).days
    left = "less than a day" if days == 0 else "1 day" if days == 1 else f"{days} days"
    return warning(
        Code.EXPIRES_SOON,
        f"{_subject(which, leaf)} expires in {left}, on {day(which.not_after)}.",
        "Use it for now, and order its successor.",
    )


def _not_yet_valid(which: Certificate, leaf: Certificate) -> Finding:
    return warning(
        Code.NOT_YET_VALID,
        f"{_subject(which, leaf)} is not valid before {day(which.not_before)}.",
        "Deposit it only if the app may start to use it after that.",
    )


def _subject(which: Certificate, leaf: Certificate) -> str:
    return "The certificate" if which == leaf else f"The chain's certificate {named(which.name)}"


def _counted(count: int) -> str:
    return "One authority is" if count == 1 else f"{count} authorities are"


def _listed(which: Sequence[Certificate]) -> str:
    names = ", ".join(named(one.name) for one in which[:_SOME])
    return names if len(which) <= _SOME else f"{names} and {len(which) - _SOME} more"
