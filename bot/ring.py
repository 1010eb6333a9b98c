"""Which key ring, and how many connections, the settings ask for."""

from __future__ import annotations

from pathlib import Path

import structlog

from bot.settings import StoreSettings
from store import KeyRing, Pool

log = structlog.get_logger(__name__)


def open_pool(settings: StoreSettings) -> Pool:
    """How many connections to keep to a server."""
    return Pool(settings.database_pool, settings.database_overflow)


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
