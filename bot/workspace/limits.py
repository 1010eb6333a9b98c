"""What Slack refuses in blocks, messages and views (docs.slack.dev, Block Kit reference), found all at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.workspace.refusals import SlackRefused

Json = dict[str, Any]

_COMMON = {"type", "block_id"}
_BLOCK_FIELDS = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text", "level"},
    "divider": set(),
    "context": {"elements"},
    "actions": {"elements"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "image": {"image_url", "alt_text", "title", "slack_file"},
    "rich_text": {"elements"},
}
_ACTION = {"type", "action_id", "focus_on_load"}
_CHOICE = {"placeholder", "options", "option_groups", "confirm"}
_ELEMENT_FIELDS = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "static_select": _CHOICE | {"initial_option"},
    "multi_static_select": _CHOICE | {"initial_options", "max_selected_items"},
    "external_select": {"placeholder", "initial_option", "min_query_length", "confirm"},
    "multi_external_select": {"placeholder", "initial_options", "min_query_length", "max_selected_items", "confirm"},
    "overflow": {"options", "confirm"},
    "radio_buttons": {"options", "initial_option", "confirm"},
    "checkboxes": {"options", "initial_options", "confirm"},
    "plain_text_input": {
        "placeholder",
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
    },
    "file_input": {"filetypes", "max_files"},
    "datepicker": {"initial_date", "placeholder", "confirm"},
    "timepicker": {"initial_time", "placeholder", "confirm", "timezone"},
    "datetimepicker": {"initial_date_time", "confirm"},
}
_IN_INPUT = set(_ELEMENT_FIELDS) - {"button", "overflow"}
_IN_ACTIONS = set(_ELEMENT_FIELDS) - {"plain_text_input", "file_input"}

MESSAGE_BLOCKS, VIEW_BLOCKS, TEXT = 50, 100, 40_000
_VIEW_FIELDS = {
    "type",
    "title",
    "blocks",
    "close",
    "submit",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
    "external_id",
    "submit_disabled",
}


class _Checker:
    """Collects everything that is wrong, each with where it is."""

    def __init__(self, *, modal: bool) -> None:
        self.modal = modal
        self.wrong: list[str] = []
        self.block_ids: set[str] = set()

    def say(self, where: str, what: str) -> None:
        self.wrong.append(f"{what} [json-pointer:{where}]")

    def text(self, thing: Any, where: str, longest: int, kinds: Iterable[str] = ("plain_text", "mrkdwn")) -> None:
        if not isinstance(thing, dict) or thing.get("type") not in set(kinds):
            self.say(where, "invalid text object")
            return
        length = len(str(thing.get("text", "")))
        if length < 1:
            self.say(where, "must be more than 0 characters")
        if length > longest:
            self.say(where, f"must be less than {longest + 1} characters")

    def blocks(self, blocks: Any, where: str = "/blocks") -> None:
        if not isinstance(blocks, list):
            self.say(where, "must be an array")
            return
        for number, block in enumerate(blocks):
            self.block(block, f"{where}/{number}")

    def block(self, block: Any, where: str) -> None:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in _BLOCK_FIELDS:
            self.say(where, f"unsupported type: {kind}")
            return
        self.fields(block, _COMMON | _BLOCK_FIELDS[kind], where)
        self.block_id(block, where)
        getattr(self, f"_{kind}", lambda *_: None)(block, where)

    def fields(self, thing: Json, allowed: set[str], where: str) -> None:
        for name in set(thing) - allowed:
            self.say(where, f"no more than allowed fields: additional property {name}")

    def block_id(self, block: Json, where: str) -> None:
        id_ = block.get("block_id")
        if id_ is None:
            return
        if len(id_) > 255:
            self.say(where, "block_id must be less than 256 characters")
        if id_ in self.block_ids:
            self.say(where, f"block_id already exists: {id_}")
        self.block_ids.add(id_)

    def _section(self, block: Json, where: str) -> None:
        if "text" not in block and "fields" not in block:
            self.say(where, "missing required field: text or fields")
        if "text" in block:
            self.text(block["text"], where + "/text", 3000)
        fields = block.get("fields", [None] if "text" not in block else [])
        if len(block.get("fields", [])) > 10:
            self.say(where, "no more than 10 fields")
        for number, field in enumerate(fields if "fields" in block else []):
            self.text(field, f"{where}/fields/{number}", 2000)
        if "accessory" in block and block["accessory"].get("type") != "image":
            self.element(block["accessory"], where + "/accessory", _IN_ACTIONS)

    def _header(self, block: Json, where: str) -> None:
        self.text(block.get("text"), where + "/text", 150, ["plain_text"])

    def _context(self, block: Json, where: str) -> None:
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= 10:
            self.say(where, "1 to 10 elements")
        for number, element in enumerate(elements):
            if element.get("type") != "image":
                self.text(element, f"{where}/elements/{number}", 2000)

    def _actions(self, block: Json, where: str) -> None:
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= 25:
            self.say(where, "1 to 25 elements")
        ids = [element.get("action_id") for element in elements]
        if len(set(ids)) != len(ids):
            self.say(where, "action_id already exists")
        for number, element in enumerate(elements):
            self.element(element, f"{where}/elements/{number}", _IN_ACTIONS)

    def _input(self, block: Json, where: str) -> None:
        self.text(block.get("label"), where + "/label", 2000, ["plain_text"])
        if "hint" in block:
            self.text(block["hint"], where + "/hint", 2000, ["plain_text"])
        self.element(block.get("element"), where + "/element", _IN_INPUT)

    def element(self, element: Any, where: str, allowed: set[str]) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in allowed or (kind == "file_input" and not self.modal):
            self.say(where, f"unsupported type: {kind}")
            return
        self.fields(element, _ACTION | _ELEMENT_FIELDS[kind], where)
        if len(element.get("action_id", "")) > 255:
            self.say(where, "action_id must be less than 256 characters")
        if "placeholder" in element:
            self.text(element["placeholder"], where + "/placeholder", 150, ["plain_text"])
        if "confirm" in element:
            self.confirm(element["confirm"], where + "/confirm")
        if "options" in element or kind in {"static_select", "overflow", "radio_buttons", "checkboxes"}:
            self.options(element, where, kind)
        if kind == "button":
            self.button(element, where)
        if kind == "file_input" and not 1 <= element.get("max_files", 10) <= 10:
            self.say(where, "max_files must be between 1 and 10")

    def button(self, element: Json, where: str) -> None:
        self.text(element.get("text"), where + "/text", 75, ["plain_text"])
        if len(element.get("value", "")) > 2000:
            self.say(where, "value must be less than 2001 characters")
        if element.get("style", "primary") not in {"primary", "danger"}:
            self.say(where, "style must be primary or danger")

    def options(self, element: Json, where: str, kind: str) -> None:
        options = element.get("options", [])
        most = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}.get(kind, 100)
        if "option_groups" not in element and not 1 <= len(options) <= most:
            self.say(where, f"1 to {most} options")
        for number, option in enumerate(options):
            self.text(option.get("text"), f"{where}/options/{number}/text", 75)
            if not 1 <= len(str(option.get("value", ""))) <= 150:
                self.say(f"{where}/options/{number}", "value must be 1 to 150 characters")

    def confirm(self, confirm: Any, where: str) -> None:
        for name, longest in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            self.text(confirm.get(name), f"{where}/{name}", longest)


def check_blocks(blocks: list[Json]) -> None:
    """Refuse a message's blocks (``invalid_blocks``)."""
    checker = _Checker(modal=False)
    checker.blocks(blocks)
    if len(blocks) > MESSAGE_BLOCKS:
        checker.say("/blocks", f"no more than {MESSAGE_BLOCKS} items allowed")
    if checker.wrong:
        raise SlackRefused("invalid_blocks", checker.wrong)


