"""Client authentication leaves the public CAs: certificates of theirs that cannot be renewed as they are.

The dates and their sources stand in :data:`DEPARTURES`, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.certificates.findings import Code, Finding, named, warning
from bot.certificates.model import Certificate, Context, Root, Standing

_CLIENT, _MAIL = "clientAuth", "emailProtection"


@dataclass(frozen=True, slots=True)
class Departure:
    """When a CA stops issuing for client authentication: ``names`` are parts of its issuers' names.

    ``stops`` is None where sources disagree.
    """

    who: str
    names: tuple[str, ...]
    stops: date | None
    source: str


DEPARTURES = (
    Departure(
        "Let's Encrypt",
        ("Let's Encrypt", "ISRG"),
        date(2026, 7, 8),
        "https://letsencrypt.org/2025/05/14/ending-tls-client-authentication",
    ),
    Departure("DigiCert", ("DigiCert",), date(2027, 3, 1), "DigiCert's change log of 2026, second hand"),
    Departure("Sectigo", ("Sectigo", "COMODO", "USERTRUST"), None, "2026-05-15 and 2027-02-10, by two of its pages"),
)
# Chrome Root Program Policy 1.8, 3.2: what is issued from then on is for servers alone.
_EVERYBODY = Departure(
    "every public CA",
    (),
    date(2027, 3, 15),
    "https://googlechrome.github.io/chromerootprogram/ (version 1.8)",
)


def check(leaf: Certificate, root: Root, context: Context) -> list[Finding]:
    """Return a warning about a client certificate under a public root; none of one for mail, which may keep it."""
    if root.standing is not Standing.PUBLIC or _CLIENT not in leaf.eku or _MAIL in leaf.eku:
        return []
    found = next((one for one in DEPARTURES if any(name in f"{leaf.issuer} {root.name}" for name in one.names)), None)
    return [
        warning(
            Code.CLIENT_AUTH_SUNSET,
            f"The certificate comes from a public CA ({named(root.name)}), and "
            f"{_when(found or _EVERYBODY, context.now)}. It cannot be renewed as it is.",
            f"It is valid until {leaf.not_after:%-d %B %Y}. Ask the partner before then which CA it will accept: its "
            "own, or a private one.",
        )
    ]


def _when(departure: Departure, now: datetime) -> str:
    if departure.stops is None:
        return f"{departure.who} stops issuing certificates for clients in 2026 or 2027"
    begins = datetime.combine(departure.stops, datetime.min.time(), UTC)
    verb = "stopped issuing certificates for clients" if begins <= now else "stops issuing certificates for clients"
    return f"{departure.who} {verb} on {departure.stops:%-d %B %Y}"
