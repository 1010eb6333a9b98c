"""Messages about certificates, as pure functions from facts: cards, offers, removals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.certificates import Finding, Report, Severity, Survey, Use
from bot.desk.deposit.forms import DepositForm
from bot.desk.deposit.uploads import Offer
from bot.desk.environments.freezes import Span
from bot.slack.certificates import words
from bot.slack.environments import schedule_words
from bot.slack.kit import blocks, labels, times
from bot.slack.kit.blocks import Block, Message
from bot.slack.kit.escape import code, distinguished, member, visible
from bot.slack.kit.times import count
from store import Authority, Environment, Version
from store.certificates.summaries import AuthoritySummary

AUTHORITIES_SHOWN = 10
FINDINGS_SHOWN = 15
_ACTIONS = {
    Use.UNLOCK: (labels.UNLOCK, "upload_unlock"),
    Use.AUTHORITY: (labels.AUTHORITY, "upload_authority"),
    Use.COMBINE: (labels.COMBINE, "upload_combine"),
    Use.PART: (labels.COMBINE, "upload_combine"),
}
_SEVERITIES = {Severity.BLOCKER: "Blocker:", Severity.WARNING: "Warning:", Severity.NOTE: "Note:"}


def offer(one: Offer) -> Message:
    """What the uploader alone sees: what the file is, and the button for it."""
    survey, name = one.survey, one.upload.name
    if survey.use not in _ACTIONS:
        return unusable(name, survey)
    text = words.seen(name, survey)
    below: list[Block] = [blocks.context(words.KEY_IN_CHANNEL)] if survey.holds_key else []
    if not one.environments:
        add = blocks.button(labels.ADD_ENVIRONMENT, "environment_add", one.upload.id, style="primary")
        return blocks.say(text, blocks.section(words.NOWHERE), blocks.actions(add), *below)
    label, action = _ACTIONS[survey.use]
    return blocks.say(text, blocks.actions(blocks.button(label, action, one.upload.id, style="primary")), *below)


def unusable(name: str, survey: Survey) -> Message:
    """Why a dropped file cannot be added, and how to make one that can."""
    below: list[Block] = [blocks.context(words.KEY_IN_CHANNEL_UNUSED)] if survey.holds_key else []
    return blocks.say(words.seen(name, survey), *findings(survey.findings), *below)


def findings(several: Sequence[Finding], *, block_id: str = "") -> list[Block]:
    """Findings as a list. Their texts may hold names out of a file, so they stand where Slack parses nothing."""
    items = [item for one in several[:FINDINGS_SHOWN] for item in _said(one)]
    if len(several) > FINDINGS_SHOWN:
        items.append(("", f"and {len(several) - FINDINGS_SHOWN} more"))
    return [blocks.rich_list(items, block_id=block_id)] if items else []


def noted(version: Version, report: Report) -> Message | None:
    """What there is to note about what was deposited, for who deposited it; None where there is nothing."""
    if not report.notes:
        return None
    below = [blocks.context(words.leads_to(report.root))] if report.root else []
    return blocks.say(words.noted(version), *findings(report.notes), *below)


def _said(one: Finding) -> Iterable[tuple[str, str]]:
    """A finding's sentences, and under them what changed, old beside new."""
    yield _SEVERITIES[one.severity], f"{one.message} {one.remedy}"
    for change in one.changes:
        yield f"{change.what}:", f"{visible(change.old, 300)} → {visible(change.new, 300)}"


def client(version: Version, environment: Environment, chain: Sequence[str], now: datetime) -> Message:
    """The card of a client certificate."""
    title = words.deposited(version, environment)
    by = f"Added by {member(version.deposited_by)}, {times.minute(version.deposited_at, environment.timezone)}"
    known = facts(version, chain, now, environment.timezone)
    return Message(title, (blocks.section(title), *known, blocks.context(by)))


def facts(version: Version, chain: Sequence[str], now: datetime, zone: str) -> list[Block]:
    """Everything that is worth knowing of a version, without its key; ``zone`` is its app's."""
    names = f"*Subject*\n{distinguished(version.subject)}\n*Issuer*\n{distinguished(version.issuer)}"
    fields = [
        f"*Valid*\n{times.day(version.not_before)} to {times.day(version.not_after)}",
        f"*Ends*\n{_end(version, now, zone)}",
        f"*Serial number*\n{code(_hex(version.serial))}",
        f"*Key*\n{code(version.key_type, 60)}",
        f"*Pins*\n{words.pin_list(version.pins)}",
        f"*Version*\n{version.number}{f' (replaces {version.replaced})' if version.replaced else ''}",
    ]
    return [
        blocks.section(names),
        blocks.section(f"*Chain*\n{_chain(chain)}", fields=fields),
        blocks.section(_fingerprint(version.sha256)),
    ]


