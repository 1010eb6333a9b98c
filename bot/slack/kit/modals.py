"""The two kinds of modals: a form, and a notice."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Block, View

_NOTE = "note"


def form(callback_id: str, title: str, asked: Sequence[Block], *, about: str, submit: str = labels.ADD) -> View:
    """Return a form that can be submitted or cancelled; ``about`` is the id that comes back with the submission."""
    return blocks.modal(callback_id, title, asked, submit=submit, close=labels.CANCEL, metadata=about)


def noted(view: View, text: str) -> View:
    """Return a submitted form with a sentence on top; the inputs keep what was typed, for their ids are the same."""
    asked = [block for block in view["blocks"] if block.get("block_id") != _NOTE]
    note = blocks.section(text, block_id=_NOTE)
    submit = str((view.get("submit") or {}).get("text") or labels.ADD)
    about = str(view.get("private_metadata") or "")
    return form(str(view["callback_id"]), str(view["title"]["text"]), [note, *asked], about=about, submit=submit)


def notice(text: str, *, title: str = "Certdesk") -> View:
    """Return a modal with one text and nothing to fill in."""
    return blocks.modal("notice", title, [blocks.section(text)], close=labels.CLOSE)
