"""Messages about certificates and authorities, as pure functions from facts: cards, history, removals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.slack.expiry.messages import replace_button
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Block, Message
from bot.slack.kit.escape import code, distinguished, member
from bot.slack.kit.people import asked_and_approved
from bot.slack.kit.text import count, folded, pin_list
from store import Authority, Environment, Version
from store.certificates.summaries import AuthoritySummary

DETAILS = "Details"
AUTHORITIES_SHOWN, PINS_SHOWN = 10, 3
# Slack takes five options, the one for older versions included.
_MENU = (("Try…", "try"), ("Copy…", "copy"), ("Pins…", "pins"), ("Remove…", "remove"))


def client(version: Version, environment: Environment, now: datetime, approved_by: str = "") -> Message:
    """Return the card of a client certificate: four lines, and what can be done with it."""
    title = _deposited(version, environment)
    lines = (
        title,
        f"Expires {_expiry(version, now, environment.timezone)}",
        f"Pins: {pin_list(version.pins, PINS_SHOWN)}",
        f"Added by {asked_and_approved(version.deposited_by, approved_by)}, "
        f"{times.minute(version.deposited_at, environment.timezone)}",
    )
    return Message(title, (blocks.section("\n".join(lines)), _card_buttons(version, environment)))


def _card_buttons(version: Version, environment: Environment) -> Block:
    older = [blocks.option("Roll back…", f"rollback:{version.id}")] if version.number > 1 else []
    others = [blocks.option(text, f"{word}:{version.id}") for text, word in _MENU]
    return blocks.actions(
        blocks.button(DETAILS, "card_details", version.id),
        replace_button(environment.path, version.label),
        blocks.overflow("card_menu", [*older, *others]),
    )


def facts(version: Version, chain: Sequence[str], now: datetime, zone: str) -> list[Block]:
    """Return the details of a version; ``zone`` is its app's."""
    names = f"*Subject*\n{distinguished(version.subject)}\n*Issuer*\n{distinguished(version.issuer)}"
    fields = [
        f"*Valid*\n{times.day(version.not_before)} to {times.day(version.not_after)}",
        f"*Expires*\n{_expiry(version, now, zone)}",
        f"*Serial number*\n{code(_hex(version.serial))}",
        f"*Key*\n{code(version.key_type, 60)}",
        f"*Pins*\n{pin_list(version.pins)}",
        f"*Version*\n{version.number}{f' (replaces {version.replaced})' if version.replaced else ''}",
    ]
    return [
        blocks.section(names),
        blocks.section(f"*Chain*\n{_chain(chain)}", fields=fields),
        blocks.section(fingerprint_lines(version.sha256)),
    ]


def _expiry(version: Version, now: datetime, zone: str) -> str:
    end = version.effective_end
    of_chain = ", with a certificate of its chain" if end < version.not_after else ""
    return f"{times.days_until(end, now, zone)}{of_chain} ({times.day(end)})"


def _chain(names: Sequence[str]) -> str:
    if not names:
        return "only the certificate itself"
    return folded([code(name, 80) for name in names], 6, "  →  ")


def fingerprint(sha256: str) -> str:
    """Return ``AB:CD:…``, as other tools print it."""
    return ":".join(sha256[at : at + 2] for at in range(0, len(sha256), 2)).upper()


def fingerprint_lines(sha256: str) -> str:
    """Return it in two lines of sixteen bytes: Slack would break it anywhere."""
    return f"*SHA-256 fingerprint*\n{code(fingerprint(sha256[:32]))}\n{code(fingerprint(sha256[32:]))}"


def _hex(serial: int) -> str:
    digits = format(serial, "X")
    return digits if len(digits) <= 48 else digits[:47] + "…"


def authorities(
    added: Sequence[Authority], environment: Environment, by: str, now: datetime, approved_by: str = ""
) -> Message:
    """Return the card of authorities that came in one upload; a long list is folded."""
    title = _authorities_added(len(added), environment, asked_and_approved(by, approved_by))
    ended = sum(1 for one in added if one.not_after <= now)
    return Message(title, (blocks.section(title), *authority_lines(added, len(added), ended)))


