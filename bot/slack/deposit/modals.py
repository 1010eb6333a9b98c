"""The forms of a deposit, as pure functions from facts. Inputs are found by block id; the action id is ``value``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.certificates import Code, Report, Use
from bot.desk.deposit.forms import AUTHORITY, DepositForm
from bot.slack.deposit import messages
from bot.slack.kit import blocks, labels, modals
from bot.slack.kit.blocks import Block, View
from bot.slack.kit.escape import code, visible
from store import Upload

ADD_ANYWAY = "Add anyway"
TYPED_OPENLY = (
    "Masked input does not exist in Slack: what you type can be read on your screen. "
    "It is used once, to open the file, and never stored."
)
PASSWORD_HINT = TYPED_OPENLY
PASSWORD_HINT_ADD = "Only for a container or an encrypted key; leave it empty for anything else. " + TYPED_OPENLY
PASSWORD_HINT_PART = "Only where the private key has one. " + TYPED_OPENLY
PARTS_HINT = "What you dropped here lately. Tick what belongs to this certificate; the order does not matter."
PRIVATELY = "On a private page the password field is masked, and neither file nor password goes through Slack."
MORE_FILES_HINT = (
    "The key, the certificate or its chain, where it was not dropped. These files are not posted in a channel."
)
LABEL_HINT = "Its name here, such as partner-bank. A label that exists gets a new version."
LABEL_HINT_ADD = LABEL_HINT + " Left empty, it is the name of the first file."
PINS_HINT = (
    'Hosts, services or identifiers it is used for, one a line: partner.example, Module.Service, "Bank prod". '
    "Left empty, a new version keeps those of the one before."
)
FILES_HINT = (
    "A .pfx or .p12; or certificate, key and chain as PEM files; or a file with CA certificates. "
    "The files are not posted in a channel."
)

# What our own blocks carry in their ids, behind the first bar: it must come back with the submission, holds no
# secret, and private_metadata is the upload's id alone.
FINDINGS, RECEIVED, ABOUT, REPLACED = "findings", "received", "about", "replaced"
KEPT, CHOSEN, TICKED = "kept", "chosen", "ticked"
_UNLOCK, _COMBINE, _AUTHORITY = "Unlock a certificate", "Make a PKCS #12", "Add CA certificates"
_ADD, _REPLACE = "Add to Certdesk", "Replace a certificate"
CHECKING = "The file is being opened and checked. This view changes by itself when that is done."
QUEUED = "Other files are being opened first. Yours comes next, and this view changes by itself."
RETYPE = "The password was not kept: type it again."
WARNED = "*Nothing was added yet.* Read this first; *Add anyway* adds it as it is:"


class Kept(NamedTuple):
    """Environment and label of an earlier submission, and the SHA-256 of the certificate that was shown then."""

    environment_id: str = ""
    label: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed or chosen in the form of a deposit, without the password, which is never put back."""

    environment_id: str = ""
    label: str = ""
    pins: str = ""
    file_ids: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def deposit(form: DepositForm) -> View:
    """Return the form for a dropped client certificate: environment, label, pins, and a password if it needs one."""
    title = _COMBINE if form.upload.use in {Use.COMBINE, Use.PART} else _UNLOCK
    asked = [messages.form_file(form)]
    if form.is_part:
        asked += [*_parts(form.parts), _more_files()]
    asked += [_environment(form), _label(form.suggested_label), _pins()]
    if form.needs_password:
        asked.append(_password(PASSWORD_HINT_PART if form.is_part else PASSWORD_HINT))
    return modals.form("deposit", title, asked, about=form.upload.id)


def authority(form: DepositForm) -> View:
    """Return the form for dropped authorities."""
    return modals.form("authority", _AUTHORITY, [messages.form_file(form), _environment(form)], about=form.upload.id)


def dropped(form: DepositForm) -> View:
    """Return the form for a dropped file."""
    return authority(form) if form.kind == AUTHORITY else deposit(form)


