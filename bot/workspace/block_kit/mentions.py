"""Whom a message calls: the special sequences that Slack honours in text (`<!channel>`, `<@U…>`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SPECIAL = re.compile(r"<(?:!(channel|here|everyone)|@([UW][A-Z0-9]+))(?:\|[^>]*)?>")


def mentions(text: str, blocks: list[dict[str, Any]] | None) -> list[str]:
    """Member ids, and ``channel``, ``here``, ``everyone``, in the text or in any mrkdwn of the blocks."""
    found: list[str] = []
    for part in [text, *_mrkdwn(blocks or [])]:
        found += [match.group(1) or match.group(2) for match in _SPECIAL.finditer(part)]
    return list(dict.fromkeys(found))


def _mrkdwn(thing: Any) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _mrkdwn(one)
    elif isinstance(thing, dict):
        if thing.get("type") == "mrkdwn":
            yield str(thing.get("text", ""))
        for one in thing.values():
            yield from _mrkdwn(one)
