"""Every container that the tools here make, with the vectors of ``cryptography_vectors``."""

from __future__ import annotations

from collections.abc import Iterator

from tests import making
from tests.verdicts import keytool_made, nss_made, openssl_made, vectors
from tests.verdicts.samples import Sample


def by_openssl() -> Iterator[Sample]:
    """Algorithms, options, two passwords, and PBMAC1 where this openssl has it."""
    leaf, intermediate, root = making.make_chain()
    maker = openssl_made.Maker(leaf, [intermediate, root])
    yield from openssl_made.algorithms(maker)
    yield from openssl_made.shapes(maker)
    yield from openssl_made.two_passwords(maker)
    yield from openssl_made.pbmac1(maker)


def by_pairs() -> Iterator[Sample]:
    """Every cipher for the key with every one for the certificates."""
    leaf, intermediate, _ = making.make_chain()
    yield from openssl_made.pairs(openssl_made.Maker(leaf, [intermediate]))


def by_nss() -> Iterator[Sample]:
    """What ``pk12util`` makes."""
    leaf, intermediate, root = making.make_chain()
    yield from nss_made.everything(leaf, (intermediate, root))


def by_keytool() -> Iterator[Sample]:
    """What ``keytool`` makes."""
    yield from keytool_made.everything()


def by_the_library() -> Iterator[Sample]:
    """The vectors."""
    yield from vectors.everything()
