"""Taking in many files at once: each judged as if it had been dropped, each kept in a transaction of its own.

No card is posted for each of them: the environment's one restart reminder lists what came. What is there already is
left alone, so that a second run changes nothing, and one that was stopped goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

from bot.certificates import Code, Report
from bot.desk.base import parsing
from bot.desk.base.desk import Desk
from bot.desk.deposit.storing import new_authority, new_version
from bot.desk.expiry import warnings
from bot.desk.restarts.reminders import announce_change, schedule_update
from store import Change, Environment, Transaction, environments, uploads
from store.certificates import authorities, clients
from store.restarts import pending


class Fate(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    REPLACED = "replaced"
    ALREADY = "already there"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """A file's fate, with why; ``label`` is empty for authorities and for what was refused."""

    name: str
    fate: Fate
    label: str = ""
    report: Report | None = None
    why: str = ""


async def import_file(
    desk: Desk, place: Environment, name: str, data: bytes, *, password: SecretStr | None, by: str, dry: bool = False
) -> Imported:
    """Judge one file and keep what is in it; ``dry`` says what would become of it and keeps nothing."""
    label = parsing.suggested_label(name)
    async with desk.store.reading() as tx:
        before = await clients.find(tx, place.id, label) if label else None
        history = await clients.history(tx, before.certificate_id) if before else []
        current = await clients.fingerprints(tx, place.id)
        trusted = [one.der for one in await authorities.current(tx, place.id)]
    context = desk.context(place, current=current, previous=before.leaf_der if before else None)
    report = await desk.opener.file(data, password, context, authorities=trusted)
    if report.authorities and not report.blocked:
        return await _authorities(desk, place, name, report, by=by, dry=dry)
    if report.client is None or report.blocked:
        return _refused(name, report)
    if not label:
        return Imported(name, Fate.REFUSED, report=report, why="No letter of its name can be a label: rename the file.")
    if any(one.sha256 == report.client.leaf.sha256 for one in history):
        # An older version of the label; to take it in again would turn the label back.
        return Imported(name, Fate.ALREADY, label, report)
    fate = Fate.REPLACED if before else Fate.TAKEN
    if not dry:
        await _keep(desk, place, (name, label), report, by=by)
    return Imported(name, fate, label, report)


def two_of_a_name(name: str) -> Imported:
    """Another file of the folder gives the same label, and one would replace the other."""
    return Imported(name, Fate.REFUSED, why="Another file here has the same name but for its ending: rename one.")


def _refused(name: str, report: Report) -> Imported:
    if {one.code for one in report.blockers} == {Code.DUPLICATE}:
        return Imported(name, Fate.ALREADY, report=report)
    return Imported(name, Fate.REFUSED, report=report, why=" ".join(one.message for one in report.blockers))


async def _keep(desk: Desk, place: Environment, named: tuple[str, str], report: Report, *, by: str) -> None:
    name, label = named
    if report.client is None:
        return
    now = desk.clock()
    async with desk.store.transaction() as tx:
        await environments.require(tx, place.id)
        upload = await _upload(tx, place, name, by=by, desk=desk)
        before = await clients.find(tx, place.id, label)
        version = await clients.deposit(
            tx,
            upload_id=upload,
            environment_id=place.id,
            label=label,
            pins=before.pins if before else (),
            new=new_version(report.client),
            by=by,
            at=now,
        )
        what = "replaced" if version.replaced else "deposited"
        await _note(tx, place, Change(what, label, by, now, version_id=version.id))
        await warnings.watch(tx, desk.policy, [version], place, now)


async def _authorities(desk: Desk, place: Environment, name: str, report: Report, *, by: str, dry: bool) -> Imported:
    async with desk.store.transaction() as tx:
        known = await authorities.fingerprints(tx, place.id)
        fresh = [one for one in report.authorities if one.sha256 not in known]
        if not fresh:
            return Imported(name, Fate.ALREADY, report=report)
        if dry:
            return Imported(name, Fate.TAKEN, report=report)
        now = desk.clock()
        upload = await _upload(tx, place, name, by=by, desk=desk)
        added = await authorities.add(
            tx, upload_id=upload, environment_id=place.id, new=[new_authority(one) for one in fresh], by=by, at=now
        )
        change = Change("authorities_added", added.added[0].name, by, now, count=len(added.added))
        await _note(tx, place, change)
        await warnings.watch(tx, desk.policy, added.added, place, now)
    return Imported(name, Fate.TAKEN, report=report)


async def _upload(tx: Transaction, place: Environment, name: str, *, by: str, desk: Desk) -> str:
    upload = await uploads.ask(tx, channel=place.channel, member=by, at=desk.clock())
    await uploads.describe(tx, upload.id, name=name, size=0, use="import", holds_key=False, state=uploads.OFFERED)
    return upload.id


async def _note(tx: Transaction, place: Environment, change: Change) -> None:
    """Note a change. The first opens the reminder; its message is brought up to date at the end of the import."""
    restart = await pending.note(tx, environment_id=place.id, change=change)
    if len(restart.changes) == 1:
        await announce_change(tx, restart, place, at=change.at)


async def finish(desk: Desk, place: Environment) -> None:
    """Bring the environment's reminder up to date once for everything that came."""
    async with desk.store.transaction() as tx:
        restart = await pending.of(tx, place.id)
        if restart is not None and len(restart.changes) > 1:
            await schedule_update(tx, restart, at=desk.clock())
    desk.nudge.set()
