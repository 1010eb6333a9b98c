"""The limits for certificates, from the settings."""

from __future__ import annotations

from bot.desk.base.desk import Policy
from bot.desk.opener.pool import MEBIBYTE, Opener
from bot.settings import StoreSettings


def policy(settings: StoreSettings) -> Policy:
    """Return the operator's limits for keys, validity and file sizes."""
    return Policy(
        max_bytes=settings.max_file_mib * MEBIBYTE,
        min_rsa_bits=settings.min_rsa_bits,
        thresholds=settings.expiry_days,
        request_days=settings.request_days,
        keep_removed_days=settings.keep_removed_days,
        instance_hours=settings.instance_hours,
        checks_partners=settings.check_partners,
    )


def opener(settings: StoreSettings) -> Opener:
    """Return the worker pool, with the operator's budget for a file."""
    return Opener(
        seconds=settings.open_seconds,
        memory=settings.open_memory_mib * MEBIBYTE,
        workers=settings.open_workers,
    )
