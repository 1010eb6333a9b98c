"""What must be found nowhere: the passwords and private keys that tests use, in any spelling they could leak in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.workspace import Workspace
from tests.making import PASSWORD

# How every private key of the tests begins: PKCS #8 of P-256, of RSA, of Ed25519 (RFC 5958), and SEC 1 (RFC 5915).
_KEY_STARTS = (
    bytes.fromhex("020100301306072a8648ce3d020106082a8648ce3d030107"),
    bytes.fromhex("020100300d06092a864886f70d010101050004"),
    bytes.fromhex("020100300506032b657004220420"),
    bytes.fromhex("30770201010420"),
)
# How the passwords, API keys and other secrets begin that tests type or connect with.
_TYPED = (b"canary-pw", b"canary-Kx7", b"canary-of-an-api-key", b"canary-of-a-request", b"canary-of-a-ring")
# What Certdesk writes: databases with their journals, backups, key files and logs.
_OURS = ("*.sqlite3*", "*.jsonl", "*.keys", "*.log")
_TEXTS = (b"PRIVATE KEY-----", b"MIGHAgEAMBMG", b"MIIEvQIBADANBgkq", b"MIIEvgIBADANBgkq", b"MC4CAQAwBQYDK2Vw")


def canaries() -> list[bytes]:
    """Bytes that no database, log or payload of the bot's may hold."""
    password = PASSWORD.encode()
    keys = [*_KEY_STARTS, *(start.hex().encode() for start in _KEY_STARTS)]
    return [password, PASSWORD.encode("utf-16-be"), PASSWORD.replace(" ", "+").encode(), *_TEXTS, *_TYPED, *keys]


def leaked(data: bytes) -> bool:
    """Whether any of them is in ``data``."""
    return any(canary in data for canary in canaries())


def leaking_files(folders: Iterable[Path], kinds: Iterable[str] = _OURS) -> list[Path]:
    """Files below ``folders`` that Certdesk writes, or those of other ``kinds``, that hold a secret."""
    return [path for path in _files(folders, kinds) if leaked(path.read_bytes())]


def open_files(folders: Iterable[Path]) -> list[Path]:
    """Databases, backups and key files below ``folders`` that others than their owner may read or write."""
    kinds = [kind for kind in _OURS if kind != "*.log"]
    return [path for path in _files(folders, kinds) if path.stat().st_mode & 0o077]


def _files(folders: Iterable[Path], kinds: Iterable[str]) -> Iterator[Path]:
    known = list(kinds)
    return (path for folder in folders for kind in known for path in folder.rglob(kind) if path.is_file())


def said_by_the_bot(workspace: Workspace) -> bytes:
    """Every payload that the bot sent: calls of the Web API, acknowledgements, and what became of its answers."""
    acks = [delivered.ack.body for delivered in workspace.deliveries]
    calls = [call.arguments for call in workspace.calls]
    seen = [*workspace.state.messages.values(), *workspace.state.ephemerals.values()]
    return json.dumps([acks, calls, seen], ensure_ascii=False).encode()
