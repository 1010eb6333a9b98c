"""Checks of validity periods (RFC 5280, 4.1.2.5), and the one way in which days until expiry are counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from bot.certificates.findings import Code, Finding, blocker, counted, listed, named, warning
from bot.certificates.model import Certificate, Context

_NAMED_DAYS = {1: "tomorrow", -1: "yesterday"}


def check_client(leaf: Certificate, chain: Sequence[Certificate], context: Context) -> list[Finding]:
    """Return findings for a leaf with its chain: the earliest expiry and the latest beginning count."""
    expires_first = min((leaf, *chain), key=lambda one: one.not_after)
    begins_last = max((leaf, *chain), key=lambda one: one.not_before)
    findings = []
    if expires_first.not_after <= context.now:
        findings.append(_expired(expires_first, leaf, context.timezone))
    elif expires_soon(expires_first, context):
        findings.append(_expires_soon(expires_first, leaf, context))
    if begins_last.not_before > context.now:
        findings.append(_not_yet_valid(begins_last, leaf, context.timezone))
    return findings


def check_authorities(authorities: Sequence[Certificate], context: Context) -> list[Finding]:
    """Return findings for CA certificates. An expired one is only a warning: it is not used, and does no harm."""
    findings = []
    if expired := [one.name for one in authorities if one.not_after <= context.now]:
        count = counted(len(expired), "CA certificate has", "CA certificates have")
        remedy = "Leave expired CA certificates out of the file, or add them anyway: apps do not use them."
        findings.append(warning(Code.EXPIRED, f"{count} expired: {listed(expired)}.", remedy))
    if early := [one.name for one in authorities if one.not_before > context.now]:
        count = counted(len(early), "CA certificate is", "CA certificates are")
        remedy = "Add them anyway if they are meant for later."
        findings.append(warning(Code.NOT_YET_VALID, f"{count} not valid yet: {listed(early)}.", remedy))
    return findings


def expires_soon(certificate: Certificate, context: Context) -> bool:
    """Return whether the expiry is within the first threshold, and within the last third of the lifetime.

    The third keeps a fresh certificate of 45 days from being reported from its first day on.
    """
    days = days_until(certificate.not_after, context.now, context.timezone)
    third = (certificate.not_after - certificate.not_before) / 3
    return days <= context.first_threshold and certificate.not_after - context.now <= third


def expiry_day(end: datetime, timezone: tzinfo) -> date:
    """Return the calendar day of an expiry in ``timezone``."""
    return _local(end, timezone).date()


def days_until(end: datetime, now: datetime, timezone: tzinfo) -> int:
    """Count whole calendar days in ``timezone`` from today to the day of ``end``; negative once it is past."""
    return (expiry_day(end, timezone) - now.astimezone(timezone).date()).days


def relative_day(end: datetime, now: datetime, timezone: tzinfo) -> str:
    """Return when ``end`` is, in calendar days: ``today``, ``tomorrow``, ``in 30 days``, ``2 days ago``.

    On the day itself it is ``earlier today`` once the moment has passed.
    """
    days = days_until(end, now, timezone)
    if days == 0:
        return "today" if end > now else "earlier today"
    if days in _NAMED_DAYS:
        return _NAMED_DAYS[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def _local(when: datetime, timezone: tzinfo) -> datetime:
    """Return the time in ``timezone``, or as it is where that is beyond the calendar.

    "Never expires" is the last second of the year 9999 in UTC (RFC 5280, 4.1.2.5).
    """
    try:
        return when.astimezone(timezone)
    except OverflowError:
        return when


def _minute(when: datetime, timezone: tzinfo) -> str:
    return _local(when, timezone).strftime("%-d %B %Y, %H:%M %Z")


def _expired(which: Certificate, leaf: Certificate, timezone: tzinfo) -> Finding:
    remedy = "Ask the issuer for a new certificate, and add that one."
    if which != leaf:
        remedy = "Ask the issuer for its current CA certificates, and add your certificate together with them."
    return blocker(Code.EXPIRED, f"{subject_of(which, leaf)} expired on {_minute(which.not_after, timezone)}.", remedy)


def _expires_soon(which: Certificate, leaf: Certificate, context: Context) -> Finding:
    when = relative_day(which.not_after, context.now, context.timezone)
    return warning(
        Code.EXPIRES_SOON,
        f"{subject_of(which, leaf)} expires {when}, on {_minute(which.not_after, context.timezone)}.",
        "You can use the certificate until then. Ask the issuer for a new one now.",
    )


def _not_yet_valid(which: Certificate, leaf: Certificate, timezone: tzinfo) -> Finding:
    return warning(
        Code.NOT_YET_VALID,
        f"{subject_of(which, leaf)} is not valid before {_minute(which.not_before, timezone)}.",
        "Add it only if the app does not need it before then.",
    )


def subject_of(which: Certificate, leaf: Certificate) -> str:
    """Return how a sentence about ``which`` begins: ``The certificate``, or the CA by its name."""
    return "The certificate" if which == leaf else f"The CA certificate {named(which.name)} of the chain"
