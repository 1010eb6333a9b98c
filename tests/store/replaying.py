"""Reading the trail again as a story: what a sequence of events must have led to."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from store import Transaction, audit
from store.audit import Tag
from store.models import VersionRow


@dataclass
class Told:
    """What the events add up to, by the certificate's id; ``strange`` is what does not follow."""

    current: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    pins: dict[str, frozenset[str]] = field(default_factory=dict)
    confirmed: int = 0
    strange: list[str] = field(default_factory=list)


async def told(tx: Transaction) -> Told:
    """Replay the whole trail: the order of its events is the order in which they were committed."""
    owners = {id_: owner for id_, owner in await tx.session.execute(select(VersionRow.id, VersionRow.certificate_id))}
    story = Told()
    async for event in audit.everything(tx):
        _add(story, event, owners.get(event.version_id or "", ""))
    return story


def _add(story: Told, event: audit.Event, certificate: str) -> None:
    detail = event.detail
    if event.tag == Tag.CERTIFICATE_DEPOSITED:
        if detail["number"] != story.last.get(certificate, 0) + 1:
            story.strange.append(f"{event.seq}: number {detail['number']}")
        story.last[certificate] = story.current[certificate] = int(detail["number"])
    elif event.tag == Tag.CERTIFICATE_ROLLED_BACK:
        if detail["from"] != story.current.get(certificate):
            story.strange.append(f"{event.seq}: turned back from {detail['from']}")
        story.current[certificate] = int(detail["to"])
    elif event.tag == Tag.CERTIFICATE_PINNED:
        story.pins[certificate] = frozenset(str(detail["pins"]).split())
    elif event.tag == Tag.RESTART_CONFIRMED:
        story.confirmed += 1
