"""Tell the use of a dropped file, without a password and without any key derivation."""

from __future__ import annotations

from bot.certificates.collect import broken, broken_bundle
from bot.certificates.encryption.cost import over_budget
from bot.certificates.findings import Finding
from bot.certificates.formats import pem, pkcs7, x509_reader
from bot.certificates.formats.foreign import not_certificates, request
from bot.certificates.formats.sniff import sniff
from bot.certificates.model import Context, Format, Survey, Use
from bot.certificates.pkcs12.container import cost_of, read_structure, refuse_unsupported
from bot.certificates.pkcs12.description import describe
from bot.certificates.refusals import CannotOpen

_KEYSTORES = frozenset({Format.JKS, Format.JCEKS})


def survey(data: bytes, context: Context) -> Survey:
    """Look at a file; never raises. ``Use.FOREIGN`` is a file that has nothing to do with certificates."""
    kind = sniff(data)
    if kind is Format.PKCS12:
        return _container(data, context)
    if kind is Format.PEM:
        return _pem(data)
    if kind is Format.DER_CERTIFICATE:
        return _certificate(data)
    if kind is Format.PKCS7:
        return _bundle(data)
    if kind in {Format.DER_KEY, Format.DER_ENCRYPTED_KEY}:
        encrypted = kind is Format.DER_ENCRYPTED_KEY
        return Survey(kind, len(data), Use.PART, keys=int(not encrypted), encrypted_keys=int(encrypted))
    use = Use.UNUSABLE if kind in _KEYSTORES else Use.FOREIGN
    return Survey(kind, len(data), use, findings=(not_certificates(kind, "The file", data),))


def _container(data: bytes, context: Context) -> Survey:
    """Check that the container is complete, supported and within the budget."""
    try:
        outside = read_structure(data)
        refuse_unsupported(outside, proven=False)
    except CannotOpen as error:
        return Survey(Format.PKCS12, len(data), Use.UNUSABLE, findings=(error.finding,))
    if (finding := over_budget(cost_of(outside), context)) is not None:
        return Survey(Format.PKCS12, len(data), Use.UNUSABLE, findings=(finding,))
    return Survey(Format.PKCS12, len(data), Use.UNLOCK, container=describe(outside))


def _certificate(data: bytes) -> Survey:
    try:
        authority = x509_reader.is_authority(x509_reader.parse(data))
    except ValueError:
        return Survey(Format.DER_CERTIFICATE, len(data), Use.UNUSABLE, findings=(broken("The file"),))
    use = Use.AUTHORITY if authority else Use.PART
    return Survey(Format.DER_CERTIFICATE, len(data), use, certificates=1, authorities=int(authority))


def _bundle(data: bytes) -> Survey:
    try:
        inside = pkcs7.certificates(data)
    except ValueError:
        return Survey(Format.PKCS7, len(data), Use.UNUSABLE, findings=(broken_bundle("The file"),))
    authorities = sum(x509_reader.is_authority(one) for one in inside)
    use = _use(len(inside), authorities, 0, 0) if inside else Use.FOREIGN
    return Survey(Format.PKCS7, len(data), use, certificates=len(inside), authorities=authorities)


def _pem(data: bytes) -> Survey:
    blocks = pem.blocks(data)
    ours = [block for block in blocks if block.label in pem.CERTIFICATES | pem.BUNDLES]
    clear = sum(1 for block in blocks if block.is_key and not block.encrypted)
    encrypted = sum(1 for block in blocks if block.encrypted)
    if not ours and not clear and not encrypted:
        return _other_pem(data, blocks)
    certificates, authorities, findings = _read(ours, alone=len(blocks) == 1)
    use = _use(certificates, authorities, clear, encrypted)
    if findings and (use is Use.AUTHORITY or not clear + encrypted):
        use = Use.UNUSABLE
    return Survey(
        format=Format.PEM,
        size=len(data),
        use=use,
        certificates=certificates,
        authorities=authorities,
        keys=clear,
        encrypted_keys=encrypted,
        findings=tuple(findings),
    )


def _read(blocks: list[pem.Block], *, alone: bool) -> tuple[int, int, list[Finding]]:
    """Count certificates and, among them, CA certificates.

    An unreadable one gets a finding and counts as both, since it may be either.
    """
    certificates, authorities, findings = 0, 0, []
    for block in blocks:
        try:
            der = block.der()
            inside = pkcs7.certificates(der) if block.label in pem.BUNDLES else [x509_reader.parse(der)]
            certificates += len(inside)
            authorities += sum(x509_reader.is_authority(one) for one in inside)
        except ValueError:
            certificates, authorities = certificates + 1, authorities + 1
            findings.append(
                broken("The file" if alone else f"Block {block.number} ({block.label.lower()}) of the file")
            )
    return certificates, authorities, findings


def _use(certificates: int, authorities: int, clear: int, encrypted: int) -> Use:
    """Tell the use of certificates and of clear and encrypted keys; a key or a leaf alone is a part."""
    if certificates and encrypted:
        return Use.UNLOCK
    if certificates and clear:
        return Use.COMBINE
    return Use.PART if clear or encrypted or certificates != authorities else Use.AUTHORITY


def _other_pem(data: bytes, blocks: list[pem.Block]) -> Survey:
    labels = {block.label for block in blocks}
    if labels & pem.REQUESTS:
        return Survey(Format.PEM, len(data), Use.UNUSABLE, findings=(request("The file"),))
    # A public SSH key, a PGP message, DH parameters: nothing that Certdesk handles.
    return Survey(Format.PEM, len(data), Use.FOREIGN, findings=(not_certificates(Format.UNKNOWN, "The file"),))
