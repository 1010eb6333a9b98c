"""What only the uploader reads: what a dropped file is, and the findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.certificates import Finding, Format, Report, Root, Severity, Standing, Survey, Use
from bot.desk.deposit.forms import DepositForm
from bot.desk.deposit.uploads import Offer
from bot.slack.kit import blocks, errors, labels
from bot.slack.kit.blocks import Block, Message
from bot.slack.kit.escape import channel, code, link, member, visible
from bot.slack.kit.text import count, size
from store import Version

# Buttons. Flows and the manual name them, so they stand together.
UNLOCK, AUTHORITY, COMBINE = "Unlock…", "Add as CA certificate…", "Make a PKCS #12…"

FINDINGS_SHOWN = 15
_ACTIONS = {
    Use.UNLOCK: (UNLOCK, "upload_unlock"),
    Use.AUTHORITY: (AUTHORITY, "upload_authority"),
    Use.COMBINE: (COMBINE, "upload_combine"),
    Use.PART: (COMBINE, "upload_combine"),
}
_SEVERITIES = {Severity.BLOCKER: "Blocker:", Severity.WARNING: "Warning:", Severity.NOTE: "Note:"}


def offered(one: Offer, *, guest: bool = False, pages: bool = False) -> Message:
    """Return what a dropped file is, with the button for it; a ``guest``, who may not add it, gets none.

    With ``pages`` a password can be typed on a private page as well.
    """
    survey, name = one.survey, one.upload.name
    if survey.use not in _ACTIONS:
        return unusable(name, survey)
    if guest:
        return blocks.say(_seen(name, survey), blocks.section(FOR_MEMBERS), *_key_in_channel(survey))
    text = _part_of_several(one) if _has_counterpart(one) else _seen(name, survey)
    below: list[Block] = [blocks.context(KEY_IN_CHANNEL)] if survey.holds_key else []
    if not one.environments:
        add = blocks.button(labels.ADD_ENVIRONMENT, "upload_environment", one.upload.id, style="primary")
        return blocks.say(text, blocks.section(NOWHERE), blocks.actions(add), *below)
    label, action = _ACTIONS[survey.use]
    buttons = [blocks.button(label, action, one.upload.id, style="primary")]
    if pages and survey.use is Use.UNLOCK:
        buttons.append(blocks.button(labels.UPLOAD_PRIVATELY, "upload_privately", one.upload.id))
    return blocks.say(text, blocks.actions(*buttons), *below)


def key_leaked(name: str, companies: Sequence[str], *, by: str = "", where: str = "") -> Message:
    """Return the warning about a private key in a channel that other companies share.

    It is for who dropped it, or with ``by`` and ``where`` for an owner.
    """
    company = errors.named(companies, errors.MARKED)
    what = f"{member(by)} dropped {code(name, 100)}" if by else f"You dropped {code(name, 100)}"
    place = channel(where) if where else "this channel"
    text = (
        f"{what} with a private key in it, and {place} is shared with {company}. Their people can download it, so the "
        "key has leaked; a password only slows them down."
    )
    todo = (
        "*Delete the file now, and have the certificate renewed with a new key.* Tell whoever relies on it that the "
        "old one is not to be trusted any more. I do not offer to add it."
    )
    return Message(text, (blocks.header("A private key has leaked"), blocks.section(text), blocks.section(todo)))


def unusable(name: str, survey: Survey) -> Message:
    """Return why a dropped file cannot be added, and how to make one that can."""
    return blocks.say(_seen(name, survey), *findings(survey.findings), *_key_in_channel(survey))


def _key_in_channel(survey: Survey) -> list[Block]:
    return [blocks.context(KEY_IN_CHANNEL_UNUSED)] if survey.holds_key else []


def findings(several: Sequence[Finding], *, block_id: str = "") -> list[Block]:
    """Return findings as a list. Their texts may hold names out of a file, so they stand where Slack parses nothing."""
    items = [item for one in several[:FINDINGS_SHOWN] for item in _said(one)]
    if len(several) > FINDINGS_SHOWN:
        items.append(("", f"and {len(several) - FINDINGS_SHOWN} more"))
    return [blocks.rich_list(items, block_id=block_id)] if items else []


def _said(one: Finding) -> Iterable[tuple[str, str]]:
    """Yield a finding's sentences, and under them what changed, old beside new."""
    yield _SEVERITIES[one.severity], f"{one.message} {one.remedy}"
    for change in one.changes:
        yield f"{change.what}:", f"{visible(change.old, 300)} → {visible(change.new, 300)}"


def form_file(form: DepositForm) -> Block:
    """Return the file that a form is about."""
    return blocks.context(f"File: {code(form.upload.name, 100)} ({size(form.upload.size)})")


def noted(version: Version, report: Report) -> Message | None:
    """Return the notes about a deposit, for the person who made it; None if there are none."""
    if not report.notes:
        return None
    below = [blocks.context(_leads_to(report.root))] if report.root else []
    return blocks.say(f"{code(version.label)} is added. For you to know:", *findings(report.notes), *below)


