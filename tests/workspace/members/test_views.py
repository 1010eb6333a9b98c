"""Modals and the Home tab: triggers, stacks, updates, what is typed and what outlives an update."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.workspace.practice import (
    ALICE,
    BOB,
    ORDERS,
    Practice,
    actions,
    button,
    menu,
    modal,
    opened,
    plain,
    pushed,
    refusal,
    section,
    text_input,
)

Json = dict[str, Any]


async def test_a_trigger_opens_one_view(practice: Practice) -> None:
    """A trigger works once, and one that Slack never gave does not work."""
    trigger = practice.workspace.permissions.trigger(ALICE)
    await practice.client.views_open(trigger_id=trigger, view=modal())
    again = practice.client.views_open(trigger_id=trigger, view=modal())
    assert await refusal(again) == "exchanged_trigger_id"
    assert await refusal(practice.client.views_open(trigger_id="1.2", view=modal())) == "invalid_trigger_id"


async def test_a_trigger_does_not_live_long(impatient: Practice) -> None:
    """After its time a trigger is expired_trigger_id."""
    trigger = impatient.workspace.permissions.trigger(ALICE)
    await asyncio.sleep(0.25)
    assert await refusal(impatient.client.views_open(trigger_id=trigger, view=modal())) == "expired_trigger_id"


async def test_a_stack_of_three(practice: Practice) -> None:
    """Views know what is below them; the fourth is refused; closing goes back one at a time."""
    first = await opened(practice, modal(callback_id="1"))
    second = await pushed(practice, modal(callback_id="2"))
    await pushed(practice, modal(callback_id="3"))
    trigger = practice.workspace.permissions.trigger(ALICE)
    assert await refusal(practice.client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"
    third = practice.workspace.views(ALICE)[-1]
    assert (third["previous_view_id"], third["root_view_id"]) == (second, first)
    await practice.workspace.close_view(ALICE, third["id"])
    assert [view["callback_id"] for view in practice.workspace.views(ALICE)] == ["1", "2"]


async def test_nothing_to_push_onto(practice: Practice) -> None:
    """A push without an open view is not found."""
    trigger = practice.workspace.permissions.trigger(ALICE)
    assert await refusal(practice.client.views_push(trigger_id=trigger, view=modal())) == "not_found"


async def test_closing_is_told_where_it_was_asked_for(practice: Practice) -> None:
    """view_closed comes with notify_on_close only, without what was typed; clear_on_close takes the whole stack."""
    closed: list[Json] = []

    @practice.bot.view_closed("told")
    async def hear(ack: Any, body: Json) -> None:
        await ack()
        closed.append(body)

    view = await opened(practice, modal(text_input(), callback_id="told", notify_on_close=True))
    await practice.workspace.click(ALICE, view, "value", "secret")
    above = await pushed(practice, modal(callback_id="silent", clear_on_close=True))
    await practice.workspace.close_view(ALICE, above)
    assert not practice.workspace.views(ALICE)
    assert [(one["is_cleared"], one["view"]["state"]) for one in closed] == [(True, {"values": {}})]


async def test_an_update_keeps_what_is_typed(practice: Practice) -> None:
    """The same block id, action id and type keep their value; what went and comes back is empty."""
    view = await opened(practice, modal(text_input("a"), text_input("b"), text_input("c")))
    for block in ("a", "b", "c"):
        await practice.workspace.click(ALICE, view, "value", f"typed {block}", block_id=block)
    picker = {**text_input("c"), "element": {"type": "datepicker", "action_id": "value"}}
    await practice.client.views_update(view_id=view, view=modal(text_input("a"), picker))
    answer = await practice.client.views_update(view_id=view, view=modal(text_input("a"), text_input("b"), picker))
    values = answer["view"]["state"]["values"]
    assert values["a"]["value"]["value"] == "typed a"
    assert values["b"]["value"]["value"] is None
    assert values["c"]["value"]["selected_date"] is None


async def test_updates_can_be_guarded(practice: Practice) -> None:
    """A stale hash is hash_conflict; a view is found by external_id, too, and not after it was closed."""
    view = await opened(practice, modal(external_id="mine"))
    stale = practice.workspace.views(ALICE)[0]["hash"]
    await practice.client.views_update(external_id="mine", view=modal(section("new"), external_id="mine"))
    assert await refusal(practice.client.views_update(view_id=view, view=modal(), hash=stale)) == "hash_conflict"
    trigger = practice.workspace.permissions.trigger(BOB)
    again = practice.client.views_open(trigger_id=trigger, view=modal(external_id="mine"))
    assert await refusal(again) == "duplicate_external_id"
    await practice.workspace.close_view(ALICE, view)
    assert await refusal(practice.client.views_update(view_id=view, view=modal())) == "not_found"


async def test_slacks_client_asks_first(practice: Practice) -> None:
    """An empty required field, wrong lengths, too many people and too many or too large files never reach the bot."""
    people = {"type": "multi_users_select", "action_id": "value", "max_selected_items": 1}
    picker = {**text_input("people"), "element": people}
    chosen_by = await opened(practice, modal(picker))
    assert set((await practice.workspace.submit(ALICE, chosen_by)).errors) == {"people"}
    crowd = await practice.workspace.submit(ALICE, chosen_by, {"people": {"value": [ALICE, BOB]}})
    assert crowd.errors == {"people": "Please choose no more than 1."}
    files = {**text_input("files"), "element": {"type": "file_input", "action_id": "value", "max_files": 1}}
    form = await opened(practice, modal(text_input("name", min_length=3, max_length=5), files))

    async def errors(name: str, *chosen: tuple[str, bytes]) -> set[str]:
        typed = {"name": {"value": name}}
        result = await practice.workspace.submit(ALICE, form, typed, {"files": {"value": list(chosen)}})
        return set(result.errors)

    assert await errors("") == {"name", "files"}
    assert await errors("ab", ("a", b"a")) == {"name"}
    assert await errors("abcdef", ("a", b"a")) == {"name"}
    assert await errors("abc", ("a", b"a"), ("b", b"b")) == {"files"}
    assert await errors("abc", ("a", bytes(10 * 1024 * 1024 + 1))) == {"files"}
    assert not practice.workspace.deliveries


async def test_a_submission_carries_every_input(practice: Practice) -> None:
    """view.state.values has each input in Slack's shape, files as objects that the bot may fetch."""
    seen: list[Json] = []

    @practice.bot.view("form")
    async def take(ack: Any, view: Json) -> None:
        seen.append(view["state"]["values"])
        await ack(response_action="clear")

    def block(block_id: str, element: Json) -> Json:
        return {**text_input(block_id, optional=True), "element": element}

    form = await opened(
        practice,
        modal(
            text_input("text", initial_value="start"),
            text_input("empty", optional=True),
            block("menu", menu("a", "b")),
            block("boxes", menu("a", "b", kind="checkboxes")),
            block("people", {"type": "multi_users_select", "action_id": "p", "initial_users": [BOB]}),
            block("nobody", {"type": "multi_users_select", "action_id": "p"}),
            block("when", {"type": "datetimepicker", "action_id": "w", "initial_date_time": 1_700_000_000}),
            block("files", {"type": "file_input", "action_id": "f"}),
            callback_id="form",
        ),
    )
    values = {"menu": {"choose": "b"}, "boxes": {"choose": ["a"]}, "people": {"p": [ALICE, BOB]}}
    result = await practice.workspace.submit(ALICE, form, values, {"files": {"f": [("k.pem", b"key")]}})
    assert result.action == "clear"
    (given,) = seen
    assert given["text"]["value"] == {"type": "plain_text_input", "value": "start"}
    assert given["empty"]["value"]["value"] is None
    assert given["menu"]["choose"]["selected_option"]["value"] == "b"
    assert [one["value"] for one in given["boxes"]["choose"]["selected_options"]] == ["a"]
    assert given["people"]["p"] == {"type": "multi_users_select", "selected_users": [ALICE, BOB]}
    assert given["nobody"]["p"]["selected_users"] == []
    assert given["when"]["w"]["selected_date_time"] == 1_700_000_000
    (file,) = given["files"]["f"]["files"]
    info = await practice.client.files_info(file=file["id"])
    assert info["file"]["name"] == "k.pem"


