"""What is unusual in a certificate that the library refuses, although it is complete."""

from __future__ import annotations

import re

from pyasn1.type import univ
from pyasn1_modules import rfc5280

from bot.certificates.encryption import ber

_VERSION, _EXTENSIONS = 0xA0, 0xA3
# There was never one behind the third; any other number is damage.
_VERSION_4 = 3
_BOOLEAN_FALSE = b"\x01\x01\x00"
# UTCTime and GeneralizedTime as certificates have them (RFC 5280, 4.1.2.5): with seconds, in UTC, without fractions.
_TIME = {0x17: re.compile(rb"[0-9]{12}Z"), 0x18: re.compile(rb"[0-9]{14}Z")}
_ANY_TIME = re.compile(rb"[0-9]{10,14}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{4})?")


def oddity(der: bytes) -> str | None:
    """Return what is unusual, for a sentence that begins "a certificate with"; None for one that is damaged."""
    try:
        ber.decode(der, rfc5280.Certificate())
        tbs = ber.children(ber.children(der)[0])
        version, rest = (tbs[0], tbs[1:]) if tbs[0][0] == _VERSION else (b"", tbs)
        return (
            _version(version)
            or _time(rest[3])
            or _written_out(rest)
            or (None if ber.is_der(der) else "lengths that only BER allows")
        )
    except (ber.Malformed, IndexError):
        return None


def _version(tagged: bytes) -> str | None:
    if not tagged:
        return None
    number = int(ber.decode(ber.children(tagged)[0], univ.Integer()))
    return "X.509 version 4, which does not exist" if number == _VERSION_4 else None


def _time(validity: bytes) -> str | None:
    for one in ber.children(validity):
        content = ber.content(one)
        if one[0] in _TIME and _ANY_TIME.fullmatch(content) and not _TIME[one[0]].fullmatch(content):
            return f"a time in an unusual form ({content.decode('ascii', 'replace')})"
    return None


def _written_out(parts: list[bytes]) -> str | None:
    """Return whether an extension says in full that it is not critical, which DER leaves out."""
    tagged = next((one for one in parts if one[0] == _EXTENSIONS), None)
    if tagged is None:
        return None
    for extension in ber.children(ber.children(tagged)[0]):
        if any(one == _BOOLEAN_FALSE for one in ber.children(extension)):
            return "an extension whose default is written out (critical: false)"
    return None
