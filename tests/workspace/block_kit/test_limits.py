"""What Slack refuses in blocks and views: each limit by its own, and any JSON without an accident."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models import blocks as kit
from slack_sdk.models.views import View

from bot.workspace import SlackRefused
from bot.workspace.block_kit.limits import check_blocks, check_message, check_view
from tests.workspace.practice import actions, button, menu, modal, plain, section, text_input

Json = dict[str, Any]

MENU = menu("a", "b")
OPTION = MENU["options"][0]

GOOD = [
    section(),
    section("x" * 3000),
    section(fields=[plain("x" * 2000)] * 10),
    section(accessory=button()),
    section(accessory={"type": "image", "image_url": "https://x.example/y.png", "alt_text": "y"}),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [plain("x")] * 10},
    {"type": "image", "image_url": "https://x.example/y.png", "alt_text": "", "title": plain("t")},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    actions(*(button(f"b{number}") for number in range(25))),
    actions(button(text="x" * 75, value="v" * 2000, style="danger", url="https://x.example")),
    actions({**MENU, "initial_option": OPTION}, menu("a", kind="overflow", action_id="more")),
    actions({"type": "external_select", "action_id": "e", "min_query_length": 0, "placeholder": plain("p")}),
    actions({"type": "datepicker", "initial_date": "2026-02-28"}, {"type": "timepicker", "initial_time": "09:05"}),
    actions({"type": "datetimepicker", "initial_date_time": 1_700_000_000}),
    actions({"type": "multi_users_select", "max_selected_items": 2, "initial_users": ["U0ALICE", "W1"]}),
    actions(menu("a", kind="radio_buttons"), menu("b", kind="checkboxes", action_id="c")),
    actions({"type": "static_select", "option_groups": [{"label": plain("g"), "options": [OPTION]}]}),
    text_input(min_length=1, max_length=10, initial_value="x" * 10, multiline=True),
]

BAD: list[tuple[Json, str]] = [
    (section("x" * 3001), "/text/text"),
    (section(""), "more than 0 characters"),
    ({"type": "section"}, "text or fields"),
    (section(fields=[plain("x")] * 11), "no more than 10"),
    (section(fields=[plain("x" * 2001)]), "less than 2001"),
    (section(surprise=1), "additional property surprise"),
    (section(block_id="x" * 256), "less than 256"),
    ({"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}, "additional property emoji"),
    ({"type": "header", "text": plain("x" * 151)}, "less than 151"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "must be a text object of type plain_text"),
    ({"type": "party"}, "unsupported type: party"),
    ({"type": "context", "elements": []}, "no less than 1"),
    ({"type": "image", "image_url": "https://x.example/y.png"}, "alt_text"),
    ({"type": "actions", "elements": []}, "no less than 1"),
    (actions(*(button(f"b{number}") for number in range(26))), "no more than 25"),
    (actions(button("same"), button("same")), "action_id already exists"),
    (actions(button(text="x" * 76)), "less than 76"),
    (actions(button(value="v" * 2001)), "less than 2001"),
    (actions(button(style="loud")), "primary or danger"),
    (actions(button(value=5)), "must be a string"),
    (actions(text_input()["element"]), "unsupported type: plain_text_input"),
    (actions(menu()), "no less than 1"),
    (actions(menu(*(str(number) for number in range(101)))), "no more than 100"),
    (actions(menu("a", "b", "c", "d", "e", "f", kind="overflow")), "no more than 5"),
    (actions(menu("x" * 76)), "less than 76"),
    (actions({**MENU, "options": [{**OPTION, "value": "x" * 151}]}), "less than 151"),
    (actions({**MENU, "options": [{"text": plain("a")}]}), "missing required field: value"),
    (actions({**MENU, "options": [{**OPTION, "text": {"type": "mrkdwn", "text": "a"}}]}), "plain_text"),
    (actions({**MENU, "initial_option": {"text": plain("z"), "value": "z"}}), "one of the options"),
    (actions({**MENU, "option_groups": []}), "either options or option_groups"),
    (actions({**MENU, "placeholder": plain("x" * 151)}), "less than 151"),
    (actions(button(confirm={"title": plain("x" * 101), "text": plain("t")})), "less than 101"),
    (actions({"type": "datepicker", "initial_date": "28.02.2026"}), "invalid format"),
    (actions({"type": "timepicker", "initial_time": "9:05"}), "invalid format"),
    (actions({"type": "datetimepicker", "initial_date_time": 5}), "must be a number"),
    (actions({"type": "multi_users_select", "initial_users": "U0ALICE"}), "array of user ids"),
    (actions({"type": "multi_users_select", "initial_users": ["<@U0ALICE>"]}), "array of user ids"),
    (actions({"type": "multi_users_select", "initial_users": ["U1", "U1"]}), "anybody twice"),
    (actions({"type": "multi_users_select", "initial_users": ["U1", "U2"], "max_selected_items": 1}), "more than max"),
    (actions({"type": "multi_users_select", "max_selected_items": 0}), "from 1 to 100"),
    (actions({"type": "multi_users_select", "options": []}), "additional property options"),
    (text_input(initial_value="x" * 11, max_length=10), "less than 11"),
    (text_input(max_length=3001), "from 1 to 3000"),
    (text_input(min_length=5, max_length=4), "min_length"),
    ({**text_input(), "element": {"type": "file_input", "action_id": "f"}}, "unsupported type: file_input"),
    ({**text_input(), "element": button()}, "unsupported type: button"),
]


@pytest.mark.parametrize("block", GOOD)
def test_what_slack_takes(block: Json) -> None:
    """Blocks at their limits are taken, in messages and in modals."""
    check_blocks([block])
    check_view(modal(block), kind="modal")


@pytest.mark.parametrize(("block", "why"), BAD, ids=[why for _, why in BAD])
def test_what_slack_refuses(block: Json, why: str) -> None:
    """Blocks beyond a limit are refused with the place and the reason."""
    with pytest.raises(SlackRefused) as refused:
        check_blocks([section(), block])
    assert refused.value.error == "invalid_blocks"
    (message, *_) = refused.value.messages
    assert why in " ".join(refused.value.messages)
    assert "[json-pointer:/blocks/1" in message


def test_everything_wrong_is_said_at_once() -> None:
    """Two wrong blocks are two messages."""
    with pytest.raises(SlackRefused) as refused:
        check_blocks([section(""), {"type": "party"}])
    assert len(refused.value.messages) == 2


@pytest.mark.parametrize(
    ("text", "blocks", "error"),
    [
        ("", None, "no_text"),
        ("", [], "no_text"),
        ("x" * 40_001, None, "msg_too_long"),
        ("x", [section()] * 51, "invalid_blocks"),
        ("x", [section(block_id="same"), section(block_id="same")], "invalid_blocks"),
        ("x", {"type": "section"}, "invalid_blocks_format"),
    ],
)
def test_messages_that_slack_refuses(text: str, blocks: Any, error: str) -> None:
    """Empty and too long messages have names of their own."""
    with pytest.raises(SlackRefused) as refused:
        check_message(text, blocks)
    assert refused.value.error == error


FILE_INPUT = {**text_input("files"), "element": {"type": "file_input", "action_id": "value", "max_files": 10}}


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (modal(title=plain("x" * 25)), "/view/title"),
        (modal(submit=plain("x" * 25)), "/view/submit"),
        (modal(close=plain("x" * 25)), "/view/close"),
        ({name: part for name, part in modal(text_input()).items() if name != "submit"}, "input block is used"),
        (modal(*[section()] * 101), "no more than 100"),
        (modal(private_metadata="x" * 3001), "less than 3001"),
        (modal(callback_id="x" * 256), "less than 256"),
        (modal(external_id="x" * 256), "less than 256"),
        (modal(state={}), "additional property state"),
        (modal(type="home"), "must be modal"),
        (modal(text_input(), text_input()), "already exists"),
        ({"type": "modal", "title": plain("x")}, "/view/blocks"),
        (modal({**FILE_INPUT, "element": {**FILE_INPUT["element"], "max_files": 11}}), "from 1 to 10"),
        ("modal", "must be an object"),
    ],
)
def test_views_that_slack_refuses(view: Any, why: str) -> None:
    """A view beyond its limits is invalid_arguments, with the reason."""
    with pytest.raises(SlackRefused) as refused:
        check_view(view, kind="modal")
    assert refused.value.error == "invalid_arguments"
    assert why in " ".join(refused.value.messages)


def test_views_at_their_limits() -> None:
    """A full modal with a file input is taken; the Home tab has no place for a file input."""
    check_view(modal(*[section()] * 99, FILE_INPUT, private_metadata="x" * 3000, title=plain("x" * 24)), kind="modal")
    with pytest.raises(SlackRefused):
        check_view({"type": "home", "blocks": [FILE_INPUT]}, kind="home")


def test_a_view_can_be_too_large() -> None:
    """Blocks that are each within their limits can be more than 250 kB together."""
    with pytest.raises(SlackRefused) as refused:
        check_view(modal(*[section("x" * 3000)] * 99), kind="modal")
    assert refused.value.error == "view_too_large"


def test_what_slack_sdk_builds_is_taken() -> None:
    """The models of slack_sdk make blocks and views that the checks know."""
    option = kit.Option(text="One", value="1")
    blocks = [
        kit.SectionBlock(text="Hello", accessory=kit.ButtonElement(text="Press", action_id="a", value="v")),
        kit.ActionsBlock(elements=[kit.StaticSelectElement(placeholder="Which", action_id="s", options=[option])]),
        kit.InputBlock(label="Name", element=kit.PlainTextInputElement(action_id="t", max_length=20)),
        kit.ContextBlock(elements=[kit.MarkdownTextObject(text="*x*")]),
    ]
    check_blocks([block.to_dict() for block in blocks])
    check_view(View(type="modal", title="Form", submit="Send", blocks=blocks).to_dict(), kind="modal")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _places(thing: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    return [path, *(place for name, part in inside for place in _places(part, (*path, name)))]


WHOLE = [*GOOD, FILE_INPUT]
PLACES = _places(WHOLE)[1:]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), ANYTHING)
def test_no_json_breaks_the_checks(place: tuple[Any, ...], junk: Any) -> None:
    """Whatever stands anywhere in a view is taken or refused, and nothing else happens."""
    blocks = copy.deepcopy(WHOLE)
    holder: Any = blocks
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = junk
    _taken_or_refused(lambda: check_view(modal(*blocks), kind="modal"))
    _taken_or_refused(lambda: check_message("x", blocks))


def _taken_or_refused(check: Callable[[], None]) -> None:
    try:
        check()
    except SlackRefused as refused:
        assert refused.messages
