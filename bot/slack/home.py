"""The App Home tab: what waits and what ends in the member's channels, and how to begin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.desk.base.desk import Member
from bot.desk.home import AtHome, Waiting, at_home
from bot.slack import home_words
from bot.slack.bolt.call import Room
from bot.slack.bolt.client import slack_reason
from bot.slack.bolt.listening import log_failure
from bot.slack.certificates import words
from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Block, View
from bot.slack.restarts import progress_words

log = structlog.get_logger(__name__)

_PAGE, _MOST_PAGES = 200, 50


def register(app: AsyncApp, room: Room) -> None:
    """Listen for somebody opening the tab."""

    async def opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") != "home":
            return
        await publish(room, event["user"])

    app.event("app_home_opened")(room.tracker.track(opened))


async def publish(room: Room, member_id: str, *, notice: str = "") -> None:
    """Show the member their tab as it is now, with ``notice`` on top."""
    try:
        member = await room.people.member(member_id)
        channels, why = await _channels(room, member_id)
        found = await at_home(room.desk, member, channels)
        view = tab(found, member, room.desk.clock(), why=why, notice=notice)
        await room.client.views_publish(user_id=member_id, view=view)
    except Exception as error:  # the tab is off, say, or the database is away: it is opened again soon enough
        log_failure("home_not_published", error)


async def _channels(room: Room, member_id: str) -> tuple[frozenset[str] | None, str]:
    """The channels that the member is in; or None, and why that is not known."""
    found: set[str] = set()
    cursor = ""
    try:
        for _ in range(_MOST_PAGES):
            page = await room.client.users_conversations(
                user=member_id, types="public_channel,private_channel", limit=_PAGE, cursor=cursor
            )
            found |= {str(one["id"]) for one in page["channels"]}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
    except SlackApiError as error:
        reason = slack_reason(error)
        log.warning("channels_unknown", reason=reason)
        return None, home_words.NO_SCOPE if reason == "missing_scope" else home_words.NO_ANSWER
    return frozenset(found), ""


def tab(found: AtHome, member: Member, now: datetime, *, why: str = "", notice: str = "") -> View:
    """The tab's blocks."""
    return blocks.home(
        [
            *([blocks.section(notice), blocks.divider()] if notice else []),
            *([blocks.context(why)] if why else []),
            *[blocks.section(progress_words.alarm_stands(run, place)) for place, run in found.alarms],
            *_waiting(found, member, everything=not why),
            *_ending(found, now),
            blocks.divider(),
            blocks.section(words.HOME),
            blocks.section(words.HOME_BEGIN),
            blocks.section("*What you can type*\n" + "\n".join(words.help_lines())),
            blocks.context(words.HELP_TIP, words.HOME_SAFE),
        ]
    )


def _waiting(found: AtHome, member: Member, *, everything: bool) -> list[Block]:
    made = [blocks.header(home_words.WAITING)]
    if not found.waiting:
        return [*made, blocks.section(home_words.nothing_waits(found, everything=everything))]
    for one in found.waiting:
        made += [blocks.section(home_words.waiting(one), **_confirming(one, member))]
    if more := found.waiting_count - len(found.waiting):
        made.append(blocks.context(home_words.more_waiting(more)))
    return made


def _confirming(one: Waiting, member: Member) -> dict[str, Any]:
    """The button, for those who may: with how many changes were shown, as under a reminder."""
    if member.is_guest:
        return {}
    value = f"{one.restart.id}:{len(one.restart.changes)}"
    return {"accessory": blocks.button(labels.RESTARTED, "restart_done", value, style="primary")}


def _ending(found: AtHome, now: datetime) -> list[Block]:
    made = [blocks.header(home_words.ENDING)]
    if not found.endings:
        return [*made, blocks.section(home_words.NOTHING_ENDS)]
    return [*made, blocks.section(home_words.endings(found, now))]
