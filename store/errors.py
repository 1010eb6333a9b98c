"""What can go wrong in the store: one small tree, structured fields, never a secret."""

from __future__ import annotations


class StoreError(Exception):
    """Something the store could not do."""


class AlreadyExists(StoreError):
    """An environment of that path exists."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} exists already.")
        self.path = path


class NotFound(StoreError):
    """The thing is not there, or not there any more."""

    def __init__(self, what: str, id_: str) -> None:
        super().__init__(f"There is no {what} {id_}.")
        self.what = what
        self.id = id_


class PinTaken(StoreError):
    """Another current certificate of the environment has the pin."""

    def __init__(self, pin: str, label: str) -> None:
        super().__init__(f"The pin {pin} belongs to {label}.")
        self.pin = pin
        self.label = label


class Outdated(StoreError):
    """Somebody changed it meanwhile: ``current`` is the number of the version that is current now."""

    def __init__(self, label: str, current: int) -> None:
        super().__init__(f"{label} was changed meanwhile: version {current} is current.")
        self.label = label
        self.current = current


class Purged(StoreError):
    """The version's sealed key was destroyed; nothing brings it back."""

    def __init__(self, number: int) -> None:
        super().__init__(f"The key of version {number} was purged.")
        self.number = number


class LabelTaken(StoreError):
    """Another current certificate of the environment has the label."""

    def __init__(self, label: str) -> None:
        super().__init__(f"The label {label} belongs to another certificate.")
        self.label = label


class StillHolds(StoreError):
    """An environment cannot be removed while it holds current certificates."""

    def __init__(self, count: int) -> None:
        super().__init__(f"The environment still holds {count} current certificates.")
        self.count = count


class StillRuns(StoreError):
    """A restart of the environment is being performed already."""

    def __init__(self, environment_id: str) -> None:
        super().__init__(f"A restart of {environment_id} is being performed already.")
        self.environment_id = environment_id


class SealBroken(StoreError):
    """A sealed secret does not open: its bytes, its place or its key are not the ones it was sealed with."""

    def __init__(self) -> None:
        super().__init__("The sealed secret does not open: it was changed, moved, or sealed under another key.")


class ReadOnly(StoreError):
    """A read transaction was asked to write: a mistake in the program."""

    def __init__(self) -> None:
        super().__init__("A read transaction cannot write.")


class Unavailable(StoreError):
    """The database cannot be reached or does not answer in time; nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The database cannot be reached ({reason}): "
            "see that its address is right, and that the server runs or the file's folder exists."
        )
        self.reason = reason


class KeysUnavailable(Unavailable):
    """The service that keeps the key ring does not answer, or refuses us; nothing was changed."""

    def __init__(self, reason: str) -> None:
        StoreError.__init__(
            self,
            f"The service that keeps the keys cannot be used ({reason}): "
            "see its region, the credentials, and that they may encrypt and decrypt with the key.",
        )
        self.reason = reason


class RingError(StoreError):
    """The key ring cannot be used; the text is a sentence for the operator and repeats no key."""
