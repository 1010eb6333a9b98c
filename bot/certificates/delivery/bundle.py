"""The bundle: everything that an environment's app receives, packed, and the forms that it is delivered in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import SecretBytes, SecretStr


class Form(StrEnum):
    """Form of a bundle: what reads it decides."""

    JSON = "json"
    BUILDPACK = "buildpack"
    BUILDPACK_SHELL = "buildpack-shell"
    RUNTIME = "runtime"
    OPERATOR = "operator"
    KUBERNETES = "kubernetes"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class DeliveredClient:
    """A client certificate: ``container`` is PKCS #12 under ``password``, ``key`` PKCS #8 DER, the others DER.

    ``chain`` begins with the leaf's issuer. ``effective_end`` is when the first of leaf and chain expires.
    """

    label: str
    version: int
    pins: tuple[str, ...]
    sha256: str
    effective_end: datetime
    leaf: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    key: SecretBytes
    container: bytes = field(repr=False)
    password: SecretStr


@dataclass(frozen=True, slots=True)
class DeliveredAuthority:
    """A CA certificate, DER."""

    name: str
    sha256: str
    not_after: datetime
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the app of ``app/environment`` receives at ``revision``."""

    app: str
    environment: str
    revision: int
    clients: tuple[DeliveredClient, ...]
    authorities: tuple[DeliveredAuthority, ...]

    @property
    def path(self) -> str:
        """Return ``app/environment``."""
        return f"{self.app}/{self.environment}"


@dataclass(frozen=True, slots=True)
class Document:
    """A bundle in one form: its media type, and its text, which holds private keys."""

    media_type: str
    text: SecretStr