def check_message(text: str, blocks: list[Json] | None) -> None:
    """Refuse a message: empty, too long, or its blocks."""
    if blocks:
        check_blocks(blocks)
    if not text and not blocks:
        raise SlackRefused("no_text")
    if len(text) > TEXT:
        raise SlackRefused("msg_too_long")


def check_view(view: Json, *, kind: str) -> None:
    """Refuse a view (``invalid_arguments``); ``kind`` is ``modal`` or ``home``."""
    checker = _Checker(modal=kind == "modal")
    if view.get("type") != kind:
        checker.say("/view/type", f"must be {kind}")
    checker.fields(view, _VIEW_FIELDS, "/view")
    blocks = view.get("blocks", [])
    checker.blocks(blocks, "/view/blocks")
    if len(blocks) > VIEW_BLOCKS:
        checker.say("/view/blocks", f"no more than {VIEW_BLOCKS} items allowed")
    if len(view.get("private_metadata", "")) > 3000:
        checker.say("/view/private_metadata", "must be less than 3001 characters")
    if len(view.get("callback_id", "")) > 255:
        checker.say("/view/callback_id", "must be less than 256 characters")
    if kind == "modal":
        _check_modal(checker, view, blocks)
    if checker.wrong:
        raise SlackRefused("invalid_arguments", checker.wrong)


def _check_modal(checker: _Checker, view: Json, blocks: list[Json]) -> None:
    for name in ("title", "submit", "close"):
        if name in view or name == "title":
            checker.text(view.get(name), f"/view/{name}", 24, ["plain_text"])
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if has_input and "submit" not in view:
        checker.say("/view/submit", "must be present when an input block is used")
