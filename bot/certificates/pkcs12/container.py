"""Opening PKCS #12 containers (RFC 7292): what is in them, or the one reason why they stay closed.

The library's own loader shows one key of several, refuses what it does not know with the words of a wrong password,
and is about to lose BER. So the container is taken apart here, and the library's primitives decrypt and parse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import SecretStr

from bot.certificates import refusals
from bot.certificates.encryption import passwords
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.cost import Cost, stated
from bot.certificates.encryption.passwords import Spelling
from bot.certificates.encryption.schemes import Locked, Scheme
from bot.certificates.encryption.unlock import unlock
from bot.certificates.findings import Finding
from bot.certificates.formats.keys import private_key_info
from bot.certificates.pkcs12 import mac, structure
from bot.certificates.pkcs12.mac import Proof, Verdict
from bot.certificates.pkcs12.structure import Bag, Kind, Structure
from bot.certificates.refusals import Closed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenBag:
    """A bag with what it held in the open, and the schemes that had locked it, from the outside in."""

    bag: Bag
    schemes: tuple[Scheme, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A container's content: bags in the container's order, and how the password was found right.

    ``spellings`` are those that opened something; ``two_passwords`` says that the MAC is of another password.
    """

    structure: Structure
    bags: tuple[OpenBag, ...]
    proof: Proof
    spellings: frozenset[Spelling]
    two_passwords: bool = False

    def of(self, *kinds: Kind) -> Iterator[OpenBag]:
        """The bags of some kinds."""
        return (one for one in self.bags if one.bag.kind in kinds)


def read_structure(data: bytes) -> Structure:
    """The container's outside; raises :class:`Closed` for what is damaged."""
    try:
        return structure.read(data)
    except Malformed:
        raise Closed(refusals.damaged()) from None


def cost_of(outside: Structure) -> Cost:
    """What opening it states to cost: the MAC and every lock, once."""
    kdfs = [outside.mac.kdf if outside.mac else None, *(lock.scheme.kdf for lock in outside.locks)]
    return stated(kdfs)


def refuse_unsupported(outside: Structure, *, proven: bool) -> None:
    """Raise :class:`Closed` if a part of the container is encrypted in a way that is not supported.

    ``proven`` says that the MAC has shown the password to be right.
    """
    for safe in outside.safes:
        if safe.unsupported:
            raise Closed(refusals.unsupported(safe.unsupported, proven=proven))
    for lock in outside.locks:
        refusals.refuse_scheme(lock.scheme, proven=proven)


def open_container(outside: Structure, password: SecretStr | None) -> Opened:
    """Open a container; raises :class:`Closed`. Costs what :func:`cost_of` says, for each spelling that is tried."""
    proof = mac.prove(outside, password)
    unlocking = _Unlocking(password, proof)
    if proof.verdict is Verdict.WRONG and not unlocking.opens_any(outside):
        raise Closed(refusals.wrong() if passwords.given(password) else refusals.required())
    refuse_unsupported(outside, proven=proof.verdict is Verdict.RIGHT)
    bags = tuple(unlocking.bags_of(outside))
    return Opened(
        outside, bags, proof, frozenset(unlocking.used), two_passwords=proof.verdict is Verdict.WRONG and bool(bags)
    )


class _Unlocking:
    """One password on every lock of a container; remembers which of its spellings opened the last."""

    def __init__(self, password: SecretStr | None, proof: Proof) -> None:
        self._password = password
        self._proof = proof
        self._prefer = proof.spelling
        self.used: set[Spelling] = {proof.spelling} if proof.spelling else set()

    def opens_any(self, outside: Structure) -> bool:
        """Whether the password opens what is inside, although the MAC says that it is wrong.

        Every spelling goes on the cheapest lock alone, since each try costs; a lock that was damaged, which is why
        the MAC is wrong, is not the only one.
        """
        possible = [one for one in outside.locks if not one.scheme.unsupported]
        ordered = sorted(possible, key=lambda one: one.scheme.iterations)
        return any(
            unlock(lock, self._password, _contents_or_key, most=1 if number else None) is not None
            for number, lock in enumerate(ordered)
        )

    def bags_of(self, outside: Structure) -> Iterator[OpenBag]:
        """Every bag, each lock opened; raises :class:`Closed` at the first that stays shut."""
        for safe in outside.safes:
            if safe.locked is None:
                yield from (self._bag(bag, ()) for bag in safe.bags)
                continue
            inside = self._open(safe.locked, structure.safe_contents)
            yield from (self._bag(bag, (safe.locked.scheme,)) for bag in inside)

    def _bag(self, bag: Bag, outer: tuple[Scheme, ...]) -> OpenBag:
        if bag.locked is None:
            return OpenBag(bag, outer)
        refusals.refuse_scheme(bag.locked.scheme, proven=True)
        key = self._open(bag.locked, private_key_info)
        return OpenBag(replace(bag, value=key, locked=None), (*outer, bag.locked.scheme))

    def _open(self, locked: Locked, read: Callable[[bytes], T]) -> T:
        unlocked = unlock(locked, self._password, read, prefer=self._prefer)
        if unlocked is None:
            raise Closed(self._why())
        self.used.add(unlocked.spelling)
        self._prefer = unlocked.spelling
        return unlocked.content

    def _why(self) -> Finding:
        if self._proof.verdict is Verdict.WRONG:
            return refusals.changed()
        if self._proof.verdict is Verdict.RIGHT or self.used:
            return refusals.other_password()
        return refusals.unproven() if passwords.given(self._password) else refusals.required()


def _contents_or_key(plain: bytes) -> bytes:
    """Raises ValueError for what is neither; an empty list of bags is too easily come by."""
    try:
        return private_key_info(plain)
    except ValueError:
        if not structure.safe_contents(plain):
            raise Malformed from None
        return plain
