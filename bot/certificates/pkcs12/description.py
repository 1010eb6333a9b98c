"""Describe a container's structure for reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import SecretStr

from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.encryption.schemes import Scheme
from bot.certificates.formats.keys import SigningKey
from bot.certificates.model import BagFacts, ContainerFacts
from bot.certificates.pkcs12.compatibility import opens_in
from bot.certificates.pkcs12.container import OpenBag, Opened
from bot.certificates.pkcs12.structure import Bag, Structure


def describe(
    outside: Structure,
    opened: Opened | None = None,
    keys: Sequence[SigningKey] = (),
    password: SecretStr | None = None,
) -> ContainerFacts:
    """Return the facts of a container; encrypted parts show only once it was ``opened``."""
    mac = outside.mac
    bags = [_open_bag(one) for one in opened.bags] if opened else list(_closed_bags(outside))
    return ContainerFacts(
        encoding="DER" if outside.der else "BER",
        mac=mac.name if mac else None,
        mac_iterations=mac.kdf.iterations if mac and mac.kdf else 0,
        bags=tuple(bags),
        password=_password_encoding(opened) if opened else None,
        opens_in=opens_in(opened, keys, password) if opened else None,
    )


def _open_bag(one: OpenBag) -> BagFacts:
    return _bag(one.bag.kind.word, one.schemes)


def _closed_bags(outside: Structure) -> Iterator[BagFacts]:
    for safe in outside.safes:
        if safe.encrypted is not None:
            yield _bag("encrypted", (safe.encrypted.scheme,))
        elif safe.unsupported:
            yield BagFacts("encrypted", safe.unsupported, (safe.unsupported,), 0)
        yield from (_closed_bag(bag) for bag in safe.bags)


def _closed_bag(bag: Bag) -> BagFacts:
    return _bag(bag.kind.word, (bag.encrypted.scheme,) if bag.encrypted else ())


def _bag(kind: str, schemes: tuple[Scheme, ...]) -> BagFacts:
    names = tuple(scheme.cipher.name if scheme.cipher else scheme.unsupported or "unknown" for scheme in schemes)
    iterations = max((scheme.iterations for scheme in schemes), default=0)
    return BagFacts(kind, "; ".join(scheme.name or names[0] for scheme in schemes) or None, names, iterations)


def _password_encoding(opened: Opened) -> str:
    """Return the most unusual password encoding; several in one container are rare."""
    found = sorted(opened.encodings, key=lambda one: one.plain)
    return found[0].value if found else PasswordEncoding.AS_TYPED.value
