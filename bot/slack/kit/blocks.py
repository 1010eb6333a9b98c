"""Block Kit, as far as we use it: small constructors that refuse what Slack would refuse.

Limits are those of docs.slack.dev/reference/block-kit. A text over its limit is a mistake of ours, because facts are
shortened before they become text: cutting here could cut through an escape.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]

SECTION, FIELD, CONTEXT, OPTION, BUTTON, TITLE = 3000, 2000, 2000, 75, 75, 24
LABEL, HINT, MESSAGE_BLOCKS, VIEW_BLOCKS, OPTIONS, TEXT = 2000, 2000, 50, 100, 100, 4000


class OverLimit(ValueError):
    """Slack would refuse this block; the text names the part, never its content."""

    def __init__(self, part: str, length: int, limit: int) -> None:
        super().__init__(f"{part} has {length}, Slack takes 1 to {limit}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message: ``text`` for notifications and screen readers (mrkdwn), ``blocks`` for the eye."""

    text: str
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        _within("message text", len(self.text), TEXT)
        _within("message blocks", len(self.blocks), MESSAGE_BLOCKS)

    def payload(self) -> dict[str, Any]:
        """Return the arguments that every method of sending a message shares."""
        return {"text": self.text, "blocks": list(self.blocks)}


def say(text: str, *more: Block) -> Message:
    """Build a message of one text, with further blocks below it."""
    return Message(text, (section(text), *more))


def mrkdwn(text: str, limit: int = SECTION) -> Element:
    """Build a text that Slack formats; ``verbatim`` keeps it from linking what looks like an address."""
    _within("text", len(text), limit)
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str, limit: int) -> Element:
    """Build a text in which nothing is formatted, emoji names included."""
    _within("text", len(text), limit)
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str, *, fields: Sequence[str] = (), accessory: Element | None = None, block_id: str = "") -> Block:
    """Build a paragraph, with up to ten fields in two columns and one element at its side."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if fields:
        _within("fields", len(fields), 10)
        block["fields"] = [mrkdwn(field, FIELD) for field in fields]
    if accessory:
        block["accessory"] = accessory
    return _identified(block, block_id)


def context(*texts: str, block_id: str = "") -> Block:
    """Build small print of up to ten texts."""
    _within("context elements", len(texts), 10)
    return _identified({"type": "context", "elements": [mrkdwn(text, CONTEXT) for text in texts]}, block_id)


def divider() -> Block:
    """Build a line across."""
    return {"type": "divider"}


def header(text: str) -> Block:
    """Build a heading of at most 150 characters."""
    return {"type": "header", "text": plain(text, 150)}


def actions(*elements: Element, block_id: str = "") -> Block:
    """Build a row of up to 25 buttons."""
    _within("actions", len(elements), 25)
    return _identified({"type": "actions", "elements": list(elements)}, block_id)


def button(text: str, action_id: str, value: str, *, style: str = "", confirm: Element | None = None) -> Element:
    """Build a button; ``style`` is empty, ``primary`` or ``danger``."""
    _within("button value", len(value), 2000)
    made: Element = {"type": "button", "text": plain(text, BUTTON), "action_id": action_id, "value": value}
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    return made


def overflow(action_id: str, options: Sequence[Element]) -> Element:
    """Build a menu of at most five options behind three dots; each acts as it is chosen."""
    _within("options", len(options), 5)
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def option(text: str, value: str, *, about: str = "") -> Element:
    """Build a choice; ``value``, at most 150 characters, comes back when it is chosen."""
    _within("option value", len(value), 150)
    made: Element = {"text": plain(text, OPTION), "value": value}
    if about:
        made["description"] = plain(about, OPTION)
    return made


def input_(block_id: str, label: str, element: Element, *, hint: str = "", optional: bool = False) -> Block:
    """Build an input block whose element answers under ``view.state.values[block_id]["value"]``."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, LABEL),
        "element": {**element, "action_id": "value"},
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, HINT)
    return block


def text_input(*, initial: str = "", placeholder: str = "", multiline: bool = False, longest: int = 3000) -> Element:
    """Build a field to type in."""
    made: Element = {"type": "plain_text_input", "multiline": multiline, "max_length": longest}
    if initial:
        made["initial_value"] = initial[:longest]
    if placeholder:
        made["placeholder"] = plain(placeholder, 150)
    return made


def select(options: Sequence[Element], *, chosen: str = "", placeholder: str = "") -> Element:
    """Build a menu of at most 100 options; ``chosen`` is the value that is preselected."""
    _within("options", len(options), OPTIONS)
    made: Element = {"type": "static_select", "options": list(options)}
    if placeholder:
        made["placeholder"] = plain(placeholder, 150)
    return _chosen(made, options, chosen)


