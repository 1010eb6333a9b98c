"""The store: persistence, encryption, the audit log and the queue of due work. Imports nothing of the bot."""

from store import audit, environments, expiry, pauses, queue, schedules, soonest, uploads
from store.certificates.authorities import AddedAuthorities, Authority, NewAuthority
from store.certificates.clients import NewVersion, Version
from store.database import Pool, ReadTransaction, Store, Transaction
from store.environments import Environment
from store.errors import (
    AlreadyExists,
    KeysUnavailable,
    LabelTaken,
    NotFound,
    Outdated,
    PinTaken,
    Purged,
    ReadOnly,
    RingError,
    SealBroken,
    StillHolds,
    StillRuns,
    StoreError,
    Unavailable,
)
from store.operations.metrics import Measured
from store.operations.open import open_store
from store.operations.rotation import Rotation
from store.queue import DueItem
from store.restarts.connections import Connection
from store.restarts.pending import Change, PendingRestart
from store.restarts.runs import AppState, Outcome, PerformedRestart, Step
from store.restarts.tokens import HookToken
from store.schedules import Schedule
from store.secrets.ring import KeyRing, Ring
from store.uploads import Upload

__all__ = [
    "AddedAuthorities",
    "AlreadyExists",
    "AppState",
    "Authority",
    "Change",
    "Connection",
    "DueItem",
    "Environment",
    "HookToken",
    "KeyRing",
    "KeysUnavailable",
    "LabelTaken",
    "Measured",
    "NewAuthority",
    "NewVersion",
    "NotFound",
    "Outcome",
    "Outdated",
    "PendingRestart",
    "PerformedRestart",
    "PinTaken",
    "Pool",
    "Purged",
    "ReadOnly",
    "ReadTransaction",
    "Ring",
    "RingError",
    "Rotation",
    "Schedule",
    "SealBroken",
    "Step",
    "StillHolds",
    "StillRuns",
    "Store",
    "StoreError",
    "Transaction",
    "Unavailable",
    "Upload",
    "Version",
    "audit",
    "environments",
    "expiry",
    "open_store",
    "pauses",
    "queue",
    "schedules",
    "soonest",
    "uploads",
]
