"""Which key ring, and how many connections, the settings ask for."""

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
    """The ring that the settings ask for: AWS KMS, with local keys beside it where there are any, or local keys."""
    if settings.kms_keys is None:
        yield key_ring(settings)
        return
    beside = key_ring(settings) if settings.keys is not None or settings.key_file is not None else None
    async with open_kms_ring(parse_arns(settings.kms_keys), beside) as ring:
        yield ring


def open_pool(settings: StoreSettings) -> Pool:
    """How many connections to keep to a server."""
    return Pool(settings.database_pool)


def key_ring(settings: StoreSettings) -> KeyRing:
    """The ring from ``CERTDESK_KEYS``, from ``CERTDESK_KEY_FILE``, or the embedded key file beside the database."""
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
            sentence="This file opens every private key in the database: keep it, and keep it apart from backups.",
        )
    return KeyRing.embedded(beside)


def embedded_key_file(settings: StoreSettings) -> Path:
    """Where the embedded default keeps its key ring: ``certdesk.keys`` in the database's folder."""
    database = settings.database_url.split("///", 1)[1].split("?", 1)[0]
    return Path(database).absolute().parent / "certdesk.keys"
