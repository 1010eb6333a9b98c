"""Search for certificates in all environments, by prefixes of words or of a fingerprint.

Both are ranges of an index on both databases. A word in the middle of another is not found by its middle: that would be
a look at every row.
"""

from __future__ import annotations

import re

from sqlalchemy import Select, select

from store.certificates.clients import Version, current_query, versions_of
from store.certificates.terms import words
from store.database import ReadTransaction
from store.models import TermRow, VersionRow

SHORTEST_FINGERPRINT = 8
_AFTER_HEX = "g"
# Greater than every character of a word (which are letters and digits), in code points and in UTF-8 alike.
_AFTER_LETTERS = "\U0010ffff"
_HEX = re.compile(r"[0-9a-f:]+")


async def search(tx: ReadTransaction, text: str, *, limit: int = 50) -> list[Version]:
    """Current versions whose subject or label has a word that begins with each word of ``text``, or whose SHA-256
    begins with it (8 hex digits or more, colons allowed); by id, which is by nothing."""
    query = by_fingerprint(text) if _is_fingerprint(text) else by_words(text)
    return await versions_of(tx, query.order_by(VersionRow.id).limit(limit)) if query is not None else []


def by_fingerprint(text: str) -> Select[VersionRow]:
    """Current versions by the beginning of their SHA-256."""
    start = text.strip().lower().replace(":", "")
    return current_query().where(VersionRow.sha256 >= start, VersionRow.sha256 < start + _AFTER_HEX)


def by_words(text: str) -> Select[VersionRow] | None:
    """Current versions by the beginnings of words; None where ``text`` has none."""
    wanted = sorted(words(text), key=len, reverse=True)
    if not wanted:
        return None
    query = current_query()
    for word in wanted:
        having = select(TermRow.version_id).where(TermRow.term >= word, TermRow.term < word + _AFTER_LETTERS)
        query = query.where(VersionRow.id.in_(having))
    return query


def _is_fingerprint(text: str) -> bool:
    plain = text.strip().lower()
    return bool(_HEX.fullmatch(plain)) and len(plain.replace(":", "")) >= SHORTEST_FINGERPRINT
