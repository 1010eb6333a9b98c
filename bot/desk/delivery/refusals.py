"""Why a bundle is not delivered, or a report of what was loaded is not taken. Programs read the code."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Reason; part of the API, and never renamed."""

    UNKNOWN_REVISION = "unknown_revision"
    CANNOT_PACK = "cannot_pack"
    CANNOT_DECRYPT = "cannot_decrypt"
    BAD_DIRECTORY = "bad_directory"
    BAD_INSTANCE = "bad_instance"
    BAD_FINGERPRINTS = "bad_fingerprints"
    FINGERPRINTS_DIFFER = "fingerprints_differ"
    TOO_MANY_INSTANCES = "too_many_instances"


class NotDelivered(Exception):
    """What was asked for is not done; ``detail`` fills the code's sentence, and holds no secret."""

    def __init__(self, reason: Refusal, **detail: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
