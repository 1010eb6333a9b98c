"""What Certdesk remembers. Imports nothing of the bot; its modules are named for what one does with them."""

from store import audit, authorities, certificates, due, environments, restarts, uploads
from store.authorities import AddedAuthorities, Authority, NewAuthority
from store.certificates import NewVersion, Version
from store.database import Store, Transaction
from store.due import DueItem
from store.environments import Environment
from store.errors import AlreadyExists, NotFound, PinTaken, RingError, SealBroken, StillHolds, StoreError, Unavailable
from store.opening import open_store
from store.restarts import Change, PendingRestart
from store.ring import KeyRing
from store.uploads import Upload

__all__ = [
    "AddedAuthorities",
    "AlreadyExists",
    "Authority",
    "Change",
    "DueItem",
    "Environment",
    "KeyRing",
    "NewAuthority",
    "NewVersion",
    "NotFound",
    "PendingRestart",
    "PinTaken",
    "RingError",
    "SealBroken",
    "StillHolds",
    "Store",
    "StoreError",
    "Transaction",
    "Unavailable",
    "Upload",
    "Version",
    "audit",
    "authorities",
    "certificates",
    "due",
    "environments",
    "open_store",
    "restarts",
    "uploads",
]
