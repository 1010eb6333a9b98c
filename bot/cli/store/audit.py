"""``certdesk audit``: proving the trail, and taking it out."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

audit = typer.Typer(help="The audit trail.", no_args_is_help=True)


@audit.command("verify")
def verify() -> None:
    """Walk the whole trail; names the first event that was changed, deleted, inserted or moved. Status 1 for that."""
    from bot.cli.store.opened import FAILED, opened, run
    from store import audit as trail

    async def work() -> trail.AuditVerdict:
        async with opened() as store, store.reading() as tx:
            return await trail.verify(tx)

    verdict = run(work)
    if verdict.ok:
        typer.echo(f"The trail is whole: {verdict.rows:,} events, each following from the one before it.")
        return
    typer.echo(
        f"The trail is broken at event {verdict.first_bad}: it was changed, moved, inserted, or one before it is "
        f"missing. The {verdict.rows:,} events before it are as they were written.",
        err=True,
    )
    raise typer.Exit(FAILED)


@audit.command("export")
def export(
    since: Annotated[datetime | None, typer.Option(help="Events from this day (UTC) on.")] = None,
) -> None:
    """Write the trail as JSON lines, oldest first."""
    from bot.cli.store.opened import opened, run
    from store import audit as trail

    async def work() -> None:
        start = since.replace(tzinfo=UTC) if since is not None else None
        async with opened() as store, store.reading() as tx:
            async for event in trail.everything(tx, since=start):
                sys.stdout.write(json.dumps(trail.as_json(event), ensure_ascii=False) + "\n")

    run(work)
