"""Findings about pins: by which an app names its client certificates, each of one certificate alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.certificates.findings import Code, Finding, blocker, named, warning

# Short names differ by one letter without being a typo.
_SHORTEST = 5


def pin_taken(pin: str, label: str) -> Finding:
    """Report a pin that another current certificate of the environment has."""
    return blocker(
        Code.PIN_TAKEN,
        f"{named(label)} already has the pin {named(pin)}. A pin can belong to one certificate only.",
        f"Leave the pin out, or add this certificate as a new version of {named(label)}.",
    )


def pin_findings(pins: Iterable[str], others: Mapping[str, Iterable[str]]) -> list[Finding]:
    """Return the warnings about a certificate with these pins, beside the ``others`` of its environment by label."""
    own = tuple(pins)
    unpinned = sorted(label for label, theirs in others.items() if not tuple(theirs))
    found = [_pins_missing(unpinned[0])] if not own and unpinned else []
    known = [(other, label) for label, theirs in sorted(others.items()) for other in theirs]
    return found + [_pin_similar(pin, *one) for pin in own for one in known if looks_like_a_typo(pin, one[0])]


def _pins_missing(label: str) -> Finding:
    return warning(
        Code.PINS_MISSING,
        f"Neither this certificate nor {named(label)} has a pin, so the app cannot tell which of them to use where.",
        "Give it the hosts, services or identifiers that it is for, or pin the other one.",
    )


def _pin_similar(pin: str, other: str, label: str) -> Finding:
    return warning(
        Code.PIN_SIMILAR,
        f"The pin {named(pin)} is almost {named(other)}, a pin of {named(label)}.",
        "If it is a typo, correct it: a pin that the app does not use means that the certificate is not used either.",
    )


def looks_like_a_typo(pin: str, other: str) -> bool:
    """Return whether two pins differ by case, or by one letter that is other, missing, too many or swapped.

    Those that differ by a digit are numbered on purpose: ``app1.example``, ``app2.example``.
    """
    if pin == other or min(len(pin), len(other)) < _SHORTEST:
        return False
    short, long = sorted((pin.casefold(), other.casefold()), key=len)
    if short == long:
        return True
    start = next((at for at, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    left, right = short[start:], long[start:]
    if len(left) < len(right):
        return left == right[1:] and not right[0].isdigit()
    swapped = len(left) > 1 and left[:2] == right[1::-1] and left[2:] == right[2:]
    one = left[1:] == right[1:]
    return (swapped or one) and not (left[0].isdigit() or right[0].isdigit())