def authority_lines(several: Sequence[Authority | AuthoritySummary], total: int, ended: int) -> list[Block]:
    """Return a line for each of the first, and how many more there are of ``total``; ``ended`` of all have expired."""
    lines = [f"•  {code(one.name, 80)}  {_short(one.sha256)}  expires {times.day(one.not_after)}" for one in several]
    text = folded(lines, AUTHORITIES_SHOWN, "\n", longest=2800, total=total)
    made = [blocks.section(text)] if lines else []
    if total > AUTHORITIES_SHOWN:
        made.append(blocks.context(f"{code('/cert show NAME')} shows one of them in full."))
    if ended:
        made.append(
            blocks.context(f"{count(ended, 'CA certificate')} of these {'has' if ended == 1 else 'have'} expired.")
        )
    return made


def _short(sha256: str) -> str:
    return code(sha256[:12])


def authority(one: Authority, environment: Environment, now: datetime) -> Message:
    """Return the details of an authority."""
    title = f"{code(one.name)}, a CA certificate of *{environment.path}*"
    names = f"*Subject*\n{distinguished(one.subject)}\n*Issuer*\n{distinguished(one.issuer)}"
    fields = [
        f"*Valid*\n{times.day(one.not_before)} to {times.day(one.not_after)}",
        f"*Expires*\n{times.days_until(one.not_after, now, environment.timezone)}",
        f"*Serial number*\n{code(_hex(one.serial))}",
        f"*Added by*\n{member(one.added_by)}, {times.minute(one.added_at, environment.timezone)}",
    ]
    below = blocks.section(fingerprint_lines(one.sha256))
    return Message(title, (blocks.section(title), blocks.section(names, fields=fields), below))


def history(versions: Iterable[Version], environment: Environment) -> list[Block]:
    """Return the versions, the newest first, a line each; nothing if there is only one."""
    lines = [
        f"•  version {one.number}{' (current)' if one.current else ''}, {member(one.deposited_by)}, "
        f"{times.minute(one.deposited_at, environment.timezone)}, {_short(one.sha256)}"
        for one in versions
    ]
    return [blocks.section("*Versions*\n" + folded(lines, 10, "\n"))] if len(lines) > 1 else []


def removed(target: Version | Authority, environment: Environment, by: str, approved_by: str = "") -> Message:
    """Return the channel's message about a removal."""
    name = target.label if isinstance(target, Version) else target.name
    text = removed_text(name, environment, by, approved_by)
    return blocks.say(text, blocks.context(f"SHA-256 {code(fingerprint(target.sha256))}"))


def deed(version: Version | Authority, environment: Environment, what: str, by: str, approved_by: str = "") -> Message:
    """Return the channel's message about a rollback, a restore or new pins."""
    text = _deed(version, environment, what, by)
    text = f"{text}, approved by {member(approved_by)}" if approved_by else text
    return blocks.say(text, blocks.context(f"SHA-256 {code(fingerprint(version.sha256))}"))


def _deposited(version: Version, environment: Environment) -> str:
    """Return the first line of a client certificate's card."""
    if version.replaced:
        replaced = f"replaces version {version.replaced}"
        return f"{code(version.label)} has a new version {version.number} in *{environment.path}* ({replaced})"
    return f"{code(version.label)} was added to *{environment.path}*"


def _authorities_added(number: int, environment: Environment, who: str) -> str:
    """Return the first line of an authorities' card."""
    return f"{count(number, 'CA certificate')} added to *{environment.path}* by {who}"


def removed_text(name: str, environment: Environment, by: str, approved_by: str = "") -> str:
    """Return who removed what, for the channel and for the person."""
    return f"{code(name)} was removed from *{environment.path}* by {asked_and_approved(by, approved_by)}"


def _deed(version: Version | Authority, environment: Environment, what: str, by: str) -> str:
    """Return who rolled back, restored or pinned what."""
    if isinstance(version, Authority):
        return f"{code(version.name)} is a CA certificate of *{environment.path}* again: {member(by)} restored it"
    name, place, who = code(version.label), f"*{environment.path}*", member(by)
    if what == "rolled_back":
        return f"{name} in {place} is version {version.number} again: {who} rolled it back"
    if what == "restored":
        return f"{name} is back in {place} (version {version.number}): {who} restored it"
    return f"{name} in {place} is pinned to {pin_list(version.pins)} now, by {who}"
