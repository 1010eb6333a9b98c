"""Collecting what files hold, each file by its own format: certificates, keys, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from pydantic import SecretStr

from bot.certificates import keys, pem, reading
from bot.certificates.container import ClosedContainer, open_container
from bot.certificates.findings import Code, Finding, blocker, named
from bot.certificates.model import MEBIBYTE, Context, Format
from bot.certificates.sniffing import sniff


@dataclass(slots=True)
class Material:
    """What was found, in the files' order. ``extra_keys`` counts keys that a container holds beside the one shown."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    keys: list[PrivateKeyTypes] = field(default_factory=list, repr=False)
    extra_keys: int = 0
    locked: bool = False
    findings: list[Finding] = field(default_factory=list)

    def say(self, finding: Finding) -> None:
        """Add a finding, once."""
        if finding not in self.findings:
            self.findings.append(finding)


def collect(files: Sequence[bytes], password: SecretStr | None, context: Context) -> Material:
    """Read every file; nothing is raised, everything that stood in the way is a finding."""
    found = Material()
    for number, data in enumerate(files, start=1):
        where = "The file" if len(files) == 1 else f"File {number}"
        if len(data) > context.max_bytes:
            found.say(too_large(context.max_bytes))
            continue
        _read(data, password, found, where)
    return found


def _read(data: bytes, password: SecretStr | None, found: Material, where: str) -> None:
    kind = sniff(data)
    if kind is Format.PKCS12:
        _container(data, password, found)
    elif kind is Format.PEM:
        _pem(data, password, found, where)
    elif kind is Format.DER_CERTIFICATE:
        _certificate(data, found, where)
    elif kind in {Format.DER_KEY, Format.DER_ENCRYPTED_KEY}:
        _der_key(data, password, found, where, encrypted=kind is Format.DER_ENCRYPTED_KEY)
    else:
        found.say(not_certificates(kind, where))


def _container(data: bytes, password: SecretStr | None, found: Material) -> None:
    try:
        opened = open_container(data, password)
    except ClosedContainer as closed:
        found.locked = True
        found.say(closed.finding)
        return
    found.certificates += opened.certificates
    if opened.key is not None:
        found.keys.append(opened.key)
    found.extra_keys += max(0, opened.keys - 1)


def _pem(data: bytes, password: SecretStr | None, found: Material, where: str) -> None:
    blocks = pem.blocks(data)
    read_before = (len(found.certificates), len(found.keys), len(found.findings))
    for block in blocks:
        block_where = where if len(blocks) == 1 else f"Block {block.number} ({block.label.lower()}) of {where.lower()}"
        if block.label in pem.CERTIFICATES:
            _certificate_block(block, found, block_where)
        elif block.is_key:
            _key_block(block, password, found, block_where)
    if read_before == (len(found.certificates), len(found.keys), len(found.findings)):
        found.say(_nothing_in(blocks, where))


def _certificate_block(block: pem.Block, found: Material, where: str) -> None:
    try:
        der = block.der()
    except ValueError:
        found.say(broken(where))
        return
    _certificate(der, found, where)


def _certificate(der: bytes, found: Material, where: str) -> None:
    try:
        found.certificates.append(reading.parse(der))
    except ValueError:
        found.say(broken(where))


def _key_block(block: pem.Block, password: SecretStr | None, found: Material, where: str) -> None:
    if not block.closed:
        found.say(broken(where))
        return
    try:
        key = keys.load_pem(block.text(), encrypted=block.encrypted, password=password, where=where)
        found.keys.append(key)
    except keys.KeyTrouble as trouble:
        found.locked = found.locked or block.encrypted
        found.say(trouble.finding)


def _der_key(data: bytes, password: SecretStr | None, found: Material, where: str, *, encrypted: bool) -> None:
    try:
        found.keys.append(keys.load_der(data, encrypted=encrypted, password=password, where=where))
    except keys.KeyTrouble as trouble:
        found.locked = found.locked or encrypted
        found.say(trouble.finding)


def broken(where: str) -> Finding:
    """A certificate that cannot be read; ``where`` names the block by its number."""
    return blocker(
        Code.CORRUPT,
        f"{where} is damaged: it cannot be read as a certificate.",
        "Copy it again in full, from the BEGIN line to the END line, or leave it out.",
    )


def too_large(max_bytes: int) -> Finding:
    """The file is over the limit (bytes)."""
    return blocker(
        Code.TOO_LARGE,
        f"The file is larger than {max_bytes // MEBIBYTE} MB; certificates are a few kilobytes.",
        "Send the certificate file itself, not an archive or a disk image that holds it.",
    )


_OTHER_FORMATS = {
    Format.EMPTY: (
        "{where} is empty.",
        "Export or copy it again; the upload may have begun too early.",
    ),
    Format.PKCS7: (
        "{where} is a PKCS #7 bundle: it holds certificates, never a private key.",
        "Convert it with: openssl pkcs7 -inform DER -in FILE -print_certs -out certificates.pem",
    ),
    Format.JKS: (
        "{where} is a Java keystore (JKS), which only Java reads.",
        "Convert it with: keytool -importkeystore -srckeystore FILE -destkeystore out.p12 -deststoretype PKCS12",
    ),
    Format.JCEKS: (
        "{where} is a Java keystore (JCEKS), which only Java reads.",
        "Convert it with: keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS "
        "-destkeystore out.p12 -deststoretype PKCS12",
    ),
    Format.ZIP: ("{where} is a ZIP archive.", "Unpack it, and send the certificate file that is in it."),
}


def not_certificates(kind: Format, where: str) -> Finding:
    """A file of another kind: what it is, and how to get at a certificate from there."""
    message, remedy = _OTHER_FORMATS.get(
        kind,
        (
            "{where} holds neither a certificate nor a key, whatever its name says.",
            "Send a .pfx or .p12 container, or a .pem file with -----BEGIN CERTIFICATE----- in it.",
        ),
    )
    return blocker(Code.NOT_CERTIFICATES, message.format(where=where), remedy)


def _nothing_in(blocks: Sequence[pem.Block], where: str) -> Finding:
    labels = ", ".join(sorted({block.label.lower() for block in blocks}))
    if any(block.label in pem.REQUESTS for block in blocks):
        return blocker(
            Code.NOT_CERTIFICATES,
            f"{where} is a certificate request, not a certificate.",
            "Send it to the authority that signs it, and deposit the certificate that comes back.",
        )
    if any(block.label in {"PKCS7", "CMS"} for block in blocks):
        return not_certificates(Format.PKCS7, where)
    return blocker(
        Code.NOT_CERTIFICATES,
        f"{where} is PEM text but holds neither a certificate nor a private key ({named(labels)}).",
        "Send the file that has -----BEGIN CERTIFICATE----- in it.",
    )
