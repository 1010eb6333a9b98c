"""The answers to `/cert`, `/cert list` and `/cert show`, as pure functions from facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.base.platforms import Platforms
from bot.desk.certificates.inventory import ChannelListing, EnvironmentOverview, Removal, Shown
from bot.desk.outbox.stuck import Stuck
from bot.slack.bolt.command import run_button
from bot.slack.certificates import cards
from bot.slack.kit import blocks, labels, times
from bot.slack.kit.blocks import Block, Element, Message
from bot.slack.kit.escape import code
from bot.slack.kit.text import count, folded, pin_list
from bot.slack.outbox import stuck
from bot.slack.restarts import progress
from store import Authority, Environment, Version
from store.certificates.summaries import CertificateSummary, Listing

REMOVE, KEEP = "Remove", "Keep"

# Each takes up to four of the fifty blocks of a message.
ENVIRONMENTS_SHOWN = 10
HELP = "`/cert help` shows all commands."


def overview(
    several: Sequence[EnvironmentOverview],
    now: datetime,
    platforms: Platforms,
    late: Sequence[Stuck] = (),
    *,
    guest: bool = False,
) -> Message:
    """Return a few lines per environment; above them the messages that could not be sent yet (``late``)."""
    made: list[Block] = stuck.section(late)
    for one in several[:ENVIRONMENTS_SHOWN]:
        alarm = [(one.environment, one.alarm)] if one.alarm else []
        made += progress.alarm_reminder(alarm, platforms, guest=guest)
        made += [blocks.section(_summary(one, now)), *_restart_buttons(one, guest=guest)]
    more = len(several) - ENVIRONMENTS_SHOWN
    made.append(blocks.context((f"and {more} more. `/cert env list` shows all. " if more > 0 else "") + HELP))
    made.append(blocks.actions(*_entries(guest=guest)))
    paths = folded([one.environment.path for one in several], ENVIRONMENTS_SHOWN)
    return Message(f"Environments of this channel: {paths}", tuple(made))


def _entries(*, guest: bool) -> list[Element]:
    """Return the buttons that do what the commands do; a guest may look only."""
    look = run_button("List", "list")
    if guest:
        return [look]
    others = (run_button("Restart now…", "restart now"), run_button("Settings…", "env settings"))
    return [run_button("Add…", "add"), look, *others]


def _summary(one: EnvironmentOverview, now: datetime) -> str:
    held = one.holdings
    counts = [count(held.clients, "client certificate"), count(held.authorities, "CA certificate")]
    lines = [f"*{one.environment.path}*", ", ".join(counts if held.authorities else counts[:1])]
    if (first := held.expires_first) is not None:
        lines.append(f"{code(first.label)} {times.expires(first.effective_end, now, one.environment.timezone)}")
    if one.pending is not None:
        waiting = count(len(one.pending.changes), "change")
        lines.append(f"*Waits for a restart*: {waiting} not loaded yet")
    return "\n".join(lines)


def _restart_buttons(one: EnvironmentOverview, *, guest: bool) -> list[Block]:
    if one.pending is None or guest:
        return []
    # As under a reminder: what comes between reading and clicking is not confirmed with what was shown.
    shown = f"{one.pending.id}:{len(one.pending.changes)}"
    done = blocks.button(labels.RESTARTED, "restart_done", shown, style="primary")
    return [blocks.actions(done, blocks.button(labels.REMIND, "restart_later", one.pending.id))]


def listed(one: ChannelListing, now: datetime) -> Message:
    """Return everything that is current, environment by environment."""
    made = [block for environment, listing in one.listings for block in _holdings(environment, listing, now)]
    if rest := len(one.environments) - len(one.listings):
        made.append(blocks.context(f"and {rest} more: `/cert list app/environment`"))
    paths = folded([environment.path for environment in one.environments], ENVIRONMENTS_SHOWN)
    return Message(f"What is current in {paths}", tuple(made))


def _holdings(environment: Environment, held: Listing, now: datetime) -> list[Block]:
    lines = [_line(version, now, environment.timezone) for version in held.clients]
    made = [blocks.section(f"*{environment.path}*")]
    if lines:
        shown = folded(lines, len(lines), "\n", total=held.clients_count)
        made.append(blocks.section("*Client certificates*\n" + shown))
    if held.authorities:
        made.append(blocks.section(f"*{count(held.authorities_count, 'CA certificate')}*"))
        made += cards.authority_lines(held.authorities, held.authorities_count, held.authorities_expired)
    if not lines and not held.authorities:
        made.append(blocks.section("Nothing yet. `/cert add`, or drop a `.pfx` or `.pem` file here."))
    return made


def _line(version: CertificateSummary, now: datetime, zone: str) -> str:
    pins = f", for {pin_list(version.pins, 2)}" if version.pins else ""
    ends = times.expires(version.effective_end, now, zone)
    return f"•  {code(version.label, 64)} version {version.number}, {ends}{pins}"


def shown(one: Shown, chain: Sequence[str], now: datetime) -> Message:
    """Return one certificate or authority in full."""
    if isinstance(one.target, Authority):
        return cards.authority(one.target, one.environment, now)
    title = f"{code(one.target.label)}, a client certificate of *{one.environment.path}*{_standing(one.target)}"
    older = cards.history(one.history, one.environment)
    return Message(
        title, (blocks.section(title), *cards.facts(one.target, chain, now, one.environment.timezone), *older)
    )


def _standing(version: Version) -> str:
    """Return what a reader has to know of a version that is not in use."""
    if version.removed_at is not None:
        return " (removed)"
    return "" if version.current else f" (version {version.number}, not the current one)"


def ask_removal(one: Removal) -> Message:
    """Return the question that is asked before a removal."""
    text = _question(one.target, one.environment)
    value = f"{one.kind}:{one.id}"
    yes = blocks.button(REMOVE, "remove_yes", value, style="danger")
    return blocks.say(text, blocks.actions(yes, blocks.button(KEEP, "remove_no", value)))


def hello(channel: str, *, guest: bool) -> Message:
    """Return how to begin, for a channel without an environment; a guest cannot."""
    if guest:
        return blocks.say(_hello())
    button = blocks.button(labels.ADD_ENVIRONMENT, "environment_add", channel, style="primary")
    return blocks.say(_hello(), blocks.actions(button))


def _question(target: Version | Authority, environment: Environment) -> str:
    """Return the text of the question before a removal."""
    if isinstance(target, Version):
        what = f"the client certificate {code(target.label)} (version {target.number})"
        pins = f" Its pins {pin_list(target.pins)} become free." if target.pins else ""
    else:
        what, pins = f"the CA certificate {code(target.name)}", ""
    return f"Remove {what} from *{environment.path}*?{pins} The app goes without it from its next restart on."


def _hello() -> str:
    """Return the text for a channel without an environment."""
    return (
        "*Certdesk* keeps the client certificates and CA certificates that an app uses for outgoing TLS. "
        "No environment belongs to this channel yet.\n"
        "Begin with `/cert env add app/environment`, such as `/cert env add orders/production`. "
        "Then `/cert add`, or drop a `.pfx` or `.pem` file here."
    )
