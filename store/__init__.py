"""What Certdesk remembers. Imports nothing of the bot; its modules are named for what one does with them."""

from store import (
    audit,
    authorities,
    backing,
    certificates,
    connections,
    due,
    environments,
    expiry,
    hook_tokens,
    measuring,
    migrating,
    origin,
    pausing,
    performed,
    pinning,
    restarts,
    rotating,
    schedules,
    searching,
    soonest,
    uploads,
    versions,
)
from store.authorities import AddedAuthorities, Authority, NewAuthority
from store.certificates import NewVersion, Version
from store.connections import Connection
from store.database import Pool, Store, Transaction
from store.due import DueItem
from store.environments import Environment
from store.errors import (
    AlreadyExists,
    KeysUnavailable,
    LabelTaken,
    NotFound,
    Outdated,
    PinTaken,
    Purged,
    RingError,
    SealBroken,
    StillHolds,
    StillRuns,
    StoreError,
    Unavailable,
)
from store.hook_tokens import HookToken
from store.measuring import Measured
from store.opening import open_store
from store.performed import AppState, Outcome, PerformedRestart, Step
from store.restarts import Change, PendingRestart
from store.ring import KeyRing, Ring
from store.rotating import Rotation
from store.schedules import Schedule
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
    "authorities",
    "backing",
    "certificates",
    "connections",
    "due",
    "environments",
    "expiry",
    "hook_tokens",
    "measuring",
    "migrating",
    "open_store",
    "origin",
    "pausing",
    "performed",
    "pinning",
    "restarts",
    "rotating",
    "schedules",
    "searching",
    "soonest",
    "uploads",
    "versions",
]
