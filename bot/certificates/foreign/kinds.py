"""Kinds of files that are sent instead of certificates, by name, each with the way to a certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.certificates.formats.text import is_binary, plain
from bot.certificates.model import Format

_KEYTOOL = "keytool -importkeystore -srckeystore FILE{store} -destkeystore out.p12 -deststoretype PKCS12"
_HEAD = 4096
_OFFICE_PART, _ZIP_HEADER = b"[Content_Types].xml", 30
_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A kind of file that Certdesk does not read: what it is, what to do, and whether a private key is in it."""

    name: str
    remedy: str
    holds_key: bool = False


_UNPACK = "Unpack it ({command}), and send the files inside."
_KEYSTORE_REMEDY = "Export its entry as PKCS #12 (.p12) with the program that made it, or with: {command}"
_BOUNCY_CASTLE = _KEYTOOL.format(
    store=" -srcstoretype {kind} -providerclass org.bouncycastle.jce.provider.BouncyCastleProvider"
)
_7Z = Foreign("a 7-Zip archive", _UNPACK.format(command="7z x FILE"))
_OFFICE = Foreign(
    "an Office document", "Save the certificate that was put into it as a file of its own, and send that file."
)
_BKS = Foreign(
    "a Bouncy Castle keystore (BKS)", _KEYSTORE_REMEDY.format(command=_BOUNCY_CASTLE.format(kind="BKS")), True
)
_BCFKS = Foreign(
    "a Bouncy Castle FIPS keystore (BCFKS)", _KEYSTORE_REMEDY.format(command=_BOUNCY_CASTLE.format(kind="BCFKS")), True
)
_MAGIC: tuple[tuple[int, bytes, Foreign], ...] = (
    (0, b"7z\xbc\xaf\x27\x1c", _7Z),
    (0, b"Rar!\x1a\x07", Foreign("a RAR archive", _UNPACK.format(command="unrar x FILE, or 7z x FILE"))),
    (0, b"\x1f\x8b", Foreign("compressed with gzip", _UNPACK.format(command="tar xzf FILE, or gunzip FILE"))),
    (0, b"BZh", Foreign("compressed with bzip2", _UNPACK.format(command="tar xjf FILE, or bunzip2 FILE"))),
    (0, b"\xfd7zXZ\0", Foreign("compressed with xz", _UNPACK.format(command="tar xJf FILE, or unxz FILE"))),
    (257, b"ustar", Foreign("a tar archive", _UNPACK.format(command="tar xf FILE"))),
    (
        0,
        b"%PDF-",
        Foreign("a PDF document", "Ask whoever sent it for the certificate file itself (.pfx, .p12, .pem or .cer)."),
    ),
    (0, b"\xd0\xcf\x11\xe0", _OFFICE),
    (0, b"\x89PNG", Foreign("a picture", "Send the certificate file itself (.pfx, .p12, .pem or .cer).")),
    (0, b"\xff\xd8\xff", Foreign("a picture", "Send the certificate file itself (.pfx, .p12, .pem or .cer).")),
    (
        8,
        b"kdb",
        Foreign(
            "an IBM key database (KDB)",
            "Export its entry as PKCS #12 with: gskcapicmd -cert -export -db FILE -stashed -label LABEL -type cms "
            "-target out.p12 -target_type pkcs12",
            True,
        ),
    ),
    (
        0,
        b"\xa1\xf8\x4e",
        Foreign(
            "an Oracle wallet that opens by itself (cwallet.sso)",
            "Send ewallet.p12 of the same wallet, which is PKCS #12, with its password.",
            True,
        ),
    ),
    (
        0,
        b"\x1e\xf1\xb5\xb0",
        Foreign(
            "a Windows private key (PVK)", "Convert it to PEM with: openssl rsa -inform PVK -in FILE -out key.pem", True
        ),
    ),
    (
        0,
        b"\0\0\0\0CERT",
        Foreign("a Windows certificate store (SST)", "Open it in Windows, and export its certificates as .p7b."),
    ),
    (
        0,
        b"SQLite format 3\0",
        Foreign(
            "an SQLite database, perhaps an NSS one (cert9.db, key4.db)",
            "Export the entry as PKCS #12 with: pk12util -o out.p12 -n NAME -d FOLDER",
            True,
        ),
    ),
    (0, b"\0\0\0\x01\0\0\0\x14", _BKS),
    (0, b"\0\0\0\x02\0\0\0\x14", _BKS),
)
_TEXT: tuple[tuple[re.Pattern[bytes], Foreign], ...] = (
    (
        re.compile(rb"\APuTTY-User-Key-File-"),
        Foreign(
            "a PuTTY private key",
            "Export it from PuTTYgen (Conversions, Export OpenSSH key), or with: puttygen FILE -O private-openssh -o "
            "key.pem. Send it with its certificate.",
            True,
        ),
    ),
    (
        re.compile(rb"(?im)\A(?:[a-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,60}(?:content-type|mime-version):"),
        Foreign(
            "an e-mail message",
            "Open it in your mail program, save the attachment with the certificate, and send that file.",
        ),
    ),
    (
        re.compile(rb"(?i)\A\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<!doctype html)"),
        Foreign(
            "a web page",
            "Perhaps a login page was saved instead of the file. Log in, download the file again, and send that one.",
        ),
    ),
    (
        re.compile(rb'"kty"\s*:'),
        Foreign(
            "a JSON Web Key (JWK)",
            "Ask for the key as PEM or PKCS #12, or convert it with a tool such as step: step crypto key format "
            "--pem FILE. Send it with its certificate.",
            True,
        ),
    ),
    (
        re.compile(rb"\A(?:ssh-|ecdsa-sha2-|sk-)"),
        Foreign(
            "a public SSH key",
            "Partners need a certificate. Send the .pfx, .p12 or .pem file that you got from the CA.",
        ),
    ),
)
_MANGLED = Foreign(
    "a binary file that was sent as text, and is lost: its bytes were replaced by question marks (UTF-8)",
    "Send the original again as a file, such as in a ZIP archive, not as text.",
)
_LABELS: tuple[tuple[str, Foreign], ...] = (
    ("PUBLIC KEY", Foreign("a public key, not a certificate", "Send the certificate that the CA issued for it.")),
    ("X509 CRL", Foreign("a certificate revocation list (CRL)", "Send the certificate itself.")),
    ("PGP", Foreign("for PGP, which is not used in TLS", "Send the .pfx, .p12 or .pem file that you got from the CA.")),
    (
        "TSS2 PRIVATE KEY",
        Foreign("a private key that only its own TPM chip can use", "Ask for a key and a certificate in a file.", True),
    ),
)
REQUEST = Foreign(
    "a certificate request, not a certificate",
    "Send it to your certificate authority (CA), and add the certificate that the CA sends back.",
)
_KINDS: dict[Format, Foreign] = {
    Format.REQUEST: REQUEST,
    Format.PUBLIC_KEY: _LABELS[0][1],
    Format.CRL: _LABELS[1][1],
    Format.CMS: Foreign(
        "an encrypted or signed message (CMS, S/MIME)",
        "Open it in your mail program, save the certificate in it, and send that file.",
    ),
    Format.BCFKS: _BCFKS,
    Format.ZIP: Foreign(
        "a ZIP archive in which I find neither a certificate nor a private key",
        "Unpack it, and send the .pfx, .p12 or .pem file itself.",
    ),
}


def recognised(data: bytes) -> Foreign | None:
    """Return what kind of file it is, by its first bytes or lines."""
    for at, magic, foreign in _MAGIC:
        if data.startswith(magic, at) and (at == 0 or is_binary(data)):
            return foreign
    head = plain(data[:_HEAD])
    return next((foreign for pattern, foreign in _TEXT if pattern.search(head)), None)


def of_format(kind: Format, data: bytes) -> Foreign | None:
    """Return what a format is, of those that Certdesk knows and does not use."""
    is_office = kind is Format.ZIP and data.startswith(_OFFICE_PART, _ZIP_HEADER)
    return _OFFICE if is_office else _KINDS.get(kind)


def mangled(data: bytes) -> Foreign | None:
    """Return what is left of a binary file in which a program replaced what was no text."""
    return _MANGLED if _REPLACED in data[:_HEAD] else None


def labelled(label: str) -> Foreign | None:
    """Return what a PEM block with that label is, of those that have a name here."""
    return next((foreign for name, foreign in _LABELS if label.endswith(name) or label.startswith(name)), None)
