"""Untrusted text on its way into Slack: nothing in it may become markup, a mention or an invisible trick.

In mrkdwn an untrusted text stands inside a code span, where ``&``, ``<`` and ``>`` are escaped and nothing but a
backtick is special (docs.slack.dev, "Formatting message text"). In plain_text objects and in rich_text elements Slack
parses nothing, so that removing what cannot be seen is enough.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
NOTHING = "(empty)"

_MEMBER = re.compile(r"[UW][A-Z0-9]{1,30}")
_GROUP = re.compile(r"S[A-Z0-9]{1,30}")
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_HARMLESS = frozenset('<>;"#= ')
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,30}")


def visible(text: str, limit: int = LONGEST) -> str:
    """Return ``text`` as one line of at most ``limit`` characters, with a mark for what is invisible or turns the line.

    Control, format (bidi overrides, zero-width), private and unassigned characters become U+FFFD.
    """
    # Far more than can be shown is not worth a look at each character.
    line = "".join(map(_seen, text[: limit * 2])).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "Z" or char in "\t\n\r\v\f":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category[0] == "C" else char


def escape(text: str) -> str:
    """Escape the three characters with which Slack's control sequences begin and end."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str, limit: int = LONGEST) -> str:
    """Return ``text`` in a code span: as it is, but backticks become the look-alike U+02CB."""
    shown = visible(text, limit).replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")
    return f"`{escape(shown or NOTHING)}`"


def distinguished(name: str) -> str:
    """Return an RFC 4514 name in a code span without needless backslashes; commas and plusses keep theirs.

    Those two separate the parts of a name, so that an escaped one must stay told apart.
    """
    return code(_PAIR.sub(lambda pair: pair[1] if pair[1] in _HARMLESS else pair[0], name))


def member(id_: str) -> str:
    """Return a mention of a member or a user group; an id that Slack cannot have made is shown as text."""
    if _GROUP.fullmatch(id_):
        return f"<!subteam^{id_}>"
    return f"<@{id_}>" if _MEMBER.fullmatch(id_) else code(id_, 40)


def channel(id_: str) -> str:
    """Return a link to a channel; an id that Slack cannot have made is shown as text."""
    return f"<#{id_}>" if _CHANNEL.fullmatch(id_) else code(id_, 40)


def link(url: str, text: str) -> str:
    """Return a link; ``text`` is ours, and stands alone if the address could end the markup or is no web address."""
    safe = re.fullmatch(r"https?://[^\s<>|\"]{1,1000}", url) is not None
    return f"<{escape(url)}|{text}>" if safe else text
