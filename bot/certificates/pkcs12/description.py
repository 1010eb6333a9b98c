"""How a container is built, for people and programs to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import SecretStr

from bot.certificates.encryption.passwords import Spelling
from bot.certificates.encryption.schemes import Scheme
from bot.certificates.formats.keys import SigningKey
from bot.certificates.model import BagFacts, ContainerFacts
from bot.certificates.pkcs12.compatibility import opens_in
from bot.certificates.pkcs12.container import OpenBag, Opened
from bot.certificates.pkcs12.structure import Bag, Structure


def described(
    outside: Structure,
    opened: Opened | None = None,
    keys: Sequence[SigningKey] = (),
    password: SecretStr | None = None,
) -> ContainerFacts:
    """The facts of a container; what is inside a lock shows only when it was ``opened``."""
    mac = outside.mac
    bags = [_open_bag(one) for one in opened.bags] if opened else list(_closed_bags(outside))
    return ContainerFacts(
        encoding="DER" if outside.der else "BER",
        mac=mac.name if mac else None,
        mac_iterations=mac.kdf.iterations if mac and mac.kdf else 0,
        bags=tuple(bags),
        password=_spelling(opened) if opened else None,
        opens_in=opens_in(opened, keys, password) if opened else None,
    )


def _open_bag(one: OpenBag) -> BagFacts:
    return _bag(one.bag.kind.word, one.schemes)


def _closed_bags(outside: Structure) -> Iterator[BagFacts]:
    for safe in outside.safes:
        if safe.locked is not None:
            yield _bag("encrypted", (safe.locked.scheme,))
        elif safe.unsupported:
            yield BagFacts("encrypted", safe.unsupported, (safe.unsupported,), 0)
        yield from (_closed_bag(bag) for bag in safe.bags)


def _closed_bag(bag: Bag) -> BagFacts:
    return _bag(bag.kind.word, (bag.locked.scheme,) if bag.locked else ())


def _bag(kind: str, schemes: tuple[Scheme, ...]) -> BagFacts:
    names = tuple(scheme.cipher.name if scheme.cipher else scheme.unsupported or "unknown" for scheme in schemes)
    iterations = max((scheme.iterations for scheme in schemes), default=0)
    return BagFacts(kind, "; ".join(scheme.name or names[0] for scheme in schemes) or None, names, iterations)


def _spelling(opened: Opened) -> str:
    """The most remarkable spelling; several at once are rare."""
    found = sorted(opened.spellings, key=lambda one: one.plain)
    return found[0].value if found else Spelling.AS_TYPED.value