BLOCKED = "*Nothing was added.* This stands in the way:"


def _seen(name: str, survey: Survey) -> str:
    """Return what a dropped file is, and what it was unpacked from."""
    unpacked = f" I unpacked it from {' within '.join(reversed(survey.wrapped_in))}." if survey.wrapped_in else ""
    return _content(code(name, 100), survey) + unpacked


_LOCKED = {
    Format.PKCS12: "PKCS #12 container",
    Format.JKS: "Java keystore (JKS)",
    Format.JCEKS: "Java keystore (JCEKS)",
}


def _content(file: str, survey: Survey) -> str:
    if survey.use is Use.UNLOCK and (kind := _LOCKED.get(survey.format)):
        return f"{file} is a {kind} ({size(survey.size)}). Its password opens it."
    if survey.use is Use.UNLOCK:
        return f"{file} has {_certificates(survey)} and an encrypted private key in it. Its password opens it."
    if survey.use is Use.PART:
        return _part(file, survey)
    if survey.use is Use.COMBINE:
        return f"{file} has {_certificates(survey)} and a private key without a password in it."
    if survey.use is Use.AUTHORITY:
        found = count(survey.authorities, "CA certificate")
        return f"{file} has {found} and no private key in it."
    return f"{file} cannot be added as it is."


def _has_counterpart(one: Offer) -> bool:
    """Return whether a certificate was dropped beside a key, or a key beside a certificate."""
    return any(other.use == Use.PART and other.holds_key != one.survey.holds_key for other in one.beside)


def _part_of_several(one: Offer) -> str:
    """Return what a key or a certificate is, with the files that were dropped beside it."""
    survey, file = one.survey, code(one.upload.name, 100)
    what = _certificates(survey) if survey.certificates else "a private key"
    others = ", ".join(code(other.name, 100) for other in one.beside)
    return f"{file} has {what} in it. You also dropped {others}: click below, and tick the files that belong together."


def _part(file: str, survey: Survey) -> str:
    """Return what a key without its certificate waits for, or a certificate without its key."""
    how = "Drop that here too and then click below, or choose it in the window that opens."
    if not survey.certificates:
        closed = " with a password" if survey.encrypted_keys else ""
        return f"{file} is a private key{closed}. It needs its certificate. {how}"
    what, alone = _certificates(survey), ""
    if survey.authorities:
        what += f", {survey.authorities} of them from a certificate authority (CA),"
        alone = " To let the app trust the CA certificates, send them alone."
    return f"{file} has {what} in it and no private key. To identify the app, it needs its key. {how}{alone}"


def _certificates(survey: Survey) -> str:
    return count(survey.certificates, "certificate")


KEY_IN_CHANNEL = (
    "There is a private key in this channel now. Once it is added, I delete the file if Slack lets me. "
    "With `/cert add` no file is posted in a channel."
)
KEY_IN_CHANNEL_UNUSED = (
    "There is a private key in this channel now. Delete the file. With `/cert add` no file is posted in a channel."
)
FOR_MEMBERS = "Guests can't add certificates here. Ask a member of this channel to add it with `/cert add`."
NOWHERE = "No environment belongs to this channel yet, so there is nowhere to add it. Add the environment first."


def key_still_there(name: str, url: str) -> str:
    """Return that Slack did not let us delete the file; ``url`` is its permalink, or empty."""
    return (
        f"{code(name, 100)} is added, but its private key is still in this channel: Slack lets only you or an admin "
        f"delete it. Open {link(url, 'the file')}, choose *Delete file*, and use `/cert add` next time."
    )


def key_left(name: str, where: str, url: str, *, last: bool) -> str:
    """Return the request to delete a file with a private key, for its uploader; ``url`` is its permalink, or empty."""
    end = " This is my last reminder." if last else ""
    return (
        f"{code(name, 100)} is still in {channel(where)}. Everyone there can download it, with its private key if it "
        f"has one. Open {link(url, 'the file')} and choose *Delete file*. "
        f"With `/cert add` no file is posted in a channel.{end}"
    )


def key_gone(name: str, where: str) -> str:
    """Return that a file with a private key is no longer seen in the channel."""
    return f"Thank you: I no longer see {code(name, 100)} in {channel(where)}. It was deleted, or is not shared there."


def _leads_to(root: Root) -> str:
    """Return which root a chain leads to."""
    known = {
        Standing.ENVIRONMENT: "a CA certificate of this environment",
        Standing.PUBLIC: "a public root",
        Standing.PRIVATE: "a private root, which came in the file",
        Standing.UNKNOWN: "which is not in the file",
    }
    address = f" (download address in the certificate: {code(root.address, 200)})" if root.address else ""
    return f"Its chain leads to {code(root.name, 120)}, {known[root.standing]}{address}."
