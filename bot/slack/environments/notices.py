"""One line in the channel about what an owner decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.desk.environments.settings import YES, Setting
from bot.desk.outbox.notices import Notice
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import channel, code, member
from bot.slack.kit.people import asked_and_approved
from bot.slack.kit.text import count, listed

_NAMES: Mapping[str, str] = {
    Setting.TIMEZONE: "time zone",
    Setting.MORNING: "reminder time",
    Setting.DAYS: "working days",
    Setting.AT_ONCE: "first reminder",
    Setting.PATIENCE: "when owners are called",
    Setting.QUIET_FROM: "quiet hours",
    Setting.QUIET_UNTIL: "quiet hours",
    Setting.THRESHOLDS: "announced days",
}


def notice(facts: Notice) -> Message:
    """Return the line."""
    who = asked_and_approved(facts.by, facts.approved_by)
    return blocks.say(f"{_SAID[facts.what](facts)}: {who}.")


def _settings(facts: Notice) -> str:
    changed, detail = facts.detail["settings"].split(), facts.detail
    parts = [name for name in dict.fromkeys(_NAMES.get(one, "") for one in changed) if name]
    if {Setting.OWNERS.value, Setting.OWNER_GROUPS.value} & set(changed):
        parts.append(f"owners (now {listed([member(one) for one in detail['owners'].split()])})")
    if Setting.CHANGED_BY in changed:
        parts.append(
            "who changes certificates (now " + ("owners only)" if detail["changed_by"] == "owners" else "all)")
        )
    if Setting.PROTECTED in changed:
        parts.append("approval (now needed)" if detail["protected"] == YES else "approval (not needed any more)")
    return f"Settings of *{facts.environment.path}* changed, {listed(parts)}"


def _moved(facts: Notice) -> str:
    detail = facts.detail
    number = int(detail["tokens"])
    ended = [count(number, "token") + (" was revoked" if number == 1 else " were revoked")] if number else []
    ended += ["its connection was removed"] if detail["connection"] == "1" else []
    also = f" ({' and '.join(ended)})" if ended else ""
    return f"*{facts.environment.path}* moved from {channel(detail['from'])} to {channel(detail['to'])}{also}"


_SAID: Mapping[str, Callable[[Notice], str]] = {
    "token_made": lambda facts: (
        f"*{facts.environment.path}* has a new token {code('…' + facts.detail['hint'])}, "
        "with which a pipeline confirms restarts"
    ),
    "delivery_token_made": lambda facts: (
        f"*{facts.environment.path}* has a new token {code('…' + facts.detail['hint'])}, with which its app gets its "
        f"certificates and keys until {times.day(datetime.fromisoformat(facts.detail['until']))}"
    ),
    "identity_added": lambda facts: (
        f"{code(facts.detail['subject'], 255)} of {code(facts.detail['issuer'], 200)} gets the certificates and keys "
        f"of *{facts.environment.path}* now"
    ),
    "token_revoked": lambda facts: (
        f"The token {code('…' + facts.detail['hint'])} of *{facts.environment.path}* was revoked"
    ),
    "handed_out": lambda facts: (
        f"{code(facts.detail['label'])} version {facts.detail['version']} of *{facts.environment.path}* was handed out "
        "*with its private key*"
    ),
    "connected": lambda facts: (
        f"*{facts.environment.path}* can be restarted through {code(facts.detail['platform'], 40)} now"
    ),
    "disconnected": lambda facts: f"*{facts.environment.path}* is not connected any more, and cannot be restarted here",
    "removed": lambda facts: (
        f"*{facts.environment.path}* was removed with everything in it, and can be restored until "
        f"{times.day(datetime.fromisoformat(facts.detail['until']))}"
    ),
    "restored": lambda facts: f"*{facts.environment.path}* is back with everything in it",
    "settings": _settings,
    "moved": _moved,
}
