"""The step before a deposit in spite of warnings: the findings and what would be added, short enough to be read whole.

What was typed and chosen comes back with the submission: password and pins as inputs, whose state Slack keeps, the rest
in the ids of our own blocks (:mod:`bot.slack.deposit.modals`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from bot.certificates import Certificate
from bot.desk.deposit.outcomes import AsksAgain
from bot.slack.certificates.cards import fingerprint_lines
from bot.slack.deposit import modals
from bot.slack.deposit.modals import ADD_ANYWAY, CHOSEN, KEPT, TICKED, Typed
from bot.slack.kit import blocks, labels, times
from bot.slack.kit.blocks import Block, View
from bot.slack.kit.escape import code, distinguished
from bot.slack.kit.text import count, folded

_INPUTS = frozenset({"password", "pins"})
# A block id holds 255 characters, and the id of an upload 32.
_IDS = 7


def confirm(view: View, outcome: AsksAgain, typed: Typed, now: datetime) -> View:
    """Return the form as a question: its findings, what would be added, and *Add anyway*."""
    inputs = [block for block in view["blocks"] if block.get("block_id") in _INPUTS]
    return blocks.modal(
        str(view["callback_id"]),
        str(view["title"]["text"]),
        [*modals.verdict(outcome.report), *_would_be_added(outcome, typed, now), *_carried(typed), *inputs],
        submit=ADD_ANYWAY,
        close=labels.CANCEL,
        metadata=str(view.get("private_metadata") or ""),
    )


def _would_be_added(outcome: AsksAgain, typed: Typed, now: datetime) -> Iterator[Block]:
    environment, client = outcome.environment, outcome.report.client
    sha256 = client.leaf.sha256 if client else ""
    what = code(typed.label) if client else count(len(outcome.report.authorities), "CA certificate")
    kept = f"{KEPT}|{environment.id},{typed.label},{sha256}"
    yield blocks.section(f"*This would be added to {environment.path}:* {what}", block_id=kept)
    if client:
        end = f"{times.days_until(client.effective_end, now, environment.timezone)} ({times.day(client.effective_end)})"
        names = f"*Subject*\n{distinguished(client.leaf.subject)}\n*Issuer*\n{distinguished(client.leaf.issuer)}"
        serial = f"*Serial number*\n{code(format(client.leaf.serial, 'X'), 50)}"
        yield blocks.section(names, fields=[f"*Expires*\n{end}", serial])
        yield blocks.section(fingerprint_lines(sha256))
    else:
        yield blocks.section(folded([_authority(one) for one in outcome.report.authorities], 10, "\n"))


def _authority(one: Certificate) -> str:
    return f"•  {code(one.name, 80)}  {code(one.sha256[:12])}"


def _carried(typed: Typed) -> Iterator[Block]:
    """Yield a line for the files that belong to it, with their ids; ids cannot be in blocks that show nothing."""
    ids = iter(typed.parts)
    while some := tuple(islice(ids, _IDS)):
        yield blocks.context(f"Together with {count(len(some), 'file')} dropped beside it", block_id=_id(TICKED, some))
    if typed.file_ids:
        yield blocks.context(f"From {count(len(typed.file_ids), 'chosen file')}", block_id=_id(CHOSEN, typed.file_ids))


def _id(kind: str, ids: Sequence[str]) -> str:
    return f"{kind}|{','.join(ids)}"
