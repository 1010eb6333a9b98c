"""Tell the use of a dropped file, without a password and without any key derivation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from bot.certificates.collect import broken, broken_bundle, empty_bundle, other_block, place, refused, unreadable
from bot.certificates.encryption.cost import over_budget
from bot.certificates.findings import Finding
from bot.certificates.foreign import kinds
from bot.certificates.foreign.findings import named_kind, not_certificates, too_many_blocks
from bot.certificates.foreign.kinds import REQUEST
from bot.certificates.formats import pem, pkcs7, x509_reader
from bot.certificates.formats.sniff import sniff, values
from bot.certificates.keystores import keystore
from bot.certificates.model import Context, Format, Survey, Use
from bot.certificates.pkcs12.container import cost_of, read_structure, refuse_unsupported
from bot.certificates.pkcs12.description import describe
from bot.certificates.refusals import CannotOpen
from bot.certificates.wrapping.unwrap import Piece, unwrap

# A file of these has something to do with certificates, whatever it is called: it gets an answer.
_ANSWERED = frozenset({Format.BCFKS, Format.REQUEST})
_USABLE = frozenset({Use.UNLOCK, Use.AUTHORITY, Use.COMBINE, Use.PART})


def survey(data: bytes, context: Context) -> Survey:
    """Look at a file; never raises. ``Use.FOREIGN`` is a file that has nothing to do with certificates."""
    pieces = unwrap(data, most=context.max_bytes)
    several = [_piece(piece, context) for piece in pieces]
    usable = [one for one in several if one.use in _USABLE]
    return replace(_together(usable or several[:1]), size=len(data), wrapped_in=pieces[0].wrapped_in)


def _piece(piece: Piece, context: Context) -> Survey:
    data, kind = piece.data, piece.format
    if kind is Format.PKCS12:
        return _container(data, context)
    if kind is Format.PEM:
        return _pem(data, context)
    if kind in {Format.DER_CERTIFICATE, Format.PKCS7}:
        return (_certificates if kind is Format.DER_CERTIFICATE else _bundle)(data, "The file")
    if kind in {Format.DER_KEY, Format.DER_ENCRYPTED_KEY}:
        encrypted = kind is Format.DER_ENCRYPTED_KEY
        return Survey(kind, len(data), Use.PART, keys=int(not encrypted), encrypted_keys=int(encrypted))
    return _keystore(kind, data) if kind in {Format.JKS, Format.JCEKS} else _foreign(kind, data)


def _foreign(kind: Format, data: bytes) -> Survey:
    foreign = kinds.recognised(data)
    secret = foreign is not None and foreign.holds_key
    use = Use.UNUSABLE if kind in _ANSWERED or secret else Use.FOREIGN
    return Survey(kind, len(data), use, findings=(not_certificates(kind, "The file", data),), secret=secret)


def _together(several: Sequence[Survey]) -> Survey:
    """Return what several parts are together."""
    if len(several) == 1:
        return several[0]
    certificates, authorities = sum(one.certificates for one in several), sum(one.authorities for one in several)
    clear, encrypted = sum(one.keys for one in several), sum(one.encrypted_keys for one in several)
    container = next((one.container for one in several if one.container is not None), None)
    is_locked = any(one.use is Use.UNLOCK for one in several)
    use = Use.UNLOCK if is_locked else _use(certificates, authorities, clear, encrypted)
    form = next((one.format for one in several if one.use is use), several[0].format)
    return Survey(form, 0, use, certificates, authorities, clear, encrypted, container=container)


def _container(data: bytes, context: Context) -> Survey:
    """Check that the container is complete, supported and within the budget."""
    try:
        outside = read_structure(data)
        refuse_unsupported(outside, proven=False)
    except CannotOpen as error:
        return _unusable(Format.PKCS12, data, error.finding)
    if (finding := over_budget(cost_of(outside), context)) is not None:
        return _unusable(Format.PKCS12, data, finding)
    return Survey(Format.PKCS12, len(data), Use.UNLOCK, container=describe(outside))


def _keystore(kind: Format, data: bytes) -> Survey:
    """Count what is in a Java keystore, whose certificates are not encrypted."""
    try:
        found = keystore.read(kind, data, "The file")
        several = [x509_reader.parse(der) for one in found.entries for der in one.certificates]
    except CannotOpen as error:
        return replace(_unusable(kind, data, error.finding), secret=True)
    except ValueError:
        return replace(_unusable(kind, data, broken("A certificate of the file")), secret=True)
    authorities = sum(x509_reader.is_authority(one) for one in several)
    use = Use.UNLOCK if found.keys else _use(len(several), authorities, 0, 0)
    return Survey(kind, len(data), use, len(several), authorities, encrypted_keys=found.keys)


def _certificates(data: bytes, where: str) -> Survey:
    """Count certificates that follow one another and, among them, CA certificates."""
    try:
        several = takewhile(lambda one: sniff(one) is Format.DER_CERTIFICATE, values(data))
        found = [x509_reader.is_authority(x509_reader.parse(one)) for one in several]
    except ValueError:
        return _unusable(Format.DER_CERTIFICATE, data, refused(data, broken(where)))
    if not found:
        return _unusable(Format.DER_CERTIFICATE, data, broken(where))
    use = _use(len(found), sum(found), 0, 0)
    return Survey(Format.DER_CERTIFICATE, len(data), use, certificates=len(found), authorities=sum(found))


def _bundle(data: bytes, where: str) -> Survey:
    try:
        inside = pkcs7.certificates(data)
    except ValueError:
        return _unusable(Format.PKCS7, data, broken_bundle(where))
    authorities = sum(x509_reader.is_authority(one) for one in inside)
    if not inside:
        return Survey(Format.PKCS7, len(data), Use.FOREIGN, findings=(empty_bundle(where),))
    use = _use(len(inside), authorities, 0, 0)
    return Survey(Format.PKCS7, len(data), use, certificates=len(inside), authorities=authorities)


def _pem(data: bytes, context: Context) -> Survey:
    blocks = pem.blocks(data)
    if len(blocks) > pem.MOST_BLOCKS:
        return _unusable(Format.PEM, data, too_many_blocks(pem.MOST_BLOCKS))
    several = [_block(block, place(block, "The file", alone=len(blocks) == 1), context) for block in blocks]
    ours = [one for one in several if one is not None]
    if not ours:
        return _other_pem(data, blocks)
    together = replace(_together(ours), format=Format.PEM, size=len(data))
    findings = tuple(finding for one in ours for finding in one.findings)
    if findings and (together.use is Use.AUTHORITY or not together.holds_key):
        return replace(together, use=Use.UNUSABLE, findings=findings)
    return replace(together, findings=findings)


def _block(block: pem.Block, where: str, context: Context) -> Survey | None:
    """Return the use of a block; None for one that is neither a certificate nor a private key."""
    kind = block.format
    if kind in {Format.DER_KEY, Format.DER_ENCRYPTED_KEY} or block.label == pem.OPENSSH:
        encrypted = kind is Format.DER_ENCRYPTED_KEY
        return Survey(kind, 0, Use.PART, keys=int(not encrypted), encrypted_keys=int(encrypted))
    if kind not in {Format.PKCS12, Format.DER_CERTIFICATE, Format.PKCS7} and block.label not in pem.CERTIFICATES:
        return None
    if kind is Format.PKCS12 and block.der is not None:
        return _container(block.der, context)
    found = _read(block, where)
    # What cannot be read may be either.
    return replace(found, certificates=1, authorities=1) if found.use is Use.UNUSABLE else found


def _read(block: pem.Block, where: str) -> Survey:
    if block.der is None:
        return Survey(block.format, 0, Use.UNUSABLE, findings=(unreadable(block, where),))
    return (_bundle if block.format is Format.PKCS7 else _certificates)(block.der, where)


def _unusable(kind: Format, data: bytes, finding: Finding) -> Survey:
    return Survey(kind, len(data), Use.UNUSABLE, findings=(finding,))


def _use(certificates: int, authorities: int, clear: int, encrypted: int) -> Use:
    """Tell the use of certificates and of clear and encrypted keys; a key or a leaf alone is a part."""
    if certificates and encrypted:
        return Use.UNLOCK
    if certificates and clear:
        return Use.COMBINE
    return Use.PART if clear or encrypted or certificates != authorities else Use.AUTHORITY


def _other_pem(data: bytes, blocks: list[pem.Block]) -> Survey:
    foreign = [one for one in map(other_block, blocks) if one is not None]
    if REQUEST in foreign:
        return Survey(Format.PEM, len(data), Use.UNUSABLE, findings=(named_kind(REQUEST, "The file"),))
    if any(one.holds_key for one in foreign):
        return Survey(Format.PEM, len(data), Use.UNUSABLE, findings=(named_kind(foreign[0], "The file"),), secret=True)
    # A public SSH key, a PGP message, DH parameters: nothing that Certdesk handles.
    finding = named_kind(foreign[0], "The file") if foreign else not_certificates(Format.UNKNOWN, "The file")
    return Survey(Format.PEM, len(data), Use.FOREIGN, findings=(finding,))