async def test_a_submission_can_update_and_push(practice: Practice) -> None:
    """response_action update changes the view in place, push puts another on top."""

    @practice.bot.view("form")
    async def take(ack: Any, view: Json) -> None:
        typed = view["state"]["values"]["name"]["value"]["value"]
        await ack(response_action=typed, view=modal(text_input(), callback_id="form", private_metadata=typed))

    form = await opened(practice, modal(text_input(), callback_id="form"))
    assert (await practice.workspace.submit(ALICE, form, {"name": {"value": "update"}})).action == "update"
    (view,) = practice.workspace.views(ALICE)
    assert (view["id"], view["private_metadata"]) == (form, "update")
    assert (await practice.workspace.submit(ALICE, form, {"name": {"value": "push"}})).action == "push"
    assert [one["private_metadata"] for one in practice.workspace.views(ALICE)] == ["update", "push"]
    with pytest.raises(KeyError):
        await practice.workspace.submit(ALICE, form, {})


async def test_inputs_act_only_where_they_say_so(practice: Practice) -> None:
    """Typing tells the bot nothing without dispatch_action; with it the action carries what was typed."""
    heard: list[Json] = []

    @practice.bot.action("value")
    async def act(ack: Any, body: Json) -> None:
        await ack()
        heard.append(body)

    view = await opened(practice, modal(text_input("quiet"), {**text_input("loud"), "dispatch_action": True}))
    await practice.workspace.click(ALICE, view, "value", "x", block_id="quiet")
    assert not practice.workspace.deliveries
    await practice.workspace.click(ALICE, view, "value", "y", block_id="loud")
    (body,) = await practice.workspace.wait_for(lambda: heard)
    assert body["actions"][0]["value"] == "y"
    assert body["view"]["state"]["values"]["quiet"]["value"]["value"] == "x"
    assert body["container"] == {"type": "view", "view_id": view}


