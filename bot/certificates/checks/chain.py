"""Find the leaf and build its chain by keys and signatures; the order of the file does not matter."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bot.certificates.checks.signatures import identifiers_agree, issued, issuer_key, self_issued, subject_key
from bot.certificates.formats import x509_reader

# Signatures checked for one chain: a file of many CAs of one name would ask for the square of their number.
_MOST_CHECKS = 2_000

Path = tuple[x509.Certificate, ...]
Issuers = Mapping[x509.Certificate, Sequence[x509.Certificate]]


def leaf_of(certificates: Sequence[x509.Certificate], spki: bytes) -> x509.Certificate | None:
    """Return the certificate of that public key (DER SubjectPublicKeyInfo).

    Of several, one that is not a CA goes first, then one that a CA issued (a self-signed one was to hold its place),
    then the one that expires last.
    """
    matching = [one for one in certificates if x509_reader.public_bytes(one) == spki]
    return max(matching, key=_as_leaf, default=None)


def _as_leaf(one: x509.Certificate) -> tuple[bool, bool, datetime, bytes]:
    issued_by_another = not self_issued(one)
    return (
        not x509_reader.is_authority(one),
        issued_by_another,
        one.not_valid_after_utc,
        one.fingerprint(hashes.SHA256()),
    )


def build(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    now: datetime,
    known: Callable[[x509.Certificate], bool],
) -> Path:
    """Build the chain upwards from the leaf's issuer, as far as it is needed and ``others`` reach.

    ``known`` tells whether a certificate is a root that the environment or the public trusts, or was issued by one.
    Of several paths (cross-signed and renewed CAs), one that is valid now and leads to a known root goes first, then
    one that is valid now and ends self-signed, then one that is valid now but for its root, which need not be sent;
    else the one that leads farthest. Of equal ones, the one that is valid longest, then the shortest.
    """
    graph = _issuers(leaf, distinct(others))
    valid = {one for one in (leaf, *graph) if _is_valid(one, now)}
    trusted = {one for one in graph if known(one)}
    roots = {one for one in graph if self_issued(one)}
    below_expired_root = {one for one, above in graph.items() if any(it in roots and it not in valid for it in above)}
    ends = {one for one, above in graph.items() if not above}
    goals = (
        (valid, trusted & roots),
        (valid, trusted),
        (valid, roots),
        (valid, below_expired_root - roots),
        (set(graph), trusted & roots),
        (set(graph), trusted),
        (set(graph), roots),
        (set(graph), ends),
        # CAs that all signed one another lead nowhere: the leaf's issuer is what is known.
        (set(graph), set(graph) - {leaf}),
    )
    paths = (_best(leaf, graph, allowed | {leaf}, wanted) for allowed, wanted in goals)
    return next((path for path in paths if path is not None), ())


def distinct(certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return each certificate once, in the order given."""
    return list(dict.fromkeys(certificates))


def _is_valid(one: x509.Certificate, now: datetime) -> bool:
    return one.not_valid_before_utc <= now < one.not_valid_after_utc


def _issuers(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> Issuers:
    """Return the issuers, among the others, of the leaf and of each certificate that is above it."""
    by_name: dict[bytes, list[x509.Certificate]] = {}
    for one in others:
        if one != leaf:
            by_name.setdefault(subject_key(one), []).append(one)
    found: dict[x509.Certificate, list[x509.Certificate]] = {}
    waiting, checks = [leaf], 0
    while waiting:
        one = waiting.pop(0)
        if one in found:
            continue
        found[one] = []
        if self_issued(one):
            continue
        candidates = by_name.get(issuer_key(one), [])
        # Those that say they are it are checked first, while checks last.
        for candidate in sorted(candidates, key=lambda it: not identifiers_agree(it, one)):
            checks += 1
            if checks > _MOST_CHECKS:
                return found
            if candidate != one and issued(candidate, one):
                found[one].append(candidate)
        waiting += found[one]
    return found


@dataclass(order=True, slots=True)
class _Step:
    """A path on its way up; the one whose certificates all last longest is the least, then the shortest."""

    rank: tuple[float, int, bytes]
    path: Path = field(compare=False)


def _best(
    leaf: x509.Certificate, graph: Issuers, allowed: set[x509.Certificate], wanted: set[x509.Certificate]
) -> Path | None:
    """Return the best path to one of the ``wanted`` through ``allowed`` certificates; None if there is none."""
    if not wanted & allowed:
        return None
    waiting, done = [_Step((0.0, 0, b""), ())], set[x509.Certificate]()
    while waiting:
        step = heapq.heappop(waiting)
        last = step.path[-1] if step.path else leaf
        if last in wanted:
            return step.path
        if last not in done:
            done.add(last)
            for one in _upwards(graph, last, allowed - done):
                heapq.heappush(waiting, _Step(_rank(step, one), (*step.path, one)))
    return None


def _upwards(graph: Issuers, last: x509.Certificate, allowed: set[x509.Certificate]) -> Iterator[x509.Certificate]:
    return (one for one in graph.get(last, ()) if one in allowed)


def _rank(step: _Step, one: x509.Certificate) -> tuple[float, int, bytes]:
    soonest = -one.not_valid_after_utc.timestamp()
    before = step.rank[0] if step.path else soonest
    return max(before, soonest), len(step.path) + 1, one.fingerprint(hashes.SHA256())
