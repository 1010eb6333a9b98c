"""Open the key ring and the connections that the settings ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from bot.settings import StoreSettings
from store import KeyRing, Pool, Ring
from store.secrets.kms import open_kms_ring, parse_arns

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_ring(settings: StoreSettings) -> AsyncIterator[Ring]:
    """Open AWS KMS, with local keys beside it if they are set, or local keys alone."""
    if settings.kms_keys is None:
        yield key_ring(settings)
        return
    beside = key_ring(settings) if settings.keys is not None or settings.key_file is not None else None
    async with open_kms_ring(parse_arns(settings.kms_keys), beside) as ring:
        yield ring


def open_pool(settings: StoreSettings) -> Pool:
    """Return how many connections to keep open to PostgreSQL."""
    return Pool(settings.database_pool)


def key_ring(settings: StoreSettings) -> KeyRing:
    """Return the ring from ``CERTDESK_KEYS``, ``CERTDESK_KEY_FILE``, or the embedded key file beside the database."""
    if settings.keys is not None:
        return KeyRing.parse(settings.keys)
    path = settings.key_file
    if path is not None:
        return KeyRing.from_file(path)
    beside = embedded_key_file(settings)
    if not beside.exists():
        log.warning(
            "key_file_made",
            path=str(beside),
            sentence="This file decrypts every private key in the database: back it up separately.",
        )
    return KeyRing.embedded(beside)


def embedded_key_file(settings: StoreSettings) -> Path:
    """Return where the embedded default keeps its key ring: ``certdesk.keys`` in the database's folder."""
    return database_file(settings).parent / "certdesk.keys"


def database_file(settings: StoreSettings) -> Path:
    """Return the file of an SQLite database."""
    return Path(settings.database_url.split("///", 1)[1].split("?", 1)[0]).absolute()


def missing_file(settings: StoreSettings) -> str | None:
    """Return a sentence that names the database or embedded key file that does not exist; None if nothing is missing.

    Opening either would create it.
    """
    if not settings.embedded:
        return None
    if not (database := database_file(settings)).exists():
        return f"There is no database at {database}: set CERTDESK_DATABASE_URL, or change to the folder of the bot."
    own_ring = not (settings.keys or settings.key_file or settings.kms_keys)
    if own_ring and not (key_file := embedded_key_file(settings)).exists():
        return f"There is no key file at {key_file}: put it back, or set CERTDESK_KEYS or CERTDESK_KEY_FILE."
    return None