def _end(version: Version, now: datetime, zone: str) -> str:
    text = times.days_until(version.effective_end, now, zone)
    if version.effective_end < version.not_after:
        return f"{text}, with a certificate of its chain ({times.day(version.effective_end)})"
    return text


def _chain(names: Sequence[str]) -> str:
    if not names:
        return "only the certificate itself"
    return words.folded([code(name, 80) for name in names], 6, "  →  ")


def fingerprint(sha256: str) -> str:
    """``AB:CD:…``, as other tools print it."""
    return ":".join(sha256[at : at + 2] for at in range(0, len(sha256), 2)).upper()


def _fingerprint(sha256: str) -> str:
    """In two lines of sixteen bytes: Slack would break it anywhere."""
    return f"*SHA-256 fingerprint*\n{code(fingerprint(sha256[:32]))}\n{code(fingerprint(sha256[32:]))}"


def _hex(serial: int) -> str:
    digits = format(serial, "X")
    return digits if len(digits) <= 48 else digits[:47] + "…"


def authorities(added: Sequence[Authority], environment: Environment, by: str, now: datetime) -> Message:
    """The card of authorities that came in one upload; a long list is folded."""
    title = words.authorities_added(len(added), environment, by)
    ended = sum(1 for one in added if one.not_after <= now)
    return Message(title, (blocks.section(title), *authority_lines(added, len(added), ended)))


def authority_lines(several: Sequence[Authority | AuthoritySummary], total: int, ended: int) -> list[Block]:
    """A line for each of the first, and how many more there are of ``total``; ``ended`` of all have expired."""
    lines = [f"•  {code(one.name, 80)}  {_short(one.sha256)}  ends {times.day(one.not_after)}" for one in several]
    text = words.folded(lines, AUTHORITIES_SHOWN, "\n", longest=2800, total=total)
    made = [blocks.section(text)] if lines else []
    if total > AUTHORITIES_SHOWN:
        made.append(blocks.context(f"{code('/cert show NAME')} shows one of them in full."))
    if ended:
        made.append(blocks.context(f"{count(ended, 'authority', 'authorities')} of these ended already."))
    return made


def _short(sha256: str) -> str:
    return code(sha256[:12])


def authority(one: Authority, environment: Environment, now: datetime) -> Message:
    """One authority in full."""
    title = f"{code(one.name)}, an authority of *{environment.path}*"
    names = f"*Subject*\n{distinguished(one.subject)}\n*Issuer*\n{distinguished(one.issuer)}"
    fields = [
        f"*Valid*\n{times.day(one.not_before)} to {times.day(one.not_after)}",
        f"*Ends*\n{times.days_until(one.not_after, now, environment.timezone)}",
        f"*Serial number*\n{code(_hex(one.serial))}",
        f"*Added by*\n{member(one.added_by)}, {times.minute(one.added_at, environment.timezone)}",
    ]
    below = blocks.section(_fingerprint(one.sha256))
    return Message(title, (blocks.section(title), blocks.section(names, fields=fields), below))


def history(versions: Iterable[Version], environment: Environment) -> list[Block]:
    """Older versions, newest first, a line each."""
    lines = [
        f"•  version {one.number}{' (current)' if one.current else ''}, {member(one.deposited_by)}, "
        f"{times.minute(one.deposited_at, environment.timezone)}, {_short(one.sha256)}"
        for one in versions
    ]
    return [blocks.section("*Versions*\n" + words.folded(lines, 10, "\n"))] if len(lines) > 1 else []


def removed(target: Version | Authority, environment: Environment, by: str) -> Message:
    """Told to the channel when something was removed."""
    name = target.label if isinstance(target, Version) else target.name
    text = words.removed(name, environment, by)
    return blocks.say(text, blocks.context(f"SHA-256 {code(fingerprint(target.sha256))}"))


def deed(version: Version | Authority, environment: Environment, what: str, by: str) -> Message:
    """Told to the channel when a version was made current again, restored or pinned."""
    text = words.deed(version, environment, what, by)
    return blocks.say(text, blocks.context(f"SHA-256 {code(fingerprint(version.sha256))}"))


def freeze(place: Environment, by: str, span: Span | None, now: datetime) -> Message:
    """Told to the channel when its reminders rest for some days, or no longer do."""
    below = blocks.context(schedule_words.below_freeze(place, span, now))
    return blocks.say(schedule_words.frozen(place, by, span, now), below)


def form_file(form: DepositForm) -> Block:
    """The file that a modal is about."""
    return blocks.context(f"File: {code(form.upload.name, 100)} ({times.size(form.upload.size)})")
