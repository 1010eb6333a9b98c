"""Sealing of secrets: AES-256-GCM under a data key of its own, which a key of the ring wraps.

Layout, version 1 (pinned by a test; what is stored must open for as long as there is a row of it)::

    binding  = for each of purpose, environment, certificate, version, key id:
               length (2 bytes, big endian) | UTF-8 bytes
    wrapped  = nonce (12) | AES-256-GCM(ring key,  data key (32), "certdesk/1/wrap" | binding)      60 bytes
    sealed   = 0x01 | nonce (12) | AES-256-GCM(data key, secret, "certdesk/1/seal" | binding)

GCM's tag (16 bytes) ends each cipher text. Both layers are bound to the same place, so a row that is moved to another
environment, certificate, version, purpose or key name opens in neither. Lengths go before the parts, so that no two
places have the same binding.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretBytes

from store.errors import SealBroken
from store.secrets.ring import KEY_BYTES, NONCE_BYTES, Ring

_LAYOUT = b"\x01"
_WRAP = b"certdesk/1/wrap"
_SEAL = b"certdesk/1/seal"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret lies: what it is for, and the ids of its environment, certificate and version."""

    purpose: str
    environment: str
    certificate: str
    version: str

    def binding(self, key_id: str) -> bytes:
        """Return the associated data of both layers."""
        parts = (self.purpose, self.environment, self.certificate, self.version, key_id)
        encoded = [part.encode() for part in parts]
        return b"".join(len(part).to_bytes(2, "big") + part for part in encoded)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The three columns of a sealed secret."""

    key_id: str
    wrapped: bytes
    sealed: bytes


async def seal(ring: Ring, secret: SecretBytes, place: Place) -> Sealed:
    """Seal ``secret`` for ``place`` under the ring's first key."""
    binding = place.binding(ring.first)
    data_key = secrets.token_bytes(KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    body = AESGCM(data_key).encrypt(nonce, secret.get_secret_value(), _SEAL + binding)
    return Sealed(ring.first, await ring.wrap(data_key, _WRAP + binding), _LAYOUT + nonce + body)


async def unseal(ring: Ring, sealed: Sealed, place: Place) -> SecretBytes:
    """Return the secret. Raises :class:`SealBroken` whatever is wrong with it."""
    binding = place.binding(sealed.key_id)
    data_key = await ring.unwrap(sealed.key_id, sealed.wrapped, _WRAP + binding)
    layout, nonce, body = sealed.sealed[:1], sealed.sealed[1 : 1 + NONCE_BYTES], sealed.sealed[1 + NONCE_BYTES :]
    if layout != _LAYOUT:
        raise SealBroken
    try:
        return SecretBytes(AESGCM(data_key).decrypt(nonce, body, _SEAL + binding))
    except Exception:  # InvalidTag, or ValueError for lengths no cipher text has: one answer for both
        raise SealBroken from None
