"""The values of inputs: what a view or message starts with, what people choose, and Slack's shape of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_FIELD = {
    "plain_text_input": "value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "checkboxes": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}
_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_users": "initial_users",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}
_LISTS = {"selected_options", "selected_users", "files"}
# An overflow menu acts and holds nothing.
HOLDING = frozenset(_FIELD) - {"overflow"}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every (block, element) that holds a value."""
    for block in blocks:
        inside = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
        for element in inside:
            if isinstance(element, dict) and element.get("type") in HOLDING:
                yield block, element


def values(blocks: list[Json], typed: Json) -> Json:
    """``view.state.values``: what was typed (same block and action id), else what the element starts with."""
    result: Json = {}
    for block, element in elements(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        given = typed.get(block_id, {}).get(action_id)
        result.setdefault(block_id, {})[action_id] = shaped(element, given) if given is not None else _start(element)
    return result


def shaped(element: Json, given: Any) -> Json:
    """A value in Slack's shape; ``given`` may be that shape, or just the text, the option's value, the number."""
    if isinstance(given, dict) and given.get("type") == element["type"]:
        return given
    field = _FIELD[element["type"]]
    if field == "selected_option":
        given = _option(element, given)
    if field == "selected_options":
        given = [_option(element, one) for one in given]
    if field == "value" and given == "":
        given = None
    return {"type": element["type"], field: given}


def kept(typed: Json, before: list[Json], after: list[Json]) -> Json:
    """What of ``typed`` outlives an update: inputs with the same block id, action id and type."""
    old, new = ({(b["block_id"], e["action_id"], e["type"]) for b, e in elements(all_)} for all_ in (before, after))
    result: Json = {}
    for block_id, action_id, _ in old & new:
        if action_id in typed.get(block_id, {}):
            result.setdefault(block_id, {})[action_id] = typed[block_id][action_id]
    return result


def empty(value: Json) -> bool:
    """Whether an input holds nothing."""
    return value.get(_FIELD[value["type"]]) in (None, "", [])


def count(value: Json) -> int:
    """How many are chosen in an input that holds several."""
    return len(value.get(_FIELD[value["type"]]) or [])


def fill_ids(blocks: list[Json]) -> list[Json]:
    """Blocks and elements without an id get one, as Slack gives them."""
    for number, block in enumerate(blocks):
        block.setdefault("block_id", f"b{number}")
        for place, element in enumerate([block.get("element"), block.get("accessory"), *block.get("elements", [])]):
            if isinstance(element, dict) and "type" in element and block["type"] != "context":
                element.setdefault("action_id", f"a{number}.{place}")
    return blocks


def _start(element: Json) -> Json:
    field = _FIELD[element["type"]]
    nothing: Any = [] if field in _LISTS else None
    return {"type": element["type"], field: element.get(_INITIAL.get(field, ""), nothing)}


def _option(element: Json, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for option in element.get("options", []):
        if option["value"] == value or option["text"]["text"] == value:
            return option
    return {"text": {"type": "plain_text", "text": value}, "value": value}
