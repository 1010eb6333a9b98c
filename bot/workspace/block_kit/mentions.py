"""Mentions in a message: the sequences that notify people in Slack (`<!channel>`, `<@U…>`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SPECIAL = re.compile(r"<(?:!(channel|here|everyone)|@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))(?:\|[^>]*)?>")


def mentions(text: str, blocks: list[dict[str, Any]] | None) -> list[str]:
    """Return the mentions in the text and in the blocks' mrkdwn.

    They are ids of members and of user groups, ``channel``, ``here`` and ``everyone``.
    """
    found: list[str] = []
    for part in [text, *_mrkdwn(blocks or [])]:
        found += [next(filter(None, match.groups())) for match in _SPECIAL.finditer(part)]
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
