"""The BEGIN and END lines of PEM blocks (RFC 7468), also where a mail program or a word processor changed them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Searching for this is far quicker than for a border.
_BEGINS = re.compile(rb"BEGIN", re.IGNORECASE)
# A border may have lost dashes, or its capitals; of ten dashes in a row, five are of the line before.
_BORDER = re.compile(rb"-{2,5}[ \t]*+(BEGIN|END)[ \t]++([A-Z0-9][A-Z0-9 ]{0,60}?)[ \t]*+-{2,5}", re.IGNORECASE)
# What a border that is not written exactly must be about, so that no other text is taken for one.
_LONGEST_LEAD = 100
_OURS = re.compile(rb"CERT|KEY|PKCS|CMS|CRL", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Border:
    """A BEGIN or END line: its label in capitals, where it stands in the text, and whether it is written exactly."""

    begins: bool
    label: str
    start: int
    end: int
    exact: bool


def borders(text: bytes) -> Iterator[Border]:
    """Return the borders in a text with ``\\n`` line ends."""
    first = _BEGINS.search(text)
    if first is None:
        return
    for found in _BORDER.finditer(text, max(first.start() - _LONGEST_LEAD, 0)):
        kind, label = found.group(1).upper(), found.group(2).upper()
        exact = found.group() == b"-----%b %b-----" % (kind, label)
        if exact or _OURS.search(label):
            yield Border(kind == b"BEGIN", label.decode(), found.start(), found.end(), exact)
