"""Real files, changed: the n-th change of a seed is always the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cryptography_vectors

from tests.making.wrapping import WRAPPERS

_FOLDERS = (
    "pkcs12",
    "pkcs7",
    "asymmetric/PKCS8",
    "asymmetric/Traditional_OpenSSL_Serialization",
    "asymmetric/DER_Serialization",
    "x509/custom",
    "x509/PKITS_data/pkcs12",
)
_KINDS = frozenset({".p12", ".pem", ".der", ".p7b", ".crt"})
_PASSWORDS = ("cryptography", "password", "123456", "foobar", "", None)
_RIGHT = "password"  # of the vectors from PKITS, which are most
_LARGEST = 20_000
_TAGS = b"\x02\x04\x05\x06\x0c\x13\x17\x24\x30\x31\x80\xa0\xa1"


@dataclass(frozen=True)
class Damaged:
    """A file that was real once, and a password to try on it."""

    name: str
    data: bytes = field(repr=False)
    password: str | None


@cache
def originals() -> tuple[tuple[str, bytes], ...]:
    """Containers, keys, certificates and bundles out of ``cryptography_vectors``, by name."""
    root = Path(cryptography_vectors.__file__).parent
    files = [path for folder in _FOLDERS for path in (root / folder).rglob("*") if path.suffix in _KINDS]
    read = ((str(path.relative_to(root)), path.read_bytes()) for path in sorted(files))
    return tuple((name, data) for name, data in read if len(data) <= _LARGEST)


def damaged(seed: int, number: int) -> Damaged:
    """The ``number``-th damaged file of a seed."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311  repeatable, not secret
    # Containers are half of it: there are more kinds of everything else.
    containers = [one for one in originals() if one[0].endswith(".p12")]
    name, data = chance.choice(containers if chance.random() < 0.5 else originals())
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if changed:
            chance.choice(_CHANGES)(changed, chance)
    content = bytes(changed)
    # Damaged, and then wrapped; or the other way round.
    for wrapper in chance.sample(sorted(WRAPPERS), chance.choice((0, 0, 0, 0, 1, 2))):
        content = WRAPPERS[wrapper](content)
        if chance.random() < 0.3:
            changed = bytearray(content)
            chance.choice(_CHANGES)(changed, chance)
            content = bytes(changed)
    right = _RIGHT if "PKITS" in name and chance.random() < 0.5 else None
    return Damaged(name, content, right or chance.choice(_PASSWORDS))


Change = Callable[[bytearray, random.Random], None]


def _flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _retag(data: bytearray, chance: random.Random) -> None:
    """Tags and lengths stand near the beginning, where a change does most."""
    data[chance.randrange(min(len(data), 200))] = chance.choice(_TAGS)


def _truncate(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _behead(data: bytearray, chance: random.Random) -> None:
    del data[: chance.randrange(min(len(data), 40))]


def _cut_out(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randrange(1, 64)]


def _repeat(data: bytearray, chance: random.Random) -> None:
    at, size = chance.randrange(len(data)), chance.randrange(1, 200)
    data[at:at] = data[at : at + size] * chance.choice((1, 2, 40))


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = chance.randbytes(chance.randrange(1, 16))


def _enlarge_number(data: bytearray, chance: random.Random) -> None:
    """Iterations, costs and versions are INTEGERs of two bytes or so."""
    places = [at for at in range(len(data) - 4) if data[at] == 2 and data[at + 1] in {1, 2, 3}]
    if places:
        at = chance.choice(places)
        for digit in range(at + 2, at + 2 + data[at + 1]):
            data[digit] = chance.choice((0, 0x7F, 0xFF))


def _splice(data: bytearray, chance: random.Random) -> None:
    _, other = chance.choice(originals())
    data[chance.randrange(len(data)) :] = other[chance.randrange(len(other)) :]


_CHANGES: tuple[Change, ...] = (
    _flip,
    _flip,
    _overwrite,
    _retag,
    _truncate,
    _behead,
    _cut_out,
    _repeat,
    _insert,
    _enlarge_number,
    _splice,
)
