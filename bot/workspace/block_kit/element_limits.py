"""What Slack refuses in the elements of blocks: buttons, menus, inputs (docs.slack.dev, Block Kit elements)."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from typing import Any

from bot.workspace.block_kit.complaints import Complaints

Json = dict[str, Any]

_COMMON = {"type", "action_id", "focus_on_load"}
_MENU = {"placeholder", "confirm"}
_FIXED = {"options", "option_groups"}
_FIELDS = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "static_select": _MENU | _FIXED | {"initial_option"},
    "multi_static_select": _MENU | _FIXED | {"initial_options", "max_selected_items"},
    "external_select": _MENU | {"initial_option", "min_query_length"},
    "multi_external_select": _MENU | {"initial_options", "min_query_length", "max_selected_items"},
    "multi_users_select": _MENU | {"initial_users", "max_selected_items"},
    "overflow": {"options", "confirm"},
    "radio_buttons": {"options", "initial_option", "confirm"},
    "checkboxes": {"options", "initial_options", "confirm"},
    "plain_text_input": {
        *("placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config")
    },
    "file_input": {"filetypes", "max_files"},
    "datepicker": _MENU | {"initial_date"},
    "timepicker": _MENU | {"initial_time", "timezone"},
    "datetimepicker": {"initial_date_time", "confirm"},
}
IN_INPUT = frozenset(_FIELDS) - {"button", "overflow"}
IN_ACTIONS = frozenset(_FIELDS) - {"plain_text_input", "file_input"}
_MOST_OPTIONS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}
_MARKED_UP_OPTIONS = {"radio_buttons", "checkboxes"}
_LONGEST_INPUT = 3000
_USER = re.compile(r"[UW][A-Z0-9]+")


def check_element(out: Complaints, element: Any, where: str, allowed: Set[str], *, files: bool) -> None:
    """Complain about an element; ``files`` is whether file inputs may stand here (modals only)."""
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(kind, str) or kind not in allowed or (kind == "file_input" and not files):
        out.say(where, f"unsupported type: {kind}")
        return
    out.fields(element, _COMMON | _FIELDS[kind], where)
    out.string(element, "action_id", where, 255, fewest=1)
    out.flag(element, "focus_on_load", where)
    out.plain(element, "placeholder", where, 150)
    if "confirm" in element:
        _confirm(out, element["confirm"], f"{where}/confirm")
    if check := _CHECKS.get(kind):
        check(out, element, where)


def image(out: Complaints, element: Json, where: str) -> None:
    """An image, as an element or as the heart of an image block."""
    out.string(element, "image_url", where, 3000, fewest=1)
    out.string(element, "alt_text", where, 2000)
    if "alt_text" not in element:
        out.say(where, "missing required field: alt_text")
    if ("image_url" in element) == ("slack_file" in element):
        out.say(where, "must provide either image_url or slack_file")


def _button(out: Complaints, element: Json, where: str) -> None:
    out.text(element.get("text"), f"{where}/text", 75, ["plain_text"])
    out.string(element, "value", where, 2000)
    out.string(element, "url", where, 3000)
    out.string(element, "accessibility_label", where, 75)
    if element.get("style", "primary") not in ("primary", "danger"):
        out.say(f"{where}/style", "must be primary or danger")


def _menu(out: Complaints, element: Json, where: str) -> None:
    """A menu, radio buttons or checkboxes with options of its own."""
    kind = element["type"]
    if "option_groups" in element:
        options = _groups(out, element, where)
    else:
        options = out.array(element, "options", where, 1, _MOST_OPTIONS.get(kind, 100))
        for number, option in enumerate(options):
            _option(out, option, f"{where}/options/{number}", kind)
    out.number(element, "max_selected_items", where, 1, 100)
    _initial(out, element, where, options)


def _groups(out: Complaints, element: Json, where: str) -> list[Any]:
    if "options" in element:
        out.say(where, "must provide either options or option_groups")
    everything: list[Any] = []
    for number, group in enumerate(out.array(element, "option_groups", where, 1, 100)):
        here = f"{where}/option_groups/{number}"
        if out.object(group, here) is None:
            continue
        out.text(group.get("label"), f"{here}/label", 75, ["plain_text"])
        options = out.array(group, "options", here, 1, 100)
        for place, option in enumerate(options):
            _option(out, option, f"{here}/options/{place}", element["type"])
        everything += options
    return everything


def _option(out: Complaints, option: Any, where: str, kind: str) -> None:
    if out.object(option, where) is None:
        return
    kinds = ["plain_text", "mrkdwn"] if kind in _MARKED_UP_OPTIONS else ["plain_text"]
    out.fields(option, {"text", "value", "description"} | ({"url"} if kind == "overflow" else set()), where)
    out.text(option.get("text"), f"{where}/text", 75, kinds)
    if "description" in option:
        out.text(option["description"], f"{where}/description", 75, kinds)
    if "value" not in option:
        out.say(where, "missing required field: value")
    out.string(option, "value", where, 150, fewest=1)


def _initial(out: Complaints, element: Json, where: str, options: list[Any]) -> None:
    """What is chosen at first must be one of the options, to the letter."""
    chosen = element.get("initial_options", [])
    if not isinstance(chosen, list):
        out.say(f"{where}/initial_options", "must be an array")
        chosen = []
    if "initial_option" in element:
        chosen = [*chosen, element["initial_option"]]
    if any(one not in options for one in chosen):
        out.say(where, "initial option must be one of the options")


def _external(out: Complaints, element: Json, where: str) -> None:
    out.number(element, "min_query_length", where, 0, 100)
    out.number(element, "max_selected_items", where, 1, 100)
    if "initial_option" in element:
        _option(out, element["initial_option"], f"{where}/initial_option", element["type"])


def _users(out: Complaints, element: Json, where: str) -> None:
    """People to choose among: those that are chosen at first are ids, each once, and no more than may be chosen."""
    most = out.number(element, "max_selected_items", where, 1, 100)
    chosen = element.get("initial_users", [])
    if not isinstance(chosen, list) or not all(isinstance(one, str) and _USER.fullmatch(one) for one in chosen):
        out.say(f"{where}/initial_users", "must be an array of user ids")
        return
    if len(set(chosen)) != len(chosen):
        out.say(f"{where}/initial_users", "must not name anybody twice")
    if most is not None and len(chosen) > most:
        out.say(f"{where}/initial_users", "must not be more than max_selected_items")


def _text_input(out: Complaints, element: Json, where: str) -> None:
    least = out.number(element, "min_length", where, 0, _LONGEST_INPUT)
    most = out.number(element, "max_length", where, 1, _LONGEST_INPUT)
    if least is not None and most is not None and least > most:
        out.say(where, "min_length must not be more than max_length")
    out.string(element, "initial_value", where, _LONGEST_INPUT if most is None else most)
    out.flag(element, "multiline", where)


def _file_input(out: Complaints, element: Json, where: str) -> None:
    out.number(element, "max_files", where, 1, 10)
    kinds = element.get("filetypes", [])
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        out.say(f"{where}/filetypes", "must be an array of strings")


def _moment(name: str, pattern: str) -> Callable[[Complaints, Json, str], None]:
    def check(out: Complaints, element: Json, where: str) -> None:
        value = element.get(name)
        if name in element and not (isinstance(value, str) and re.fullmatch(pattern, value)):
            out.say(f"{where}/{name}", "invalid format")

    return check


def _date_time(out: Complaints, element: Json, where: str) -> None:
    """Ten digits: seconds since 1970."""
    out.number(element, "initial_date_time", where, 10**9, 10**10 - 1)


def _confirm(out: Complaints, confirm: Any, where: str) -> None:
    if out.object(confirm, where) is None:
        return
    out.fields(confirm, {"title", "text", "confirm", "deny", "style"}, where)
    for name, longest in (("title", 100), ("confirm", 30), ("deny", 30)):
        out.text(confirm.get(name), f"{where}/{name}", longest, ["plain_text"])
    out.text(confirm.get("text"), f"{where}/text", 300)


_CHECKS: dict[str, Callable[[Complaints, Json, str], None]] = {
    "button": _button,
    **dict.fromkeys(("static_select", "multi_static_select", "overflow", "radio_buttons", "checkboxes"), _menu),
    **dict.fromkeys(("external_select", "multi_external_select"), _external),
    "multi_users_select": _users,
    "plain_text_input": _text_input,
    "file_input": _file_input,
    "datepicker": _moment("initial_date", r"\d{4}-\d{2}-\d{2}"),
    "timepicker": _moment("initial_time", r"([01]\d|2[0-3]):[0-5]\d"),
    "datetimepicker": _date_time,
}
