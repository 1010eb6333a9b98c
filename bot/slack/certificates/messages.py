"""What `/cert`, `/cert list` and `/cert show` answer, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.certificates.inventory import ChannelListing, EnvironmentOverview, Removal, Shown
from bot.desk.outbox.stuck import Stuck
from bot.slack.certificates import cards, words
from bot.slack.environments import schedule_words
from bot.slack.kit import blocks, labels, times
from bot.slack.kit.blocks import Block, Message
from bot.slack.kit.escape import code
from bot.slack.kit.times import count
from bot.slack.outbox import stuck
from bot.slack.restarts import progress_words
from store import Authority, Environment
from store.certificates.summaries import CertificateSummary, Listing

ENVIRONMENTS_SHOWN = 12
ENVIRONMENTS_LISTED = 20


def overview(several: Sequence[EnvironmentOverview], now: datetime, late: Sequence[Stuck] = ()) -> Message:
    """The channel's environments in a few lines each; above them what could not be said of them, ``late``."""
    made: list[Block] = stuck.section(late)
    for one in several[:ENVIRONMENTS_SHOWN]:
        made += [blocks.section(_summary(one, now)), *_restart_buttons(one)]
    if len(several) > ENVIRONMENTS_SHOWN:
        made.append(blocks.context(f"and {len(several) - ENVIRONMENTS_SHOWN} more. `/cert env list` shows all."))
    made.append(
        blocks.context("`/cert add` adds a certificate, `/cert list` shows all, `/cert help` what else there is.")
    )
    paths = words.folded([one.environment.path for one in several], ENVIRONMENTS_SHOWN)
    return Message(f"Environments of this channel: {paths}", tuple(made))


def _summary(one: EnvironmentOverview, now: datetime) -> str:
    held = one.holdings
    counts = f"{count(held.clients, 'client certificate')}, {count(held.authorities, 'authority', 'authorities')}"
    lines = [f"*{one.environment.path}*", counts]
    if one.alarm is not None:
        lines.insert(0, progress_words.alarm_stands(one.alarm, one.environment))
    if (first := held.expires_first) is not None:
        lines.append(
            f"Ends first: {code(first.label)}, {times.days_until(first.effective_end, now, one.environment.timezone)}"
        )
    if one.pending is not None:
        waiting = count(len(one.pending.changes), "change")
        lines.append(f"*Waits for a restart*: {waiting} not loaded yet")
    return "\n".join(lines)


def _restart_buttons(one: EnvironmentOverview) -> list[Block]:
    if one.pending is None:
        return []
    done = blocks.button(labels.RESTARTED, "restart_done", one.pending.id, style="primary")
    return [blocks.actions(done, blocks.button(labels.REMIND, "restart_later", one.pending.id))]


def listed(one: ChannelListing, now: datetime) -> Message:
    """Everything that is current, environment by environment."""
    made = [block for environment, listing in one.listings for block in _holdings(environment, listing, now)]
    if rest := len(one.environments) - len(one.listings):
        made.append(blocks.context(f"and {rest} more: `/cert list app/environment`"))
    paths = words.folded([environment.path for environment in one.environments], ENVIRONMENTS_SHOWN)
    return Message(f"What is current in {paths}", tuple(made))


def _holdings(environment: Environment, held: Listing, now: datetime) -> list[Block]:
    lines = [_line(version, now, environment.timezone) for version in held.clients]
    made = [blocks.section(f"*{environment.path}*")]
    if lines:
        shown = words.folded(lines, len(lines), "\n", total=held.clients_count)
        made.append(blocks.section("*Client certificates*\n" + shown))
    if held.authorities:
        made.append(blocks.section(f"*{count(held.authorities_count, 'Authority', 'Authorities')}*"))
        made += cards.authority_lines(held.authorities, held.authorities_count, held.authorities_expired)
    if not lines and not held.authorities:
        made.append(blocks.section("Nothing yet. `/cert add`, or drop a `.pfx` or `.pem` file here."))
    return made


def _line(version: CertificateSummary, now: datetime, zone: str) -> str:
    pins = f", for {words.pin_list(version.pins, 2)}" if version.pins else ""
    ends = times.ends(version.effective_end, now, zone)
    return f"•  {code(version.label, 64)} version {version.number}, {ends}{pins}"


def shown(one: Shown, chain: Sequence[str], now: datetime) -> Message:
    """One thing in full."""
    if isinstance(one.target, Authority):
        return cards.authority(one.target, one.environment, now)
    title = f"{code(one.target.label)}, a client certificate of *{one.environment.path}*"
    older = cards.history(one.history, one.environment)
    return Message(
        title, (blocks.section(title), *cards.facts(one.target, chain, now, one.environment.timezone), *older)
    )


def ask_removal(one: Removal) -> Message:
    """Asks before anything goes."""
    text = words.ask_removal(one.target, one.environment)
    value = f"{one.kind}:{one.id}"
    yes = blocks.button(labels.REMOVE, "remove_yes", value, style="danger")
    return blocks.say(text, blocks.actions(yes, blocks.button(labels.KEEP, "remove_no", value)))


def environments(several: Sequence[Environment], now: datetime) -> Message:
    """`/cert env list`: when each hears of things, with a button to change that."""
    made = [blocks.section("*Environments of this channel*")]
    for one in several[:ENVIRONMENTS_LISTED]:
        button = blocks.button(labels.SETTINGS, "environment_settings", one.id)
        made.append(blocks.section(schedule_words.in_list(one, now), accessory=button))
    if len(several) > ENVIRONMENTS_LISTED:
        rest = [one.path for one in several[ENVIRONMENTS_LISTED:]]
        made.append(blocks.section("Further: " + words.folded(rest, len(rest), longest=2800)))
    made.append(blocks.context("`/cert env add`, `bind`, `settings`, `timezone` and `remove` change them."))
    paths = words.folded([one.path for one in several], ENVIRONMENTS_SHOWN)
    return Message(f"Environments of this channel: {paths}", tuple(made))


def hello(place: str) -> Message:
    """How to begin, where the channel has no environment."""
    button = blocks.button(labels.ADD_ENVIRONMENT, "environment_add", place, style="primary")
    return blocks.say(words.hello(), blocks.actions(button))


def help_() -> Message:
    """Every command, a line each."""
    return blocks.say("*What you can type*\n" + "\n".join(words.help_lines()), blocks.context(words.HELP_TIP))
