"""Everything that is current in every environment, as plain rows without a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from store import Authority, Environment, Store, Version, environments
from store.certificates import authorities, clients

Row = dict[str, Any]

_SHORTEST_FINGERPRINT = 8


async def everything(store: Store) -> AsyncIterator[Row]:
    """Environment by environment, by path; each in a transaction of its own, so that nobody waits for all."""
    async with store.reading() as tx:
        places = await environments.all_(tx)
    for place in places:
        async with store.reading() as tx:
            current = await clients.current(tx, place.id)
            trusted = await authorities.current(tx, place.id)
        for version in current:
            yield _client(place, version)
        for authority in trusted:
            yield _authority(place, authority)


async def found(store: Store, text: str) -> AsyncIterator[Row]:
    """Return the rows that have each word of ``text`` as the beginning of a word, or as that of their fingerprint."""
    wanted, fingerprint = _words(text), text.strip().lower().replace(":", "")
    async for row in everything(store):
        if wanted and (_has_words(row, wanted) or _has_fingerprint(row, fingerprint)):
            yield row


def _has_words(row: Row, wanted: set[str]) -> bool:
    present = _words(" ".join([row["label"], row["subject"], row["issuer"], *row["names"], *row["pins"]]))
    return all(any(word.startswith(start) for word in present) for start in wanted)


def _has_fingerprint(row: Row, start: str) -> bool:
    return len(start) >= _SHORTEST_FINGERPRINT and row["sha256"].startswith(start)


def _client(place: Environment, one: Version) -> Row:
    return {
        "environment": place.path,
        "kind": "client",
        "label": one.label,
        "version": one.number,
        "subject": one.subject,
        "issuer": one.issuer,
        "serial": format(one.serial, "x"),
        "sha256": one.sha256,
        "begins": one.not_before.isoformat(),
        "ends": one.effective_end.isoformat(),
        "key": one.key_type,
        "names": list(one.san),
        "pins": list(one.pins),
        "by": one.deposited_by,
        "at": one.deposited_at.isoformat(),
    }


def _authority(place: Environment, one: Authority) -> Row:
    return {
        "environment": place.path,
        "kind": "authority",
        "label": one.name,
        "version": None,
        "subject": one.subject,
        "issuer": one.issuer,
        "serial": format(one.serial, "x"),
        "sha256": one.sha256,
        "begins": one.not_before.isoformat(),
        "ends": one.not_after.isoformat(),
        "key": None,
        "names": [],
        "pins": [],
        "by": one.added_by,
        "at": one.added_at.isoformat(),
    }


def _words(text: str) -> set[str]:
    """Return the words of a text, case folded; everything but letters and digits divides them."""
    return set("".join(char if char.isalnum() else " " for char in text.casefold()).split())
