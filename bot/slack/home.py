"""The App Home tab: what waits and what expires in the member's channels, and how to begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.desk.base import refusals
from bot.desk.base.desk import Member
from bot.desk.base.errors import ConnectedElsewhere, NotConnected, NotOurs, RestartGone, RestartRuns, UnknownPerson
from bot.desk.base.platforms import Platforms
from bot.desk.expiry.warnings import ExpiringItem
from bot.desk.home import AtHome, Waiting, at_home
from bot.desk.restarts import pending, performing
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.client import slack_reason
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged, log_failure
from bot.slack.expiry.messages import expiry_line
from bot.slack.help import HELP_TIP, help_sections
from bot.slack.kit import blocks, errors, labels, times
from bot.slack.kit.blocks import Block, View
from bot.slack.kit.escape import channel, code
from bot.slack.kit.text import count, folded
from bot.slack.restarts import progress, reminders
from bot.slack.restarts.performing import STARTED_AGAIN

WAITING = "Waits for a restart"
EXPIRED = "Expired"
EXPIRING = "Expires within 30 days"
NOTHING_EXPIRES = "Nothing expires within 30 days."
NO_SCOPE = (
    "Only environments that you own are shown: Slack does not let me see which channels you are in. "
    "A workspace admin reinstalls Certdesk with `channels:read` and `groups:read` to change that."
)
NO_ANSWER = (
    "Only environments that you own are shown: Slack did not tell me just now which channels you are in. "
    "Open this tab again in a minute."
)
HOME = (
    "*Certdesk* checks the certificates your apps use for outgoing TLS, keeps them for the right environment, and "
    "reminds people to restart the app."
)
HOME_BEGIN = (
    "*How to begin*\n"
    "1.  Invite Certdesk into the channel of your app: `/invite`, and choose Certdesk.\n"
    "2.  Add the environment that belongs there: `/cert env add orders/production`.\n"
    "3.  `/cert add`, or drop a `.pfx` or `.pem` file into the channel, and follow the button.\n"
    "4.  Restart the app when the reminder asks for it, and click *Mark as restarted*."
)
HOME_SAFE = (
    "Passwords are used once and never stored. Private keys are encrypted before they are stored, and no message ever "
    "has one in it."
)

log = structlog.get_logger(__name__)

_PAGE, _MOST_PAGES = 200, 50


def register_home(app: AsyncApp, context: Context, commands: Sequence[Command]) -> None:
    """Listen for somebody opening the tab, and for its button; ``commands`` are what the tab lists."""

    async def opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") != "home":
            return
        await publish(context, commands, event["user"])

    async def confirm_at_home(call: Call) -> None:
        await confirm(call, commands)

    app.event("app_home_opened")(context.tracker.track(opened))

    async def end_alarm_at_home(call: Call) -> None:
        await end_alarm(call, commands)

    async def start_at_home(call: Call) -> None:
        await start_again(call, commands)

    app.action("home_restart_done")(acknowledged(context, confirm_at_home))
    app.action("home_alarm_done")(acknowledged(context, end_alarm_at_home))
    app.action("home_perform_start")(acknowledged(context, start_at_home))
    # Tabs that were published before have the id of a reminder's button.
    app.action("restart_done", matchers=[_in_home])(acknowledged(context, confirm_at_home))


async def _in_home(body: dict[str, Any]) -> bool:
    return bool((body.get("view") or {}).get("type") == "home")


async def confirm(call: Call, commands: Sequence[Command]) -> None:
    """Confirm a restart from the tab (*Mark as restarted*), and publish the tab again with the result on top."""
    restart_id, _, shown = call.value.partition(":")
    seen = int(shown) if shown.isdigit() else None
    try:
        confirmed = await pending.confirm(call.desk, restart_id, await call.member(), seen=seen)
        notice = reminders.answered(confirmed)
    except (RestartGone, RestartRuns) as error:
        notice = errors.sentence(error)
    await publish(call.context, commands, call.member_id, notice=notice)


async def end_alarm(call: Call, commands: Sequence[Command]) -> None:
    """End an alarm from the tab (*It runs*), and publish the tab again with the result on top."""
    try:
        notice = progress.recovered(await pending.app_runs(call.desk, call.value, await call.member()))
    except (RestartGone, RestartRuns) as error:
        notice = errors.sentence(error)
    await publish(call.context, commands, call.member_id, notice=notice)


async def start_again(call: Call, commands: Sequence[Command]) -> None:
    """Start an app again from the tab, and publish the tab again with the result on top."""
    try:
        await performing.start_again(call.desk, await call.member(), call.value)
        notice = STARTED_AGAIN
    except (ConnectedElsewhere, NotConnected, RestartGone, RestartRuns) as error:
        notice = errors.sentence(error)
    await publish(call.context, commands, call.member_id, notice=notice)


async def publish(context: Context, commands: Sequence[Command], member_id: str, *, notice: str = "") -> None:
    """Publish the member's tab as it is now, with ``notice`` on top."""
    try:
        member = await context.people.member(member_id)
        member.must_belong()
        channels, why = await _channels(context, member_id)
        found = await at_home(context.desk, member, channels)
        view = tab(found, member, context.desk.clock(), commands, context.desk.platforms, why=why, notice=notice)
        await context.client.views_publish(user_id=member_id, view=view)
    except (NotOurs, UnknownPerson) as error:
        await _refuse(context, member_id, error)
    except Exception as error:  # the tab is off, say, or the database is away: it is opened again soon enough
        log_failure("home_not_published", error)