@pytest.mark.parametrize("kind", ["static_select", "overflow", "radio_buttons"])
async def test_menus_tell_what_was_chosen(practice: Practice, kind: str) -> None:
    """selected_option is one of the options, however it is named, and messages remember it for this member."""
    heard: list[Json] = []

    @practice.bot.action("choose")
    async def act(ack: Any, body: Json) -> None:
        await ack()
        heard.append(body)

    block = actions(menu("a", "b", kind=kind), block_id="row")
    posted = await practice.client.chat_postMessage(channel=ORDERS, text="x", blocks=[block])
    full = {"type": kind, "selected_option": block["elements"][0]["options"][1]}
    for value in ("b", full):
        await practice.workspace.click(ALICE, posted["ts"], "choose", value)
    await practice.workspace.wait_for(lambda: len(heard) == 2)
    for body in heard:
        assert body["actions"][0]["selected_option"] == full["selected_option"]
        state = body["state"]["values"]
        assert state == ({} if kind == "overflow" else {"row": {"choose": full}})


async def test_a_menu_whose_options_the_bot_has(practice: Practice) -> None:
    """What is typed reaches the bot, and at most a hundred of its options come back."""

    @practice.bot.options("find")
    async def offer(ack: Any, payload: Json) -> None:
        await ack(options=[{"text": plain(f"{payload['value']} {n}"), "value": str(n)} for n in range(120)])

    select = {"type": "external_select", "action_id": "find"}
    posted = await practice.client.chat_postMessage(channel=ORDERS, text="x", blocks=[actions(select)])
    offered = await practice.workspace.suggestions(ALICE, posted["ts"], "find", "or")
    assert len(offered) == 100
    assert offered[0] == {"text": plain("or 0"), "value": "0"}


async def test_the_home_tab(practice: Practice) -> None:
    """Opening the Home tells the bot, what it publishes is seen by that member, and its buttons act."""
    pressed: list[Json] = []

    @practice.bot.event("app_home_opened")
    async def greet(event: Json, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [actions(button("go"))]})

    @practice.bot.action("go")
    async def go(ack: Any, body: Json) -> None:
        await ack()
        pressed.append(body)

    await practice.workspace.open_home(ALICE)
    home = await practice.workspace.wait_for(lambda: practice.workspace.home(ALICE))
    assert practice.workspace.home(BOB) is None
    await practice.workspace.click(ALICE, home["id"], "go")
    (body,) = await practice.workspace.wait_for(lambda: pressed)
    assert body["view"]["type"] == "home"
    stale = practice.client.views_publish(user_id=ALICE, view={"type": "home", "blocks": []}, hash="0.stale")
    assert await refusal(stale) == "hash_conflict"
    practice.workspace.home_enabled = False
    off = practice.client.views_publish(user_id=ALICE, view={"type": "home", "blocks": []})
    assert await refusal(off) == "not_enabled"
