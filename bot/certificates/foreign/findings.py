"""Findings for files of other formats: what they are, and how to get a certificate out of them."""

from __future__ import annotations

from bot.certificates.findings import Code, Finding, blocker, counted
from bot.certificates.foreign import kinds
from bot.certificates.foreign.kinds import Foreign
from bot.certificates.model import MEBIBYTE, Format

_ZIP_ENCRYPTED = 0x01
_ONLY_THOSE = "Send the certificates that this app needs; a list of all public roots comes with its runtime."
_OTHERWISE = (
    "{where} has neither a certificate nor a private key in it.",
    "Send a .pfx or .p12 file, or a .pem file that has -----BEGIN CERTIFICATE----- in it.",
)


def not_certificates(kind: Format, where: str, data: bytes = b"") -> Finding:
    """Report a file of another format; ``where`` names the file in a sentence."""
    if kind is Format.EMPTY:
        return blocker(
            Code.NOT_CERTIFICATES,
            f"{where} is empty.",
            "Export or copy it again. The upload may have started too early.",
        )
    if kind is Format.ZIP and len(data) > 6 and data[6] & _ZIP_ENCRYPTED:
        return blocker(
            Code.NOT_CERTIFICATES,
            f"{where} is a ZIP archive with its own password.",
            "Unpack it with that password (7z x FILE, or unzip FILE), and send the certificate file inside.",
        )
    if (foreign := kinds.of_format(kind, data) or kinds.recognised(data) or kinds.mangled(data)) is not None:
        return named_kind(foreign, where)
    message, remedy = _OTHERWISE
    return blocker(Code.NOT_CERTIFICATES, message.format(where=where), remedy)


def named_kind(foreign: Foreign, where: str) -> Finding:
    """Report a kind of file that has a name."""
    return blocker(Code.NOT_CERTIFICATES, f"{where} is {foreign.name}.", foreign.remedy)


def too_large(max_bytes: int) -> Finding:
    """Report a file over the limit (bytes)."""
    return blocker(
        Code.TOO_LARGE,
        f"The file is larger than {max_bytes // MEBIBYTE} MB. Certificate files have a few kilobytes.",
        "Send the certificate file itself, not an archive or a disk image that contains it.",
    )


def certificate_too_large(count: int, limit: int) -> Finding:
    """Report certificates over the limit (bytes) each."""
    what = counted(count, "certificate in the file is", "certificates in the file are")
    return blocker(
        Code.TOO_LARGE,
        f"{what} larger than {limit // 1024} KB. No certificate authority issues such, and connections would hang.",
        "Ask whoever sent it for the certificate that they really use.",
    )


def too_many(count: int, limit: int) -> Finding:
    """Report more certificates than a file may hold."""
    return blocker(
        Code.TOO_LARGE,
        f"The file has {count} certificates in it. I take at most {limit}.",
        _ONLY_THOSE,
    )


def too_many_blocks(limit: int) -> Finding:
    """Report more PEM blocks than a file may have."""
    return blocker(
        Code.TOO_LARGE,
        f"The file has more than {limit:,} PEM blocks in it.",
        _ONLY_THOSE,
    )
