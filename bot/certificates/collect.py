"""Collect certificates and keys from files of any format, with findings for what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import SecretStr

from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.cost import over_budget, stated_cost
from bot.certificates.encryption.schemes import Encrypted, encrypted_key
from bot.certificates.findings import Code, Finding, blocker, named
from bot.certificates.formats import keys, pem, pkcs7, x509_reader
from bot.certificates.formats.foreign import certificate_too_large, not_certificates, request, too_large, too_many
from bot.certificates.formats.keys import SigningKey
from bot.certificates.formats.sniff import sniff
from bot.certificates.model import ContainerFacts, Context, Format
from bot.certificates.pkcs12.container import Opened, cost_of, open_container, read_structure
from bot.certificates.pkcs12.description import describe
from bot.certificates.pkcs12.remarks import container_remarks, encoding_remarks
from bot.certificates.pkcs12.structure import Kind
from bot.certificates.refusals import CannotOpen, damaged_inside, unsupported_certificate_key

# Mozilla's list of roots has about 150, and a certificate with hundreds of names and an RSA key of 16,384 bits 20 KiB.
MOST_CERTIFICATES, LARGEST_CERTIFICATE = 500, 64 * 1024


@dataclass(slots=True)
class Material:
    """Certificates and keys in the files' order.

    ``findings`` are about what could not be read, ``remarks`` about what could. ``locked`` says that something
    encrypted did not open.
    """

    certificates: list[x509.Certificate] = field(default_factory=list)
    keys: list[SigningKey] = field(default_factory=list, repr=False)
    locked: bool = False
    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    container: ContainerFacts | None = None

    def add(self, finding: Finding) -> None:
        """Add a finding unless it is there already."""
        if finding not in self.findings:
            self.findings.append(finding)

    @property
    def count(self) -> int:
        """Count what was found, readable or not."""
        return len(self.certificates) + len(self.keys) + len(self.findings)


def collect(files: Sequence[bytes], password: SecretStr | None, context: Context) -> Material:
    """Read every file. Never raises: each problem becomes a finding."""
    collector = _Collector(password, context)
    for number, data in enumerate(files, start=1):
        where = "The file" if len(files) == 1 else f"File {number}"
        if len(data) > context.max_bytes:
            collector.found.add(too_large(context.max_bytes))
        else:
            collector.read(data, where)
    _bound(collector.found)
    return collector.found


def _bound(found: Material) -> None:
    """Leave out what no issuer makes: a key of megabytes takes minutes in every handshake. Keep what can be shown."""
    small = [one for one in found.certificates if len(one.public_bytes(Encoding.DER)) <= LARGEST_CERTIFICATE]
    if len(small) < len(found.certificates):
        found.add(certificate_too_large(len(found.certificates) - len(small), LARGEST_CERTIFICATE))
    if len(small) > MOST_CERTIFICATES:
        found.add(too_many(len(small), MOST_CERTIFICATES))
    found.certificates = small[:MOST_CERTIFICATES]


class _Collector:
    """Reader of several files with one password for all of them."""

    def __init__(self, password: SecretStr | None, context: Context) -> None:
        self._password = password
        self._context = context
        self.found = Material()

    def read(self, data: bytes, where: str) -> None:
        kind = sniff(data)
        try:
            self._read(kind, data, where)
        except CannotOpen as error:
            self.found.locked = self.found.locked or kind in {Format.PKCS12, Format.DER_ENCRYPTED_KEY}
            self.found.add(error.finding)

    def _read(self, kind: Format, data: bytes, where: str) -> None:
        if kind is Format.PKCS12:
            self._container(data)
        elif kind is Format.PEM:
            self._pem(data, where)
        elif kind is Format.DER_CERTIFICATE:
            self._certificate(data, broken(where))
        elif kind is Format.PKCS7:
            self._bundle(data, where)
        elif kind is Format.DER_KEY:
            self.found.keys.append(keys.load_der(data, where))
        elif kind is Format.DER_ENCRYPTED_KEY:
            self._locked_key(data, where)
        else:
            self.found.add(not_certificates(kind, where, data))

    def _container(self, data: bytes) -> None:
        outside = read_structure(data)
        self.found.container = self.found.container or describe(outside)
        if (finding := over_budget(cost_of(outside), self._context)) is not None:
            raise CannotOpen(finding)
        opened = open_container(outside, self._password)
        self._contents(opened)

    def _contents(self, opened: Opened) -> None:
        several = [keys.load_inside(one.bag.value) for one in opened.of(Kind.KEY, Kind.SHROUDED_KEY)]
        self.found.keys += several
        facts = describe(opened.structure, opened, several, self._password)
        self.found.container = facts
        self.found.remarks += container_remarks(opened, facts, several, self._password)
        for one in opened.of(Kind.CERTIFICATE):
            self._certificate(one.bag.value, damaged_inside("a certificate"))

    def _pem(self, data: bytes, where: str) -> None:
        blocks = pem.blocks(data)
        before = self.found.count
        for block in blocks:
            place = where if len(blocks) == 1 else f"Block {block.number} ({block.label.lower()}) of {where.lower()}"
            try:
                self._block(block, place)
            except CannotOpen as error:
                self.found.locked = self.found.locked or block.encrypted
                self.found.add(error.finding)
        if before == self.found.count:
            self.found.add(_nothing_in(blocks, where))

    def _block(self, block: pem.Block, where: str) -> None:
        if block.is_key:
            self._key_block(block, where)
        elif block.label in pem.CERTIFICATES | pem.BUNDLES:
            try:
                der = block.der()
            except ValueError:
                raise CannotOpen(broken(where)) from None
            if block.label in pem.CERTIFICATES:
                self._certificate(der, broken(where))
            else:
                self._bundle(der, where)

    def _certificate(self, der: bytes, otherwise: Finding) -> None:
        """Add a certificate; report an unsupported kind of key, or ``otherwise`` if the certificate cannot be read."""
        try:
            self.found.certificates.append(x509_reader.parse(der))
        except ValueError:
            kind = x509_reader.unsupported_key(der)
            raise CannotOpen(unsupported_certificate_key(kind) if kind else otherwise) from None

    def _bundle(self, der: bytes, where: str) -> None:
        try:
            inside = pkcs7.certificates(der)
        except ValueError:
            raise CannotOpen(broken_bundle(where)) from None
        if not inside:
            raise CannotOpen(empty_bundle(where))
        self.found.certificates += inside

    def _key_block(self, block: pem.Block, where: str) -> None:
        try:
            if block.encrypted:
                self._unlock(block.encrypted_key(), where)
            else:
                self.found.keys.append(keys.load_der(block.der(), where))
        except CannotOpen:
            raise
        except ValueError:
            raise CannotOpen(keys.corrupt(where)) from None

    def _locked_key(self, der: bytes, where: str) -> None:
        try:
            encrypted = encrypted_key(der)
        except Malformed:
            raise CannotOpen(keys.corrupt(where)) from None
        self._unlock(encrypted, where)

    def _unlock(self, encrypted: Encrypted, where: str) -> None:
        if (finding := over_budget(stated_cost([encrypted.scheme.kdf]), self._context)) is not None:
            raise CannotOpen(finding)
        key, encoding = keys.unlock_der(encrypted, self._password, where)
        self.found.keys.append(key)
        self.found.remarks += encoding_remarks(encoding)


def broken(where: str) -> Finding:
    """Report a certificate that cannot be read; ``where`` names the file or the block by its number."""
    return blocker(
        Code.CORRUPT,
        f"{where} cannot be read as a certificate: it is damaged, or it is something else.",
        "Copy it again in full (PEM: from the BEGIN line to the END line), or leave it out.",
    )


def broken_bundle(where: str) -> Finding:
    """Report a PKCS #7 file that cannot be read."""
    return blocker(
        Code.CORRUPT,
        f"{where} begins like a PKCS #7 file, but it is damaged, or it has something else than certificates in it.",
        "Export it again with certificates only (.p7b).",
    )


def empty_bundle(where: str) -> Finding:
    """Report a PKCS #7 file without certificates, such as a signature."""
    return blocker(
        Code.NO_CERTIFICATE,
        f"{where} is a PKCS #7 file without certificates.",
        "Send the certificate itself, or a .p7b file that has it in it.",
    )


def _nothing_in(blocks: Sequence[pem.Block], where: str) -> Finding:
    labels = ", ".join(sorted({block.label.lower() for block in blocks}))
    if any(block.label in pem.REQUESTS for block in blocks):
        return request(where)
    return blocker(
        Code.NOT_CERTIFICATES,
        f"{where} is PEM text without a certificate or a private key ({named(labels)}).",
        "Send the file that has -----BEGIN CERTIFICATE----- in it.",
    )
