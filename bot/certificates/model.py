"""Input and output types of the certificate logic: frozen values that can be sent to a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from pydantic import SecretBytes

from bot.certificates.findings import Finding, Severity

MEBIBYTE = 1024 * 1024


class Format(StrEnum):
    """Format of a file, told from its content."""

    PKCS12 = "pkcs12"
    PEM = "pem"
    DER_CERTIFICATE = "der-certificate"
    DER_KEY = "der-key"
    DER_ENCRYPTED_KEY = "der-encrypted-key"
    PKCS7 = "pkcs7"
    JKS = "jks"
    JCEKS = "jceks"
    REQUEST = "certificate-request"
    CRL = "revocation-list"
    PUBLIC_KEY = "public-key"
    CMS = "cms"
    BCFKS = "bcfks"
    ZIP = "zip"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Use(StrEnum):
    """Use of a dropped file. COMBINE has certificate and key; PART needs the file with the other part."""

    UNLOCK = "unlock"
    AUTHORITY = "authority"
    COMBINE = "combine"
    PART = "part"
    UNUSABLE = "unusable"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate's facts. Names are RFC 4514 strings, ``sha256`` 64 lower-case hex digits, times UTC.

    ``issuer_address`` is the URL of the issuer's certificate as this one states it (RFC 5280, 4.2.2.1): shown, never
    fetched.
    """

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
    issuer_address: str | None = None

    @property
    def name(self) -> str:
        """Return the common name, else the whole subject, else the first alternative name, else the fingerprint."""
        alternative = self.san[0].partition(":")[2] if self.san else ""
        return self.common_name or self.subject or alternative or f"certificate {self.sha256[:16]}"


@dataclass(frozen=True, slots=True)
class ClientMaterial:
    """A usable client certificate: ``key`` is plain PKCS #8 DER, ``chain`` begins with the leaf's issuer."""

    key: SecretBytes
    leaf: Certificate
    chain: tuple[Certificate, ...]

    @property
    def expires_first(self) -> Certificate:
        """Return the certificate of leaf and chain that expires first: the whole is valid until then."""
        return min((self.leaf, *self.chain), key=lambda one: one.not_after)

    @property
    def effective_end(self) -> datetime:
        """Return when the first certificate of leaf and chain expires."""
        return self.expires_first.not_after


@dataclass(frozen=True, slots=True)
class Anchors:
    """CA certificates (DER) by their subject, as names are compared, to find the issuer of a certificate."""

    by_name: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """Facts and limits that a file is checked against.

    Expiry is counted in calendar days of ``timezone``, the environment's; ``first_threshold`` is the largest number
    of days before it at which the environment is warned. ``current`` are the SHA-256 fingerprints that the
    environment has, ``previous`` the certificate (DER) that a new version follows. ``seconds`` and ``memory`` (bytes)
    are what opening it may cost. Key sizes are in bits.
    """

    now: datetime
    timezone: tzinfo = UTC
    first_threshold: int = 90
    max_bytes: int = 10 * MEBIBYTE
    current: frozenset[str] = frozenset()
    previous: bytes | None = field(default=None, repr=False)
    environment_roots: Anchors = field(default_factory=Anchors)
    public_roots: Anchors = field(default_factory=Anchors)
    min_rsa_bits: int = 2048
    seconds: float = 5.0
    memory: int = 512 * MEBIBYTE


class Standing(StrEnum):
    """Trust in the root of a chain: the environment's, a public one, a private one, or none found."""

    ENVIRONMENT = "environment"
    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Root:
    """Root of a chain. PRIVATE: the file has it, and neither the environment nor the public roots do. UNKNOWN: no root
    was found; ``name`` is the issuer of the last certificate, ``sha256`` is None, and ``address`` is the issuer's URL
    as that certificate states it."""

    name: str
    standing: Standing
    sha256: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class BagFacts:
    """Entry of a container: its kind, and how it is encrypted (None: not encrypted)."""

    kind: str
    encryption: str | None
    ciphers: tuple[str, ...]
    iterations: int


class Reader(StrEnum):
    """Software that may be given the uploaded container."""

    OPENSSL = "openssl"
    OPENSSL_LEGACY = "openssl-legacy"
    JAVA_8 = "java-8-before-u301"
    JAVA_17 = "java-17"


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """Structure of a container. ``encoding`` is DER or BER, ``mac`` is None without one.

    ``password`` is the encoding of the password that opened the container, ``opens_in`` tells which software opens it
    as uploaded; both are None until it was opened.
    """

    encoding: str
    mac: str | None
    mac_iterations: int
    bags: tuple[BagFacts, ...]
    password: str | None = None
    opens_in: Mapping[Reader, bool] | None = None

    @property
    def ciphers(self) -> tuple[str, ...]:
        """Return each cipher once, in the bags' order."""
        return tuple(dict.fromkeys(name for bag in self.bags for name in bag.ciphers))


@dataclass(frozen=True, slots=True)
class Report:
    """Result of all checks. ``shown`` holds every certificate that could be read, also beside a blocker.

    ``extras`` are certificates that do not belong to the chain.
    """

    format: Format
    findings: tuple[Finding, ...]
    client: ClientMaterial | None = None
    authorities: tuple[Certificate, ...] = ()
    shown: tuple[Certificate, ...] = ()
    extras: tuple[Certificate, ...] = ()
    root: Root | None = None
    container: ContainerFacts | None = None

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """Return the findings that stop a deposit."""
        return self._of(Severity.BLOCKER)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that ask for a second click."""
        return self._of(Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """Return the findings that are only shown."""
        return self._of(Severity.NOTE)

    @property
    def blocked(self) -> bool:
        """Return whether a blocker stops the deposit."""
        return bool(self.blockers)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is severity)


@dataclass(frozen=True, slots=True)
class Survey:
    """Content of a dropped file, as far as it shows without a password; ``size`` in bytes.

    ``wrapped_in`` has what it came inside, from the outside in. ``secret`` says that a private key is in it, though
    nothing that Certdesk reads.
    """

    format: Format
    size: int
    use: Use
    certificates: int = 0
    authorities: int = 0
    keys: int = 0
    encrypted_keys: int = 0
    findings: tuple[Finding, ...] = ()
    container: ContainerFacts | None = None
    wrapped_in: tuple[str, ...] = ()
    secret: bool = False

    @property
    def holds_key(self) -> bool:
        """Return whether the file has a private key, or must be assumed to have one."""
        keys = {Format.PKCS12, Format.BCFKS, Format.DER_KEY, Format.DER_ENCRYPTED_KEY}
        return self.secret or self.format in keys or self.keys + self.encrypted_keys > 0
