"""``certdesk audit``: verify and export the audit log."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from store.audit import AuditVerdict, Head

_ROWS_NAMED = 20

audit_commands = typer.Typer(help="Verify or export the audit log.", no_args_is_help=True, rich_markup_mode="markdown")


@audit_commands.command("verify")
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH",
            help="The head that an earlier run, /metrics or a weekly list showed: the log must go on from it.",
        ),
    ] = None,
) -> None:
    """Check that no event of the audit log was changed, deleted, inserted or moved, and no row that decides something.

    Names the first event that was, and such rows, with exit status 1. Prints the log's head: with --head, a later run
    finds out whether the database was put back to an older state.
    """
    from bot.cli.store.opened import FAILED, note, opened, run
    from bot.cli.wording import counted
    from store import audit
    from store.database.authentic import RowName, changed_rows

    known = _head(head) if head is not None else None

    async def work() -> tuple[audit.AuditVerdict, audit.Head | None, bool, list[RowName]]:
        async with opened() as store:
            async with store.reading() as tx:
                verdict = await audit.verify(tx)
                now = await audit.head(tx) if verdict.ok else None
                goes_on = known is None or await audit.goes_through(tx, known)
                rows = [one async for one in changed_rows(tx.session, tx.audit_key)]
            ok = verdict.ok and goes_on and not rows
            await note(store, audit.Tag.AUDIT_VERIFIED, ok=int(ok), events=verdict.rows)
            return verdict, now, goes_on, rows

    verdict, now, goes_on, rows = run(work)
    if rows:
        named = ", ".join(map(str, rows[:_ROWS_NAMED])) + (", …" if len(rows) > _ROWS_NAMED else "")
        typer.echo(
            f"{counted(len(rows), 'row')} that decide something did not come from Certdesk as they are, and are not "
            f"used: {named}.",
            err=True,
        )
    whole = verdict.ok and goes_on
    typer.echo(_said(verdict, now, known if not goes_on else None), err=not whole)
    if rows or not whole:
        raise typer.Exit(FAILED)


def _said(verdict: AuditVerdict, now: Head | None, left: Head | None) -> str:
    """Return what was found of the log; ``left`` is a head that it does not go on from."""
    from bot.cli.wording import counted

    if not verdict.ok:
        return (
            f"The audit log is broken at event {verdict.first_bad}: the event was changed, moved or inserted, "
            f"or the one before it is missing. Unchanged before it: {counted(verdict.rows, 'event')}."
        )
    if left is not None:
        return (
            f"The audit log is complete in itself, but does not go on from {left}: the database was put back to an "
            f"older state, or is another one. Its head is {now}."
        )
    return f"The audit log is complete and unchanged: {counted(verdict.rows, 'event')}. Its head is {now}."


@audit_commands.command("export")
def export(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Only events from this day (UTC) on, such as 2026-11-27.")
    ] = None,
) -> None:
    """Print the audit log as JSON lines, oldest event first."""
    from bot.cli.store.opened import note, opened, run
    from store import audit

    start = _moment(since) if since is not None else None

    async def work() -> None:
        async with opened() as store:
            async with store.reading() as tx:
                async for event in audit.everything(tx, since=start):
                    sys.stdout.write(json.dumps(audit.as_json(event), ensure_ascii=False) + "\n")
            await note(store, audit.Tag.AUDIT_EXPORTED)

    run(work)


def _head(text: str) -> Head:
    from bot.cli.given import usage
    from store.audit import Head

    seq, _, short = text.strip().partition(":")
    if not (seq.isascii() and seq.isdigit() and len(seq) < 16 and re.fullmatch("[0-9a-f]{16}", short)):
        usage("--head is not a head: write it as it was shown, a number, a colon and 16 hex digits.")
    return Head(int(seq), short)


def _moment(text: str) -> datetime:
    """Read a day, or a moment in RFC 3339; without an offset it is UTC."""
    from bot.cli.given import usage

    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        usage("--since is not a day: write it like 2026-11-27, or with a time like 2026-11-27T16:55:00+01:00.")
