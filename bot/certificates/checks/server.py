"""The chain of a server: who trusts it, and why it is not trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from OpenSSL import crypto

from bot.certificates.formats import x509_reader
from bot.certificates.model import Certificate, Standing

# X509_V_OK and X509_V_ERR_CERT_HAS_EXPIRED.
_FINE, _EXPIRED = 0, 10


class Distrust(StrEnum):
    """Why a server's chain is not trusted."""

    NO_CERTIFICATE = "no_certificate"
    EXPIRED = "expired"
    OTHER_NAME = "other_name"
    UNKNOWN_ISSUER = "unknown_issuer"


@dataclass(frozen=True, slots=True)
class ServerTrust:
    """``by`` is who trusts the chain: ENVIRONMENT, PUBLIC, or UNKNOWN with a reason (``why``).

    ``certificate`` is the server's own, ``last`` the last one that it sent.
    """

    by: Standing
    why: Distrust | None = None
    certificate: Certificate | None = None
    last: Certificate | None = None


def server_trust(
    chain: Sequence[bytes], host: str, *, environment: Iterable[bytes], public: Iterable[bytes], now: datetime
) -> ServerTrust:
    """Judge a server's chain (DER, its own certificate first) for a host name or address at ``now``.

    ``environment`` and ``public`` are CA certificates (DER); the environment's go first.
    """
    read = [one for one in map(_parsed, chain) if one is not None]
    if not read:
        return ServerTrust(Standing.UNKNOWN, Distrust.NO_CERTIFICATE)
    leaf, last = x509_reader.facts(read[0]), x509_reader.facts(read[-1])
    expired = False
    for roots, standing in ((environment, Standing.ENVIRONMENT), (public, Standing.PUBLIC)):
        code = _verified(read, [one for one in map(_parsed, roots) if one is not None], now)
        if code == _FINE:
            named = any(_is_named(host, name) for name in leaf.san)
            return ServerTrust(
                standing if named else Standing.UNKNOWN, None if named else Distrust.OTHER_NAME, leaf, last
            )
        expired = expired or code == _EXPIRED
    return ServerTrust(Standing.UNKNOWN, Distrust.EXPIRED if expired else Distrust.UNKNOWN_ISSUER, leaf, last)


def issuer_names(certificates: Iterable[bytes]) -> list[bytes]:
    """Return the issuers' names (DER) of these certificates (DER)."""
    return [x509_reader.issuer_der(one) for one in map(_parsed, certificates) if one is not None]


def _verified(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime) -> int:
    """Return OpenSSL's verdict (X509_V_ERR), 0 for a chain that leads to one of the roots.

    OpenSSL, for it takes what partners' servers really show: private authorities keep to fewer rules than public ones.
    """
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(root))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(now)
    leaf, *others = (crypto.X509.from_cryptography(one) for one in chain)
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0])
    return _FINE


def _is_named(host: str, name: str) -> bool:
    """Return whether a name of a certificate (``DNS:…``, ``IP:…``) is this host's; a star stands for one label.

    RFC 9525, 6.3.
    """
    name = name.removeprefix("DNS:").removeprefix("IP:")
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:].lower()
    return host == name.lower()


def _parsed(der: bytes) -> x509.Certificate | None:
    try:
        return x509_reader.parse(der)
    except ValueError:
        return None
