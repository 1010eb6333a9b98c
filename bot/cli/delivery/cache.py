"""The last bundle, kept in a file for a start while the desk is away: encrypted under the token.

Layout: ``certdesk-cache/1\\n``, a salt (16 bytes), a nonce (12), and AES-256-GCM over JSON. The key is HKDF-SHA-256 of
the token with the salt. Environment and address are bound to it: a file of another app does not open.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from bot.certificates.delivery.as_json import bundle_of
from bot.cli.delivery.desk_client import Fetched

_MAGIC = b"certdesk-cache/1\n"
_SALT, _NONCE = 16, 12


class NoCache(Exception):
    """There is no file, or it does not open; the text says which."""


@dataclass(frozen=True, slots=True)
class Cache:
    """The file of one environment's bundle; ``about`` is what it is bound to."""

    path: Path
    about: str

    def write(self, fetched: Fetched, token: SecretStr, now: datetime) -> None:
        """Replace the file (0600), or leave the one before. Raises OSError."""
        kept = {
            "at": now.astimezone(UTC).isoformat(),
            "etag": fetched.etag,
            "text": fetched.text.get_secret_value(),
        }
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
        sealed = AESGCM(_key(token, salt)).encrypt(nonce, json.dumps(kept).encode(), self.about.encode())
        _replace(self.path, _MAGIC + salt + nonce + sealed)

    def read(self, token: SecretStr) -> tuple[Fetched, datetime]:
        """Return the bundle and when it was fetched. Raises :class:`NoCache`."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise NoCache(f"{self.path} cannot be read: {error.strerror}") from None
        salt, nonce, sealed = _parts(data)
        try:
            kept = json.loads(AESGCM(_key(token, salt)).decrypt(nonce, sealed, self.about.encode()))
        except (InvalidTag, ValueError):
            raise NoCache(f"{self.path} was written with another token, for another app, or is damaged") from None
        fetched = Fetched(bundle_of(kept["text"]), kept["etag"], SecretStr(kept["text"]))
        return fetched, datetime.fromisoformat(kept["at"])


def _parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    rest = data.removeprefix(_MAGIC)
    return rest[:_SALT], rest[_SALT : _SALT + _NONCE], rest[_SALT + _NONCE :]


def _key(token: SecretStr, salt: bytes) -> bytes:
    derive = HKDF(SHA256(), 32, salt, b"certdesk cache")
    return derive.derive(token.get_secret_value().encode())


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