def add(form: DepositForm, *, pages: bool = False) -> View:
    """Return the form of `/cert add`; with ``pages`` it leads to a private page as well."""
    asked = _chosen(form, _label("", optional=True, hint=LABEL_HINT_ADD))
    if pages:
        button = blocks.button(labels.UPLOAD_PRIVATELY, "upload_privately", form.upload.id)
        asked.insert(-1, blocks.section(PRIVATELY, accessory=button))  # above the password
    return modals.form("add", _ADD, asked, about=form.upload.id)


def replace(form: DepositForm, label: str) -> View:
    """Return the form for a new version: its label is shown, for a typo in it would add a second certificate."""
    fixed = blocks.section(f"The file replaces {code(label)}.", block_id=f"{REPLACED}|{label}")
    return modals.form("add", _REPLACE, _chosen(form, fixed), about=form.upload.id)


def _chosen(form: DepositForm, label: Block) -> list[Block]:
    files = blocks.input_("files", "File", blocks.file_input(), hint=FILES_HINT)
    return [files, _environment(form), label, _pins(), _password(PASSWORD_HINT_ADD)]


def checking(upload_id: str, *, queued: bool) -> View:
    """Return the view that stands while a file is being checked for longer than Slack waits."""
    text = QUEUED if queued else CHECKING
    return blocks.modal("checking", "Checking", [blocks.section(text)], close=labels.CLOSE, metadata=upload_id)


def again(view: View, report: Report) -> View:
    """Return the form with what stops it on top; its inputs keep what was typed, for their ids are the same."""
    return _topped(view, verdict(report), submit=labels.ADD)


def corrected(view: View, errors: Iterable[str]) -> View:
    """Return the form after `checking` with errors on top: Slack shows them under fields only for a submission."""
    said = [blocks.rich_list([("Not added:", text) for text in errors], block_id=ABOUT)]
    return _topped(view, said, submit=labels.ADD)


def refilled(view: View, typed: Typed) -> View:
    """Return the form with what was typed put back, after `checking` stood in its place."""
    return {**view, "blocks": list(_filled(view["blocks"], typed))}


def said_in(view: View) -> list[Block]:
    """Return a view's findings, or else its texts."""
    texts = [block for block in view["blocks"] if block["type"] == "section"]
    return [block for block in view["blocks"] if block["type"] == "rich_text"] or texts


def verdict(report: Report) -> list[Block]:
    """Return the findings with a heading; of warnings the block's id says which were shown."""
    head = messages.BLOCKED if report.blocked else WARNED
    shown = (*report.blockers, *report.warnings, *report.notes)
    codes = "" if report.blocked else ",".join(sorted({one.code.value for one in report.warnings}))
    return [blocks.section(head, block_id=ABOUT), *messages.findings(shown, block_id=f"{FINDINGS}|{codes}")]


def _topped(view: View, said: Sequence[Block], *, submit: str) -> View:
    asked = [block for block in view["blocks"] if not _is_ours(block)]
    return blocks.modal(
        str(view["callback_id"]),
        str(view["title"]["text"]),
        [*said, *asked],
        submit=submit,
        close=labels.CANCEL,
        metadata=str(view.get("private_metadata") or ""),
    )


def _is_ours(block: Block) -> bool:
    return str(block.get("block_id") or "").split("|", 1)[0] in {FINDINGS, RECEIVED, ABOUT}


def _filled(asked: Iterable[Block], typed: Typed) -> Iterable[Block]:
    for block in asked:
        if block.get("type") != "input":
            yield block
            continue
        if block["block_id"] == "files" and typed.file_ids:
            yield _received(typed.file_ids)
        yield _refilled(block, typed)


def _received(file_ids: Sequence[str]) -> Block:
    text = "The file is still here. Choose a file below only to put another in its place."
    return blocks.section(text, block_id=f"{RECEIVED}|{','.join(file_ids)}"[:255])


