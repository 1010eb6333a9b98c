"""Opening PKCS #12 containers (RFC 7292): what is in them, or the one reason why they stay closed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12
from pydantic import SecretStr

from bot.certificates import mac
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.keys import password_required, wrong_password


@dataclass(frozen=True, slots=True)
class Opened:
    """A container's content: certificates in the container's order (the key's own first), keys that were counted."""

    certificates: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes | None
    keys: int


class ClosedContainer(Exception):
    """The container does not open; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def open_container(data: bytes, password: SecretStr | None) -> Opened:
    """Open a container; raises :class:`ClosedContainer`. Costs what its iteration counts say: call it in a worker."""
    try:
        outside = mac.read(data)
    except ValueError:
        raise ClosedContainer(_damaged()) from None
    proof = mac.prove(outside, password)
    if proof is mac.Proof.WRONG:
        raise ClosedContainer(wrong_password() if _given(password) else password_required())
    return _load(data, password, proof, outside)


def _given(password: SecretStr | None) -> bool:
    return password is not None and password.get_secret_value() != ""


def _load(data: bytes, password: SecretStr | None, proof: mac.Proof, outside: mac.Container) -> Opened:
    for spelling in _spellings(password):
        try:
            with warnings.catch_warnings():
                # BER containers (NSS writes them) open with a warning; packing makes them DER.
                warnings.filterwarnings("ignore", category=UserWarning)
                loaded = pkcs12.load_pkcs12(data, spelling)
        except Exception:  # noqa: S112  ValueError, UnsupportedAlgorithm, or a panic of the parser: the reason is found below
            continue
        return _opened(loaded, outside)
    raise ClosedContainer(_closed(proof, password))


def _spellings(password: SecretStr | None) -> list[bytes | None]:
    if password is None or not _given(password):
        return [b"", None]
    return [password.get_secret_value().encode()]


def _opened(loaded: pkcs12.PKCS12KeyAndCertificates, outside: mac.Container) -> Opened:
    own = [loaded.cert.certificate] if loaded.cert is not None else []
    others = [entry.certificate for entry in loaded.additional_certs]
    return Opened((*own, *others), loaded.key, max(outside.open_keys, int(loaded.key is not None)))


def _closed(proof: mac.Proof, password: SecretStr | None) -> Finding:
    if proof is mac.Proof.RIGHT:
        return blocker(
            Code.CORRUPT,
            "The password is right, but what it protects cannot be read here.",
            "Export the file again with AES-256 encryption, for example from the system it came from.",
        )
    if not _given(password):
        return password_required()
    return blocker(
        Code.CORRUPT,
        "This container does not open, and nothing in it can prove whether the password is the reason.",
        "Check the password once more; if it is right, ask for the file to be exported again.",
    )


def _damaged() -> Finding:
    return blocker(
        Code.CORRUPT,
        "This file begins like a PKCS #12 container but is cut off or damaged.",
        "Copy or download it again, in binary mode, and compare its size with the original's.",
    )
