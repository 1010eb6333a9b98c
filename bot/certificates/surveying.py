"""What a dropped file is good for, told without a password and without any key derivation."""

from __future__ import annotations

from bot.certificates import pem, reading
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.material import broken, not_certificates
from bot.certificates.model import Format, Survey, Use
from bot.certificates.sniffing import sniff

_KNOWN_BUT_CLOSED = frozenset({Format.PKCS7, Format.JKS, Format.JCEKS})


def survey(data: bytes) -> Survey:
    """Look at a file; never raises. A file that has nothing to do with certificates is ``Use.FOREIGN``."""
    kind = sniff(data)
    if kind is Format.PKCS12:
        return Survey(kind, len(data), Use.UNLOCK)
    if kind is Format.PEM:
        return _pem(data)
    if kind is Format.DER_CERTIFICATE:
        return _certificate(data)
    if kind in {Format.DER_KEY, Format.DER_ENCRYPTED_KEY}:
        encrypted = kind is Format.DER_ENCRYPTED_KEY
        return Survey(
            kind,
            len(data),
            Use.UNUSABLE,
            keys=int(not encrypted),
            encrypted_keys=int(encrypted),
            findings=(_lone_key(),),
        )
    if kind in _KNOWN_BUT_CLOSED:
        return Survey(kind, len(data), Use.UNUSABLE, findings=(not_certificates(kind, "The file"),))
    return Survey(kind, len(data), Use.FOREIGN, findings=(not_certificates(kind, "The file"),))


def _certificate(data: bytes) -> Survey:
    try:
        authority = reading.is_authority(reading.parse(data))
    except ValueError:
        return Survey(Format.DER_CERTIFICATE, len(data), Use.UNUSABLE, findings=(broken("The file"),))
    use, said = (Use.AUTHORITY, ()) if authority else (Use.UNUSABLE, (_lone_leaf(),))
    return Survey(Format.DER_CERTIFICATE, len(data), use, certificates=1, authorities=int(authority), findings=said)


def _pem(data: bytes) -> Survey:
    blocks = pem.blocks(data)
    certificates = [block for block in blocks if block.label in pem.CERTIFICATES]
    clear = sum(1 for block in blocks if block.is_key and not block.encrypted)
    locked = sum(1 for block in blocks if block.encrypted)
    authorities, said = _read(certificates, alone=len(blocks) == 1)
    use, why = _use(len(certificates), authorities, clear, locked)
    if not certificates and not clear and not locked:
        return _other_pem(data, blocks)
    if said and use is Use.AUTHORITY:
        use = Use.UNUSABLE
    return Survey(
        format=Format.PEM,
        size=len(data),
        use=use,
        certificates=len(certificates),
        authorities=authorities,
        keys=clear,
        encrypted_keys=locked,
        findings=(*said, *why),
    )


def _read(certificates: list[pem.Block], *, alone: bool) -> tuple[int, list[Finding]]:
    """How many of the blocks are CA certificates; one that cannot be read is named and counts as one, too."""
    authorities, said = 0, []
    for block in certificates:
        try:
            authorities += reading.is_authority(reading.parse(block.der()))
        except ValueError:
            authorities += 1
            said.append(broken("The file" if alone else f"Block {block.number} ({block.label.lower()}) of the file"))
    return authorities, said


def _use(certificates: int, authorities: int, clear: int, locked: int) -> tuple[Use, tuple[Finding, ...]]:
    if clear + locked and not certificates:
        return Use.UNUSABLE, (_lone_key(),)
    if locked:
        return Use.UNLOCK, ()
    if clear:
        return Use.COMBINE, ()
    if certificates and certificates == authorities:
        return Use.AUTHORITY, ()
    return Use.UNUSABLE, (_lone_leaf(),)


def _other_pem(data: bytes, blocks: list[pem.Block]) -> Survey:
    labels = {block.label for block in blocks}
    if labels & pem.REQUESTS:
        finding = blocker(
            Code.NOT_CERTIFICATES,
            "The file is a certificate request, not a certificate.",
            "Send it to the authority that signs it, and deposit the certificate that comes back.",
        )
        return Survey(Format.PEM, len(data), Use.UNUSABLE, findings=(finding,))
    if labels & {"PKCS7", "CMS"}:
        return Survey(Format.PKCS7, len(data), Use.UNUSABLE, findings=(not_certificates(Format.PKCS7, "The file"),))
    # A public SSH key, a PGP message, DH parameters: somebody else's business.
    return Survey(Format.PEM, len(data), Use.FOREIGN, findings=(not_certificates(Format.UNKNOWN, "The file"),))


def _lone_key() -> Finding:
    return blocker(
        Code.NO_CERTIFICATE,
        "This is a private key without its certificate.",
        "Run /cert add and choose the key and the certificate together.",
    )


def _lone_leaf() -> Finding:
    return blocker(
        Code.NO_PRIVATE_KEY,
        "This is a certificate without its private key, and not one of an authority.",
        "Run /cert add and choose the certificate and its key together, or export a .pfx that holds both.",
    )