async def _refuse(context: Context, member_id: str, error: NotOurs | UnknownPerson) -> None:
    """Show one sentence in place of the tab, and record who opened it."""
    try:
        view = blocks.home([blocks.section(errors.sentence(error))])
        await context.client.views_publish(user_id=member_id, view=view)
        await refusals.record(context.desk, error, member=member_id, channel="", what="home")
    except Exception as second:
        log_failure("home_not_published", second)


async def _channels(context: Context, member_id: str) -> tuple[frozenset[str] | None, str]:
    """Return the channels that the member is in; or None, and the reason to show."""
    found: set[str] = set()
    cursor = ""
    try:
        # A token of a whole organisation must say which workspace is meant; others ignore it.
        ours = await context.people.ours()
        for _ in range(_MOST_PAGES):
            page = await context.client.users_conversations(
                user=member_id,
                types="public_channel,private_channel",
                team_id=ours.team,
                limit=_PAGE,
                cursor=cursor,
            )
            found |= {str(one["id"]) for one in page["channels"]}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
    except SlackApiError as error:
        reason = slack_reason(error)
        log.warning("channels_unknown", reason=reason)
        return None, NO_SCOPE if reason == "missing_scope" else NO_ANSWER
    return frozenset(found), ""


def tab(
    found: AtHome,
    member: Member,
    now: datetime,
    commands: Sequence[Command],
    platforms: Platforms,
    *,
    why: str = "",
    notice: str = "",
) -> View:
    """Return the tab as a view."""
    return blocks.home(
        [
            *([blocks.section(notice), blocks.divider()] if notice else []),
            *([blocks.context(why)] if why else []),
            *progress.alarm_reminder(found.alarms, platforms, guest=member.is_guest, at="home_"),
            *_waiting(found, member, everything=not why),
            *_expired(found, now),
            *_expiring(found, now),
            blocks.divider(),
            blocks.section(HOME),
            blocks.section(HOME_BEGIN),
            *(blocks.section(one) for one in help_sections(commands)),
            blocks.context(HELP_TIP, HOME_SAFE),
        ]
    )


def _waiting(found: AtHome, member: Member, *, everything: bool) -> list[Block]:
    made = [blocks.header(WAITING)]
    if not found.waiting:
        return [*made, blocks.section(nothing_waits(found, everything=everything))]
    for one in found.waiting:
        made += [blocks.section(_waits(one), **_confirming(one, member))]
    if more := found.waiting_count - len(found.waiting):
        made.append(blocks.context(more_waiting(more)))
    return made


def _confirming(one: Waiting, member: Member) -> dict[str, Any]:
    """Return the button for those who may confirm; it carries how many changes were shown."""
    if member.is_guest:
        return {}
    value = f"{one.restart.id}:{len(one.restart.changes)}"
    return {"accessory": blocks.button(labels.RESTARTED, "home_restart_done", value, style="primary")}


def _expired(found: AtHome, now: datetime) -> list[Block]:
    if not found.expired:
        return []
    return [blocks.header(EXPIRED), blocks.section(_expiry_lines(found.expired, found.expired_count, now))]


def _expiring(found: AtHome, now: datetime) -> list[Block]:
    made = [blocks.header(EXPIRING)]
    if not found.expiring:
        return [*made, blocks.section(NOTHING_EXPIRES)]
    return [*made, blocks.section(_expiry_lines(found.expiring, found.expiring_count, now))]


def nothing_waits(found: AtHome, *, everything: bool) -> str:
    """Return what is shown when nothing is pending; ``everything`` tells whether all channels are known."""
    if not everything:
        return "None of the environments that you own waits for a restart."
    if not found.environments_count:
        return "No environment belongs to a channel that you are in. See below how to begin."
    return "Nothing: every app has loaded its changes."


def _waits(one: Waiting) -> str:
    """Return an environment that waits: its channel, since when, its changes and its next reminder."""
    environment, restart = one.environment, one.restart
    since = times.minute(restart.opened_at, environment.timezone)
    labels = folded([code(label, 64) for label in dict.fromkeys(change.label for change in restart.changes)], 5)
    lines = [
        f"*{environment.path}* in {channel(environment.channel)}",
        f"{count(len(restart.changes), 'change')} not loaded since {since}: {labels}",
    ]
    if one.reminder is not None:
        lines.append(f"Next reminder: {times.minute(one.reminder, environment.timezone)}")
    return "\n".join(lines)


def more_waiting(number: int) -> str:
    """Return the line for the environments that do not fit."""
    return f"and {number} more, waiting for a shorter time. `/cert restart` in a channel shows its pending changes."


def _expiry_lines(several: Sequence[ExpiringItem], total: int, now: datetime) -> str:
    """Return a line per certificate, and how many more there are."""
    lines = [expiry_line(one, now, _where(one)) for one in several]
    return folded(lines, len(lines), "\n", longest=2800, total=total)


def _where(one: ExpiringItem) -> str:
    return f"*{one.environment.path}* ({channel(one.environment.channel)})"
