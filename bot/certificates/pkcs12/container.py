"""Open PKCS #12 containers (RFC 7292), or tell the one reason why they do not open.

The library's own loader returns one key of several, reports an unsupported cipher as a wrong password, and will drop
BER. So the structure is read here, and only the library's primitives are used to decrypt and parse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import SecretStr

from bot.certificates import refusals
from bot.certificates.encryption import passwords
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.cost import Cost, stated_cost
from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.encryption.schemes import Encrypted, Scheme
from bot.certificates.encryption.unlock import unlock
from bot.certificates.findings import Finding
from bot.certificates.formats.keys import require_pkcs8
from bot.certificates.pkcs12 import mac, structure
from bot.certificates.pkcs12.mac import MacCheck, Verdict
from bot.certificates.pkcs12.structure import Bag, Kind, Structure
from bot.certificates.refusals import CannotOpen

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenBag:
    """Decrypted bag, with the schemes that it was encrypted under, from the outside in."""

    bag: Bag
    schemes: tuple[Scheme, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """Content of a container: bags in the container's order, and the result of the MAC check.

    ``encodings`` are those of the password that opened something; ``two_passwords`` says that the MAC was made with
    another password.
    """

    structure: Structure
    bags: tuple[OpenBag, ...]
    mac_check: MacCheck
    encodings: frozenset[PasswordEncoding]
    two_passwords: bool = False

    def of(self, *kinds: Kind) -> Iterator[OpenBag]:
        """Return the bags of these kinds."""
        return (one for one in self.bags if one.bag.kind in kinds)


def read_structure(data: bytes) -> Structure:
    """Read the container's structure; raises :class:`CannotOpen` if it is damaged."""
    try:
        return structure.read(data)
    except Malformed:
        raise CannotOpen(refusals.damaged_container()) from None


def cost_of(outside: Structure) -> Cost:
    """Return the stated cost of opening: the MAC and every encrypted part, once each."""
    kdfs = [outside.mac.kdf if outside.mac else None, *(part.scheme.kdf for part in outside.encrypted_parts)]
    return stated_cost(kdfs)


def refuse_unsupported(outside: Structure, *, proven: bool) -> None:
    """Raise :class:`CannotOpen` if a part of the container is encrypted in a way that is not supported.

    ``proven`` says that the MAC has shown the password to be right.
    """
    for safe in outside.safes:
        if safe.unsupported:
            raise CannotOpen(refusals.unsupported(safe.unsupported, proven=proven))
    for part in outside.encrypted_parts:
        refusals.refuse_scheme(part.scheme, proven=proven)


def open_container(outside: Structure, password: SecretStr | None, where: str = refusals.THE_FILE) -> Opened:
    """Open a container, which ``where`` names in a sentence; raises :class:`CannotOpen`.

    Costs what :func:`cost_of` says, once for each password encoding that is tried.
    """
    mac_check = mac.check(outside, password)
    unlocking = _Unlocking(password, mac_check, where)
    if mac_check.verdict is Verdict.WRONG and not unlocking.opens_any(outside):
        raise CannotOpen(_closed(outside, password, where))
    refuse_unsupported(outside, proven=mac_check.verdict is Verdict.RIGHT)
    bags = tuple(unlocking.bags_of(outside))
    return Opened(
        outside,
        bags,
        mac_check,
        frozenset(unlocking.used),
        two_passwords=mac_check.verdict is Verdict.WRONG and bool(bags),
    )


def _closed(outside: Structure, password: SecretStr | None, where: str) -> Finding:
    """Report a password that is wrong, or missing."""
    if outside.for_an_account:
        return refusals.for_an_account(where)
    return refusals.wrong_password(where) if passwords.given(password) else refusals.password_required(where)


class _Unlocking:
    """Decrypts all parts of a container with one password; tries the encoding that opened the last part first."""

    def __init__(self, password: SecretStr | None, mac_check: MacCheck, where: str) -> None:
        self._where = where
        self._password = password
        self._mac_check = mac_check
        self._prefer = mac_check.encoding
        self.used: set[PasswordEncoding] = {mac_check.encoding} if mac_check.encoding else set()

    def opens_any(self, outside: Structure) -> bool:
        """Return whether the password opens any part, although the MAC says that it is wrong.

        All encodings are tried on the cheapest part, since each try costs a key derivation; on the others only the
        likeliest, in case damage to the cheapest part is why the MAC is wrong.
        """
        possible = [one for one in outside.encrypted_parts if not one.scheme.unsupported]
        ordered = sorted(possible, key=lambda one: one.scheme.iterations)
        return any(
            unlock(part, self._password, _contents_or_key, most=1 if number else None) is not None
            for number, part in enumerate(ordered)
        )

    def bags_of(self, outside: Structure) -> Iterator[OpenBag]:
        """Yield every bag decrypted; raises :class:`CannotOpen` at the first part that does not open."""
        for safe in outside.safes:
            if safe.encrypted is None:
                yield from (self._bag(bag, ()) for bag in safe.bags)
                continue
            inside = self._open(safe.encrypted, structure.safe_contents)
            yield from (self._bag(bag, (safe.encrypted.scheme,)) for bag in inside)

    def _bag(self, bag: Bag, outer: tuple[Scheme, ...]) -> OpenBag:
        if bag.encrypted is None:
            return OpenBag(bag, outer)
        refusals.refuse_scheme(bag.encrypted.scheme, proven=True)
        key = self._open(bag.encrypted, require_pkcs8)
        return OpenBag(replace(bag, value=key, encrypted=None), (*outer, bag.encrypted.scheme))

    def _open(self, encrypted: Encrypted, read: Callable[[bytes], T]) -> T:
        unlocked = unlock(encrypted, self._password, read, prefer=self._prefer)
        if unlocked is None:
            raise CannotOpen(self._why())
        self.used.add(unlocked.encoding)
        self._prefer = unlocked.encoding
        return unlocked.content

    def _why(self) -> Finding:
        if self._mac_check.verdict is Verdict.WRONG:
            return refusals.damaged_content()
        if self._mac_check.verdict is Verdict.RIGHT or self.used:
            return refusals.second_password()
        if not passwords.given(self._password):
            return refusals.password_required(self._where)
        return refusals.wrong_password_or_damage(self._where)


def _contents_or_key(plain: bytes) -> bytes:
    """Return bytes that are a key or a list of bags; raises ValueError otherwise.

    A wrong key can decrypt to an empty list of bags by chance, so that is refused.
    """
    try:
        return require_pkcs8(plain)
    except ValueError:
        if not structure.safe_contents(plain):
            raise Malformed from None
        return plain
