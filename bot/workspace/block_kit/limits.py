"""What Slack refuses in blocks, messages and views (docs.slack.dev, Block Kit reference), found all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.workspace.block_kit.complaints import Complaints
from bot.workspace.block_kit.element_limits import IN_ACTIONS, IN_INPUT, check_element, image
from bot.workspace.core.refusals import SlackRefused

Json = dict[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS, TEXT = 50, 100, 40_000
LARGEST_VIEW = 250_000
_VIEW_FIELDS = frozenset(
    [
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "external_id",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    ]
)
_RICH = frozenset({"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"})


class _Blocks(Complaints):
    """Complaints about blocks; ``files`` is whether file inputs may stand among them."""

    def __init__(self, *, files: bool) -> None:
        super().__init__()
        self.files = files
        self._seen: set[str] = set()

    def blocks(self, holder: Json, where: str, most: int) -> None:
        for number, block in enumerate(self.array(holder, "blocks", where, 0, most)):
            self._block(block, f"{where}/blocks/{number}")

    def _block(self, block: Any, where: str) -> None:
        kind = block.get("type") if isinstance(block, dict) else None
        if not isinstance(kind, str) or kind not in _BLOCKS:
            self.say(where, f"unsupported type: {kind}")
            return
        fields, check = _BLOCKS[kind]
        self.fields(block, {"type", "block_id", *fields}, where)
        self._block_id(block, where)
        check(self, block, where)

    def _block_id(self, block: Json, where: str) -> None:
        self.string(block, "block_id", where, 255, fewest=1)
        id_ = block.get("block_id")
        if isinstance(id_, str):
            if id_ in self._seen:
                self.say(where, f"block_id already exists: {id_}")
            self._seen.add(id_)

    def element(self, element: Any, where: str, allowed: frozenset[str]) -> None:
        check_element(self, element, where, allowed, files=self.files)


def _section(out: _Blocks, block: Json, where: str) -> None:
    if "text" not in block and "fields" not in block:
        out.say(where, "missing required field: text or fields")
    if "text" in block:
        out.text(block["text"], f"{where}/text", 3000)
    if "fields" in block:
        for number, field in enumerate(out.array(block, "fields", where, 1, 10)):
            out.text(field, f"{where}/fields/{number}", 2000)
    accessory = block.get("accessory")
    if isinstance(accessory, dict) and accessory.get("type") == "image":
        image(out, accessory, f"{where}/accessory")
    elif accessory is not None:
        out.element(accessory, f"{where}/accessory", IN_ACTIONS)


def _header(out: _Blocks, block: Json, where: str) -> None:
    out.text(block.get("text"), f"{where}/text", 150, ["plain_text"])


def _divider(_out: _Blocks, _block: Json, _where: str) -> None:
    """A divider has nothing to check."""


def _context(out: _Blocks, block: Json, where: str) -> None:
    for number, element in enumerate(out.array(block, "elements", where, 1, 10)):
        if isinstance(element, dict) and element.get("type") == "image":
            image(out, element, f"{where}/elements/{number}")
        else:
            out.text(element, f"{where}/elements/{number}", 2000)


def _actions(out: _Blocks, block: Json, where: str) -> None:
    elements = out.array(block, "elements", where, 1, 25)
    ids = [str(one["action_id"]) for one in elements if isinstance(one, dict) and "action_id" in one]
    if len(set(ids)) != len(ids):
        out.say(where, "action_id already exists")
    for number, element in enumerate(elements):
        out.element(element, f"{where}/elements/{number}", IN_ACTIONS)


def _input(out: _Blocks, block: Json, where: str) -> None:
    out.text(block.get("label"), f"{where}/label", 2000, ["plain_text"])
    out.plain(block, "hint", where, 2000)
    out.flag(block, "optional", where)
    out.flag(block, "dispatch_action", where)
    out.element(block.get("element"), f"{where}/element", IN_INPUT)


def _image(out: _Blocks, block: Json, where: str) -> None:
    image(out, block, where)
    out.plain(block, "title", where, 2000)


def _rich_text(out: _Blocks, block: Json, where: str) -> None:
    for number, element in enumerate(out.array(block, "elements", where, 1, 100)):
        kind = element.get("type") if isinstance(element, dict) else None
        if not isinstance(kind, str) or kind not in _RICH:
            out.say(f"{where}/elements/{number}", f"unsupported type: {kind}")


_BLOCKS: dict[str, tuple[tuple[str, ...], Callable[[_Blocks, Json, str], None]]] = {
    "section": (("text", "fields", "accessory", "expand"), _section),
    "header": (("text", "level"), _header),
    "divider": ((), _divider),
    "context": (("elements",), _context),
    "actions": (("elements",), _actions),
    "input": (("label", "element", "hint", "optional", "dispatch_action"), _input),
    "image": (("image_url", "alt_text", "title", "slack_file"), _image),
    "rich_text": (("elements",), _rich_text),
}


def check_blocks(blocks: Any) -> None:
    """Refuse a message's blocks (``invalid_blocks``, or ``invalid_blocks_format`` where they are no list)."""
    if not isinstance(blocks, list):
        raise SlackRefused("invalid_blocks_format")
    out = _Blocks(files=False)
    out.blocks({"blocks": blocks}, "", MESSAGE_BLOCKS)
    if out.wrong:
        raise SlackRefused("invalid_blocks", out.wrong)


def check_message(text: str, blocks: Any) -> None:
    """Refuse a message: empty, too long (``msg_too_long``, over 40,000 characters), or its blocks."""
    if blocks:
        check_blocks(blocks)
    if not text and not blocks:
        raise SlackRefused("no_text")
    if len(text) > TEXT:
        raise SlackRefused("msg_too_long")


def check_view(view: Any, *, kind: str) -> None:
    """Refuse a view (``invalid_arguments``, ``view_too_large``); ``kind`` is ``modal`` or ``home``."""
    out = _Blocks(files=kind == "modal")
    if out.object(view, "/view") is None:
        raise SlackRefused("invalid_arguments", out.wrong)
    if view.get("type") != kind:
        out.say("/view/type", f"must be {kind}")
    out.fields(view, _VIEW_FIELDS, "/view")
    out.blocks(view, "/view", VIEW_BLOCKS)
    for name, longest in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        out.string(view, name, "/view", longest)
    for name in ("clear_on_close", "notify_on_close", "submit_disabled"):
        out.flag(view, name, "/view")
    if kind == "modal":
        _modal(out, view)
    if out.wrong:
        raise SlackRefused("invalid_arguments", out.wrong)
    if len(json.dumps(view)) > LARGEST_VIEW:
        raise SlackRefused("view_too_large")


def _modal(out: _Blocks, view: Json) -> None:
    out.text(view.get("title"), "/view/title", 24, ["plain_text"])
    out.plain(view, "submit", "/view", 24)
    out.plain(view, "close", "/view", 24)
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
    if inputs and "submit" not in view:
        out.say("/view/submit", "must be present when an input block is used")
