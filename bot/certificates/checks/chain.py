"""Find the leaf and build its chain by keys and signatures; the order of the file does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from bot.certificates.formats import x509_reader

LONGEST = 16
_STEPS = 2_000  # bounds the search in a file of many cross-signed CAs; the best path so far is taken

Path = tuple[x509.Certificate, ...]


def leaf_of(certificates: Sequence[x509.Certificate], spki: bytes) -> x509.Certificate | None:
    """Return the certificate of that public key (DER SubjectPublicKeyInfo).

    Of several, one that is not a CA goes first, then the one that expires last.
    """
    matching = [one for one in certificates if x509_reader.public_bytes(one) == spki]
    return max(matching, key=_as_leaf, default=None)


def _as_leaf(one: x509.Certificate) -> tuple[bool, datetime, bytes]:
    return not x509_reader.is_authority(one), one.not_valid_after_utc, one.fingerprint(hashes.SHA256())


def build(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    now: datetime,
    known: Callable[[x509.Certificate], bool],
) -> Path:
    """Build the chain upwards from the leaf's issuer, as far as ``others`` reach.

    Of several paths (a cross-signed CA), one that is valid now goes first, then one whose last certificate is ``known``
    to lead to a root, then one that ends self-signed, then the one that is valid longest, then the shortest.
    """
    search = _Search(distinct(others), now, known)
    return max(search.paths(leaf), key=search.rank)


def distinct(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return each certificate once, in the order given."""
    return list(dict.fromkeys(certificates))


@dataclass(slots=True)
class _Search:
    others: list[x509.Certificate]
    now: datetime
    known: Callable[[x509.Certificate], bool]
    steps: int = 0
    issuers: dict[x509.Certificate, list[x509.Certificate]] = field(default_factory=dict)

    def paths(self, leaf: x509.Certificate, above: Path = ()) -> Iterator[Path]:
        """Yield every path that cannot be continued."""
        self.steps += 1
        last = above[-1] if above else leaf
        going_on = False
        if len(above) < LONGEST and not self_issued(last):
            for one in self._issuers_of(last):
                if one != leaf and one not in above and self.steps < _STEPS:
                    going_on = True
                    yield from self.paths(leaf, (*above, one))
        if not going_on:
            yield above

    def rank(self, path: Path) -> tuple[bool, bool, bool, datetime, int, tuple[bytes, ...]]:
        valid = all(one.not_valid_before_utc <= self.now < one.not_valid_after_utc for one in path)
        known = bool(path) and self.known(path[-1])
        complete = bool(path) and self_issued(path[-1])
        end = min((one.not_valid_after_utc for one in path), default=self.now)
        return valid, known, complete, end, -len(path), _fingerprints(path)

    def _issuers_of(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        if certificate not in self.issuers:
            self.issuers[certificate] = [one for one in self.others if issued(one, certificate)]
        return self.issuers[certificate]


def _fingerprints(path: Path) -> tuple[bytes, ...]:
    return tuple(one.fingerprint(hashes.SHA256()) for one in path)


def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Return whether ``issuer``'s key made ``subject``'s signature, and names and key identifiers agree."""
    try:
        if issuer.subject != subject.issuer or _identifiers_differ(issuer, subject):
            return False
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _identifiers_differ(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Return whether both state a key identifier (RFC 5280, 4.2.1.1) and they differ: saves checking the signature."""
    theirs = x509_reader.authority_key_id(subject)
    own = x509_reader.subject_key_id(issuer)
    return theirs is not None and own is not None and theirs != own


def self_issued(certificate: x509.Certificate) -> bool:
    """Return whether subject and issuer are the same name: a root, or a self-signed leaf."""
    return certificate.subject == certificate.issuer