def _refilled(block: Block, typed: Typed) -> Block:
    element: dict[str, Any] = {**block["element"]}
    name = block["block_id"]
    if name == "environment":
        chosen = next((one for one in element["options"] if one["value"] == typed.environment_id), None)
        element |= {"initial_option": chosen} if chosen else {}
    elif name in {"label", "pins"}:
        element.pop("initial_value", None)
        element |= {"initial_value": text} if (text := getattr(typed, name)) else {}
    elif name == "parts":
        element.pop("initial_options", None)
        ticked = [one for one in element["options"] if one["value"] in typed.parts]
        element |= {"initial_options": ticked} if ticked else {}
    changed: Block = {**block, "element": element}
    if name == "files" and typed.file_ids:
        changed["optional"] = True
    if name == "password":
        changed["hint"] = blocks.plain(RETYPE, blocks.HINT)
    return changed


def accepted(view: View) -> frozenset[Code]:
    """Return the warnings that stood in the view when it was submitted."""
    known = {code.value for code in Code}
    return frozenset(Code(word) for word in _carried(view, FINDINGS) if word in known)


def received(view: View) -> tuple[str, ...]:
    """Return the files that the view remembers from an earlier submission."""
    return tuple(_carried(view, RECEIVED) or _carried(view, CHOSEN))


def ticked(view: View) -> tuple[str, ...]:
    """Return the parts that the view remembers from an earlier submission."""
    return tuple(_carried(view, TICKED))


def kept(view: View) -> Kept:
    """Return what the view remembers of an earlier submission; empty if it is the first."""
    found = _carried(view, KEPT)
    return Kept(*found) if len(found) == len(Kept._fields) else Kept()


def replaced(view: View) -> str:
    """Return the label that the view's file replaces; empty where the label is typed."""
    return "".join(_carried(view, REPLACED))


def _carried(view: View, kind: str) -> list[str]:
    ids = (str(block.get("block_id") or "") for block in view.get("blocks", ()))
    carrying = (id_.split("|", 1)[1] for id_ in ids if id_.startswith(f"{kind}|"))
    return [word for text in carrying for word in text.split(",") if word or kind == KEPT]


def _environment(form: DepositForm) -> Block:
    options = [blocks.option(_short(one.path), one.id) for one in form.environments[: blocks.OPTIONS]]
    chosen = form.chosen or (form.environments[0] if len(form.environments) == 1 else None)
    menu = blocks.select(options, chosen=chosen.id if chosen else "", placeholder="Choose one")
    return blocks.input_("environment", "Environment", menu)


def _parts(parts: Sequence[Upload]) -> list[Block]:
    """Return the files that were dropped beside this one, ticked: dropped together, they are meant together.

    A CA certificate that was added by itself has done its part: it can be ticked, but isn't.
    """
    if not parts:
        return []
    options = [blocks.option(visible(one.name, blocks.OPTION) or one.id, one.id) for one in parts]
    boxes = blocks.checkboxes(options, chosen=[one.id for one in parts if not one.finished])
    return [blocks.input_("parts", "Together with", boxes, hint=PARTS_HINT, optional=True)]


def _more_files() -> Block:
    return blocks.input_("files", "More files", blocks.file_input(), hint=MORE_FILES_HINT, optional=True)


def _short(path: str) -> str:
    return path if len(path) <= blocks.OPTION else path[: blocks.OPTION - 1] + "…"


def _label(suggested: str, *, optional: bool = False, hint: str = LABEL_HINT) -> Block:
    return blocks.input_(
        "label", "Label", blocks.text_input(initial=suggested, longest=64), hint=hint, optional=optional
    )


def _pins() -> Block:
    return blocks.input_("pins", "Pins", blocks.text_input(multiline=True), hint=PINS_HINT, optional=True)


def _password(hint: str) -> Block:
    return blocks.input_("password", "Password", blocks.text_input(longest=1000), hint=hint, optional=True)
