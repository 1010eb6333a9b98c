"""What must be found nowhere: the passwords and private keys that tests use, in any spelling they could leak in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.making import PASSWORD

# How every private key of the tests begins: PKCS #8 of P-256, of RSA, of Ed25519 (RFC 5958), and SEC 1 (RFC 5915).
_KEY_STARTS = (
    bytes.fromhex("020100301306072a8648ce3d020106082a8648ce3d030107"),
    bytes.fromhex("020100300d06092a864886f70d010101050004"),
    bytes.fromhex("020100300506032b657004220420"),
    bytes.fromhex("30770201010420"),
)
_TEXTS = (b"PRIVATE KEY-----", b"MIGHAgEAMBMG", b"MIIEvQIBADANBgkq", b"MIIEvgIBADANBgkq", b"MC4CAQAwBQYDK2Vw")


def canaries() -> list[bytes]:
    """Bytes that no database, log or payload of the bot's may hold."""
    password = PASSWORD.encode()
    keys = [*_KEY_STARTS, *(start.hex().encode() for start in _KEY_STARTS)]
    return [password, PASSWORD.encode("utf-16-be"), PASSWORD.replace(" ", "+").encode(), *_TEXTS, *keys]


def leaked(data: bytes) -> bool:
    """Whether any of them is in ``data``."""
    return any(canary in data for canary in canaries())


def leaking_files(folders: Iterable[Path]) -> list[Path]:
    """Databases (with their journals), key files and logs below ``folders`` that hold a secret."""
    kinds = ("*.sqlite3*", "*.log")
    return [path for folder in folders for kind in kinds for path in folder.rglob(kind) if leaked(path.read_bytes())]
