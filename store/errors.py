"""What can go wrong in the store: one small tree, structured fields, never a secret.

Errors compare by identity, as exceptions do; their fields are their arguments.
"""

from __future__ import annotations

from dataclasses import dataclass


class StoreError(Exception):
    """Something the store could not do."""


@dataclass(eq=False)
class AlreadyExists(StoreError):
    """An environment of that path exists."""

    path: str

    def __str__(self) -> str:
        return f"{self.path} exists already."


@dataclass(eq=False)
class NotFound(StoreError):
    """The thing is not there, or not there any more."""

    what: str
    id: str

    def __str__(self) -> str:
        return f"There is no {self.what} {self.id}."


@dataclass(eq=False)
class PinTaken(StoreError):
    """Another current certificate of the environment has the pin."""

    pin: str
    label: str

    def __str__(self) -> str:
        return f"The pin {self.pin} belongs to {self.label}."


@dataclass(eq=False)
class Outdated(StoreError):
    """Somebody changed it meanwhile: ``current`` is the number of the version that is current now."""

    label: str
    current: int

    def __str__(self) -> str:
        return f"{self.label} was changed meanwhile: version {self.current} is current."


@dataclass(eq=False)
class Purged(StoreError):
    """The version's sealed key was destroyed; nothing brings it back."""

    number: int

    def __str__(self) -> str:
        return f"The key of version {self.number} was purged."


@dataclass(eq=False)
class LabelTaken(StoreError):
    """Another current certificate of the environment has the label."""

    label: str

    def __str__(self) -> str:
        return f"The label {self.label} belongs to another certificate."


@dataclass(eq=False)
class StillRuns(StoreError):
    """A restart of the environment is being performed already."""

    environment_id: str

    def __str__(self) -> str:
        return f"A restart of {self.environment_id} is being performed already."


class SealBroken(StoreError):
    """A sealed secret does not open: its bytes, its place or its key are not the ones it was sealed with."""

    def __str__(self) -> str:
        return "The sealed secret does not open: it was changed, moved, or sealed under another key."


@dataclass(eq=False)
class Tampered(StoreError):
    """A row that decides something was changed or added by something else than Certdesk: it is not used."""

    table: str
    id: str

    def __str__(self) -> str:
        return (
            f"The row {self.id} of the table {self.table} was changed by something else than Certdesk, so it is not "
            "used. `certdesk audit verify` lists all such rows."
        )


class ReadOnly(StoreError):
    """A read transaction was asked to write: a mistake in the program."""

    def __str__(self) -> str:
        return "A read transaction cannot write."


@dataclass(eq=False)
class Unavailable(StoreError):
    """The database cannot be reached or does not answer in time; nothing was changed."""

    reason: str

    def __str__(self) -> str:
        return (
            f"The database cannot be reached ({self.reason}): "
            "see that its address is right, and that the server runs or the file's folder exists."
        )


class KeysUnavailable(Unavailable):
    """The service that keeps the key ring does not answer, or refuses us; nothing was changed."""

    def __str__(self) -> str:
        return (
            f"The service that keeps the keys cannot be used ({self.reason}): "
            "see its region, the credentials, and that they may encrypt and decrypt with the key."
        )


class RingError(StoreError):
    """The key ring cannot be used; the text is a sentence for the operator and repeats no key."""
