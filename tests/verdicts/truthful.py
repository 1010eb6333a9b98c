"""Whether a verdict is true, by what is known of a sample because it was made here."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import SecretStr

from bot.certificates import Code, Context, Report, inspect_client
from tests.verdicts.samples import Sample

# Reasons why a container stays closed; everything else is about what was in it.
CLOSED = frozenset(
    {
        Code.PASSWORD_REQUIRED,
        Code.WRONG_PASSWORD,
        Code.TWO_PASSWORDS,
        Code.UNSUPPORTED_ALGORITHM,
        Code.TOO_EXPENSIVE,
        Code.CORRUPT,
        Code.NOT_CERTIFICATES,
    }
)
_NOT_THE_ONE = frozenset({Code.PASSWORD_REQUIRED, Code.WRONG_PASSWORD})
# The PKITS certificates ended in 2011 and in 2030.
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


def judged(sample: Sample, password: str | None) -> Report:
    """Our report on it, with as much time as it takes."""
    secret = SecretStr(password) if password is not None else None
    return inspect_client([sample.data], secret, Context(now=WHEN, seconds=60))


def closed_by(report: Report) -> Code | None:
    """The one reason why it stayed closed, or None where it opened."""
    return next((one.code for one in report.blockers if one.code in CLOSED), None)


def is_true(sample: Sample, password: str | None, report: Report) -> bool:
    """Whether what the report says of that password holds."""
    reason = closed_by(report)
    if sample.any_password:
        return reason is None and Code.MAC_MISSING in _codes(report)
    if sample.mac_password is not None and password == sample.mac_password:
        return reason is Code.TWO_PASSWORDS
    if not _same(sample.password, password):
        return reason in _NOT_THE_ONE
    if sample.unsupported is not None:
        return reason is Code.UNSUPPORTED_ALGORITHM and sample.unsupported.lower() in report.blockers[0].message.lower()
    return reason is None and (sample.mac_password is None or Code.TWO_PASSWORDS in _codes(report))


def _same(one: str | None, other: str | None) -> bool:
    """No password and an empty one cannot be told apart in a form."""
    return (one or "") == (other or "")


def _codes(report: Report) -> set[Code]:
    return {one.code for one in report.findings}
