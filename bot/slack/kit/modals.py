"""The two kinds of modals: a form, and a notice."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Block, View


def form(callback_id: str, title: str, asked: Sequence[Block], *, about: str, submit: str = labels.ADD) -> View:
    """Return a form that can be submitted or cancelled; ``about`` is the id that comes back with the submission."""
    return blocks.modal(callback_id, title, asked, submit=submit, close=labels.CANCEL, metadata=about)


def notice(text: str, *, title: str = "Certdesk") -> View:
    """Return a modal with one text and nothing to fill in."""
    return blocks.modal("notice", title, [blocks.section(text)], close=labels.CLOSE)