def radio(options: Sequence[Element], *, chosen: str = "") -> Element:
    """Up to ten choices, all to be seen at once."""
    _within("options", len(options), 10)
    return _chosen({"type": "radio_buttons", "options": list(options)}, options, chosen)


def checkboxes(options: Sequence[Element], *, chosen: Collection[str] = ()) -> Element:
    """Up to ten choices of which any number may be ticked; ``chosen`` are the values of those that are at first."""
    _within("options", len(options), 10)
    ticked = [one for one in options if one["value"] in chosen]
    made: Element = {"type": "checkboxes", "options": list(options)}
    return {**made, "initial_options": ticked} if ticked else made


def time_input(initial: datetime) -> Element:
    """Build a field for a date and a time of day, in the reader's time zone."""
    return {"type": "datetimepicker", "initial_date_time": int(initial.timestamp())}


def clock_input(initial: str = "") -> Element:
    """Build a field for a time of day; ``initial`` as ``HH:MM``, or empty."""
    return {"type": "timepicker", **({"initial_time": initial} if initial else {})}


def people(initial: Sequence[str], *, most: int, placeholder: str) -> Element:
    """Members of the workspace, ``most`` at most."""
    made: Element = {"type": "multi_users_select", "max_selected_items": most, "placeholder": plain(placeholder, 150)}
    return {**made, "initial_users": list(initial)} if initial else made


def multi_select(options: Sequence[Element], *, chosen: Collection[str], most: int, placeholder: str) -> Element:
    """Build a menu of which ``most`` options can be chosen; more than 100 stand in groups, by their first and last."""
    made: Element = {"type": "multi_static_select", "max_selected_items": most, "placeholder": plain(placeholder, 150)}
    if len(options) <= OPTIONS:
        made["options"] = list(options)
    else:
        parts = [list(options[at : at + OPTIONS]) for at in range(0, len(options), OPTIONS)][:OPTIONS]
        made["option_groups"] = [{"label": plain(_from_to(part), OPTION), "options": part} for part in parts]
    initial = [one for one in options if one["value"] in chosen]
    return {**made, "initial_options": initial} if initial else made


def _from_to(options: Sequence[Element]) -> str:
    first, last = (str(one["text"]["text"]) for one in (options[0], options[-1]))
    return f"{first[:30]} to {last[:30]}"


def file_input(*, most: int = 10) -> Element:
    """Build a field for one to ten files. No ``filetypes``: they would keep a misnamed container out."""
    return {"type": "file_input", "max_files": most}


def rich_list(items: Sequence[tuple[str, str]], *, block_id: str = "") -> Block:
    """Build a bulleted list of (bold words, text). rich_text parses nothing, so the texts may be untrusted."""
    _within("list items", len(items), 100)
    elements = [{"type": "rich_text_section", "elements": _runs(*item)} for item in items]
    inner = {"type": "rich_text_list", "style": "bullet", "elements": elements}
    return _identified({"type": "rich_text", "elements": [inner]}, block_id)


def _runs(bold: str, text: str) -> list[Element]:
    return [{"type": "text", "text": f"{bold} ", "style": {"bold": True}}, {"type": "text", "text": text}]


def modal(
    callback_id: str, title: str, blocks: Sequence[Block], *, submit: str = "", close: str, metadata: str = ""
) -> View:
    """Build a modal. ``metadata`` is an id and nothing else: Slack keeps it and returns it with the submission."""
    _within("modal blocks", len(blocks), VIEW_BLOCKS)
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE),
        "close": plain(close, TITLE),
        "blocks": list(blocks),
        "private_metadata": metadata,
    }
    if submit:
        view["submit"] = plain(submit, TITLE)
    return view


def home(blocks: Sequence[Block]) -> View:
    """Build the App Home tab."""
    _within("home blocks", len(blocks), VIEW_BLOCKS)
    return {"type": "home", "blocks": list(blocks)}


def confirmation(title: str, text: str, yes: str, no: str) -> Element:
    """Asks again before a button counts."""
    return {
        "title": plain(title, 100),
        "text": mrkdwn(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }


def _chosen(made: Element, options: Sequence[Element], value: str) -> Element:
    initial = next((one for one in options if value and one["value"] == value), None)
    return {**made, "initial_option": initial} if initial else made


def _identified(block: Block, block_id: str) -> Block:
    _within("block_id", len(block_id) or 1, 255)
    return {**block, "block_id": block_id} if block_id else block


def _within(part: str, length: int, limit: int) -> None:
    if not 1 <= length <= limit:
        raise OverLimit(part, length, limit)
