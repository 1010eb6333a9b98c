"""Collect certificates and keys from files of any format, with findings for what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import SecretStr

from bot.certificates.encryption import passwords
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.cost import over_budget, stated_cost
from bot.certificates.encryption.schemes import Encrypted, encrypted_key
from bot.certificates.findings import Code, Finding, blocker, named, note
from bot.certificates.foreign.findings import (
    certificate_too_large,
    named_kind,
    not_certificates,
    too_large,
    too_many,
    too_many_blocks,
)
from bot.certificates.foreign.kinds import REQUEST, Foreign, labelled, of_format
from bot.certificates.formats import keys, pem, pkcs7, x509_reader
from bot.certificates.formats.keys import SigningKey
from bot.certificates.formats.oddities import oddity
from bot.certificates.formats.sniff import sniff, values
from bot.certificates.keystores import keystore
from bot.certificates.model import ContainerFacts, Context, Format
from bot.certificates.pkcs12.container import Opened, cost_of, open_container, read_structure
from bot.certificates.pkcs12.description import describe
from bot.certificates.pkcs12.remarks import container_remarks, encoding_remarks
from bot.certificates.pkcs12.structure import Kind
from bot.certificates.refusals import CannotOpen, damaged_inside, unsupported_certificate_key, unusual_certificate
from bot.certificates.wrapping.unwrap import unwrap

# Mozilla's list of roots has about 150, and a certificate with hundreds of names and an RSA key of 16,384 bits 20 KiB.
MOST_CERTIFICATES, LARGEST_CERTIFICATE = 500, 64 * 1024
_LOCKS = frozenset({Format.PKCS12, Format.DER_ENCRYPTED_KEY, Format.JKS, Format.JCEKS})
_READ = frozenset({Format.PKCS12, Format.DER_CERTIFICATE, Format.PKCS7, Format.DER_KEY, Format.DER_ENCRYPTED_KEY})


@dataclass(slots=True)
class Material:
    """Certificates and keys in the files' order.

    ``findings`` are about what could not be read, ``remarks`` about what could. ``locked`` says that something
    encrypted did not open. ``others`` says of each block that is something else what it is. ``format`` is that of the
    first file, without what it was wrapped in.
    """

    certificates: list[x509.Certificate] = field(default_factory=list)
    keys: list[SigningKey] = field(default_factory=list, repr=False)
    locked: bool = False
    others: list[str] = field(default_factory=list)
    format: Format | None = None
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
            collector.unwrap(data, where)
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
        self._stated: SecretStr | None = None
        self.found = Material()

    def unwrap(self, data: bytes, where: str) -> None:
        """Read all parts of a file."""
        pieces = unwrap(data, most=self._context.max_bytes)
        if any(piece.format is not Format.REQUEST for piece in pieces):
            # What a CA sends back has the request beside the certificate now and then.
            pieces = tuple(piece for piece in pieces if piece.format is not Format.REQUEST)
        self.found.format = self.found.format or pieces[0].format
        for number, piece in enumerate(pieces, start=1):
            self._stated = piece.password
            self._read(piece.format, piece.data, where if len(pieces) == 1 else f"Part {number} of {where.lower()}")
        if layers := list(dict.fromkeys(piece.wrapped_in for piece in pieces if piece.wrapped_in)):
            self.found.remarks.append(unwrapped(where, layers))

    def _read(self, kind: Format, data: bytes, where: str) -> None:
        try:
            self._read_as(kind, data, where)
        except CannotOpen as error:
            self.found.locked = self.found.locked or kind in _LOCKS
            self.found.add(error.finding)

    def _read_as(self, kind: Format, data: bytes, where: str) -> None:
        if kind is Format.PKCS12:
            self._container(data, where)
        elif kind is Format.PEM:
            self._pem(data, where)
        elif kind is Format.DER_CERTIFICATE:
            self._certificates(data, where)
        elif kind is Format.PKCS7:
            self._bundle(data, where)
        elif kind is Format.DER_KEY:
            self.found.keys.append(keys.load_der(data, where))
        elif kind is Format.DER_ENCRYPTED_KEY:
            self._locked_key(data, where)
        elif kind in {Format.JKS, Format.JCEKS}:
            self._keystore(kind, data, where)
        else:
            self.found.add(not_certificates(kind, where, data))

    @property
    def _secret(self) -> SecretStr | None:
        """Return the password: the one that was given, or else the one that stands beside the container."""
        return self._password if passwords.given(self._password) else self._stated or self._password

    def _container(self, data: bytes, where: str) -> None:
        outside = read_structure(data)
        self.found.container = self.found.container or describe(outside)
        if (finding := over_budget(cost_of(outside), self._context)) is not None:
            raise CannotOpen(finding)
        opened = open_container(outside, self._secret, where)
        self._contents(opened)

    def _contents(self, opened: Opened) -> None:
        several = [keys.load_inside(one.bag.value) for one in opened.of(Kind.KEY, Kind.SHROUDED_KEY)]
        self.found.keys += several
        facts = describe(opened.structure, opened, several, self._secret)
        self.found.container = facts
        self.found.remarks += container_remarks(opened, facts, several, self._secret)
        for one in opened.of(Kind.CERTIFICATE):
            self._certificate(one.bag.value, damaged_inside("a certificate"))

    def _pem(self, data: bytes, where: str) -> None:
        blocks = pem.blocks(data)
        if len(blocks) > pem.MOST_BLOCKS:
            self.found.add(too_many_blocks(pem.MOST_BLOCKS))
            return
        before = self.found.count
        for block in blocks:
            try:
                self._block(block, place(block, where, alone=len(blocks) == 1))
            except CannotOpen as error:
                self.found.locked = self.found.locked or block.format is Format.DER_ENCRYPTED_KEY
                self.found.add(error.finding)
        if before == self.found.count:
            self.found.add(_nothing_in(blocks, where))
        elif flawed := [one for one in blocks if one.flaws and one.format in _READ]:
            self.found.remarks.append(repaired(flawed, where))

    def _block(self, block: pem.Block, where: str) -> None:
        """Read a block as what its content is; what is of no use in TLS is only remembered."""
        kind = block.format
        if block.traditional:
            self._traditional_key(block, where)
        elif block.label == pem.OPENSSH and block.der is not None:
            self.found.keys.append(keys.load_openssh(block.der, where))
        elif kind in _READ and block.der is not None:
            self._read_as(kind, block.der, where)
        elif kind in _READ:
            raise CannotOpen(unreadable(block, where))
        elif block.label in pem.CERTIFICATES | pem.BUNDLES:
            raise CannotOpen(broken(where))
        elif (foreign := other_block(block)) is not None:
            self.found.others.append(f"{where} is {foreign.name}")

    def _certificates(self, der: bytes, where: str) -> None:
        """Add a certificate, and those that follow it; what else is behind it does not count."""
        for number, one in enumerate(values(der)):
            if number and sniff(one) is not Format.DER_CERTIFICATE:
                return
            self._certificate(one, broken(where))

    def _certificate(self, der: bytes, otherwise: Finding) -> None:
        """Add a certificate; report an unsupported kind of key, or ``otherwise`` if the certificate cannot be read."""
        try:
            self.found.certificates.append(x509_reader.parse(der))
        except ValueError:
            raise CannotOpen(refused(der, otherwise)) from None

    def _bundle(self, der: bytes, where: str) -> None:
        try:
            inside = pkcs7.certificates(der)
        except ValueError:
            raise CannotOpen(broken_bundle(where)) from None
        if not inside:
            raise CannotOpen(empty_bundle(where))
        self.found.certificates += inside

    def _traditional_key(self, block: pem.Block, where: str) -> None:
        try:
            encrypted = block.encrypted_key()
        except ValueError:
            raise CannotOpen(keys.corrupt(where)) from None
        self._unlock(encrypted, where)

    def _keystore(self, kind: Format, data: bytes, where: str) -> None:
        """Add what is in a Java keystore; without a password, the certificates of one that has no keys."""
        opened = keystore.opened(kind, data, self._secret, self._context, where)
        self.found.keys += [keys.load_der(one.get_secret_value(), where) for one in opened.keys]
        for der in opened.certificates:
            self._certificate(der, broken(where))
        self.found.remarks += opened.remarks

    def _locked_key(self, der: bytes, where: str) -> None:
        try:
            encrypted = encrypted_key(der)
        except Malformed:
            raise CannotOpen(keys.corrupt(where)) from None
        self._unlock(encrypted, where)

    def _unlock(self, encrypted: Encrypted, where: str) -> None:
        if (finding := over_budget(stated_cost([encrypted.scheme.kdf]), self._context)) is not None:
            raise CannotOpen(finding)
        key, encoding = keys.unlock_der(encrypted, self._secret, where)
        self.found.keys.append(key)
        self.found.remarks += encoding_remarks(encoding)


def refused(der: bytes, otherwise: Finding) -> Finding:
    """Return why the library refuses a certificate; ``otherwise`` where it is damaged."""
    if kind := x509_reader.unsupported_key(der):
        return unsupported_certificate_key(kind)
    what = oddity(der)
    return unusual_certificate(what) if what else otherwise


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


def unreadable(block: pem.Block, where: str) -> Finding:
    """Report a block that is no base64, or that was cut off."""
    if pem.Flaw.NO_END in block.flaws:
        return blocker(
            Code.CORRUPT,
            f"{where} has no END line: it was cut off.",
            f"Copy it again in full, from the BEGIN line to -----END {named(block.label)}-----.",
        )
    return broken_block(where)


def broken_block(where: str) -> Finding:
    """Report a block whose text is not base64."""
    return blocker(
        Code.CORRUPT,
        f"{where} is damaged: there are characters in it that do not belong there, or some are missing.",
        "Copy it again in full, from the BEGIN line to the END line.",
    )


def repaired(blocks: Sequence[pem.Block], where: str) -> Finding:
    """Report blocks whose BEGIN and END lines are not as they should be."""
    first = blocks[0]
    flaws = " and ".join(one.value for one in pem.Flaw if one in first.flaws)
    more = f", and so {'has one more' if len(blocks) == 2 else f'have {len(blocks) - 1} more'}" if blocks[1:] else ""
    return note(
        Code.UNWRAPPED,
        f"Block {first.number} ({first.label.lower()}) of {where.lower()} {flaws}{more}.",
        "Nothing to do: Certdesk reads it all the same. Other programs may not.",
    )


def unwrapped(where: str, layers: Sequence[tuple[str, ...]]) -> Finding:
    """Report what certificates and keys came inside; each of ``layers`` is from the outside in."""
    inside = " and ".join(" within ".join(reversed(one)) for one in layers[:3])
    return note(Code.UNWRAPPED, f"{where} was unpacked from {inside}.", "Nothing to do.")


def place(block: pem.Block, where: str, *, alone: bool) -> str:
    """Return what a sentence about a block begins with; one that is alone in its file is the file."""
    return where if alone else f"Block {block.number} ({block.label.lower()}) of {where.lower()}"


def other_block(block: pem.Block) -> Foreign | None:
    """Return what a block is that has neither a certificate nor a private key in it; None for parameters."""
    if block.format is Format.REQUEST or block.label in pem.REQUESTS:
        return REQUEST
    return of_format(block.format, block.der or b"") or labelled(block.label)


def _nothing_in(blocks: Sequence[pem.Block], where: str) -> Finding:
    foreign = [one for one in map(other_block, blocks) if one is not None]
    if REQUEST in foreign:
        return named_kind(REQUEST, where)
    if foreign:
        return named_kind(foreign[0], where)
    labels = ", ".join(sorted({block.label.lower() for block in blocks}))
    return blocker(
        Code.NOT_CERTIFICATES,
        f"{where} is PEM text without a certificate or a private key ({named(labels)}).",
        "Send the file that has -----BEGIN CERTIFICATE----- in it.",
    )
