"""What goes in and out of this room: frozen values that can cross a process border."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretBytes

from bot.certificates.findings import Finding, Severity

MEBIBYTE = 1024 * 1024


class Format(StrEnum):
    """What a file is, by its content."""

    PKCS12 = "pkcs12"
    PEM = "pem"
    DER_CERTIFICATE = "der-certificate"
    DER_KEY = "der-key"
    DER_ENCRYPTED_KEY = "der-encrypted-key"
    PKCS7 = "pkcs7"
    JKS = "jks"
    JCEKS = "jceks"
    ZIP = "zip"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Use(StrEnum):
    """What a dropped file is good for."""

    UNLOCK = "unlock"
    AUTHORITY = "authority"
    COMBINE = "combine"
    UNUSABLE = "unusable"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate's facts. Names are RFC 4514 strings, ``sha256`` 64 lower-case hex digits, times UTC."""

    der: bytes = field(repr=False)
    subject: str
    issuer: str
    serial: int
    sha256: str
    not_before: datetime
    not_after: datetime
    key: str
    signature: str
    san: tuple[str, ...]
    eku: tuple[str, ...]
    is_authority: bool
    common_name: str | None

    @property
    def name(self) -> str:
        """What people call it: the common name, else the whole subject, else the fingerprint."""
        return self.common_name or self.subject or f"certificate {self.sha256[:16]}"


@dataclass(frozen=True, slots=True)
class ClientMaterial:
    """A usable client certificate: ``key`` is plain PKCS #8 DER, ``chain`` goes upwards from the leaf's issuer."""

    key: SecretBytes
    leaf: Certificate
    chain: tuple[Certificate, ...]

    @property
    def ends_first(self) -> Certificate:
        """The certificate of leaf and chain whose end comes first: it ends the whole."""
        return min((self.leaf, *self.chain), key=lambda one: one.not_after)

    @property
    def effective_end(self) -> datetime:
        """When the first certificate of leaf and chain ends."""
        return self.ends_first.not_after


@dataclass(frozen=True, slots=True)
class Context:
    """What a file is judged against; ``current`` are the SHA-256 fingerprints that the environment has."""

    now: datetime
    expires_soon: timedelta = timedelta(days=90)
    max_bytes: int = 10 * MEBIBYTE
    current: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a check has to say. ``shown`` holds whatever could be read, also where a blocker stands."""

    format: Format
    findings: tuple[Finding, ...]
    client: ClientMaterial | None = None
    authorities: tuple[Certificate, ...] = ()
    shown: tuple[Certificate, ...] = ()

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that stop a deposit."""
        return self._of(Severity.BLOCKER)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that ask for a second click."""
        return self._of(Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The findings that are only said."""
        return self._of(Severity.NOTE)

    @property
    def blocked(self) -> bool:
        """Whether anything stops the deposit."""
        return bool(self.blockers)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is severity)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is in a dropped file, as far as that can be told without a password; ``size`` in bytes."""

    format: Format
    size: int
    use: Use
    certificates: int = 0
    authorities: int = 0
    keys: int = 0
    encrypted_keys: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def holds_key(self) -> bool:
        """Whether a private key lies, or must be taken to lie, in the file."""
        return self.format in {Format.PKCS12, Format.JKS, Format.JCEKS, Format.DER_KEY, Format.DER_ENCRYPTED_KEY} or (
            self.keys + self.encrypted_keys > 0
        )
