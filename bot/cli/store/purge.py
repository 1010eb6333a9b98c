"""``certdesk purge``: destroying for good what was removed long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer


def purge(
    older_than: Annotated[str, typer.Option(help="Removed longer ago than this, such as 90d.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy the sealed keys of certificates that were removed longer ago. Nothing brings them back."""
    from bot.cli.store.opened import USAGE, opened, operator, run
    from store.certificates import versions

    age = _age(older_than)
    if age is None:
        typer.echo("Write the age in days, such as 90d.", err=True)
        raise typer.Exit(USAGE)
    now = datetime.now(UTC)
    before = now - age
    if not yes:
        typer.confirm(
            f"Destroy the private keys of everything that was removed before {before:%Y-%m-%d %H:%M} UTC?", abort=True
        )

    async def work() -> int:
        total = 0
        async with opened() as store:
            while True:
                async with store.transaction() as tx:
                    count = await versions.purge(tx, before=before, by=operator(), at=now)
                if not count:
                    return total
                total += count

    typer.echo(f"{run(work):,} private keys were destroyed.")


def _age(text: str) -> timedelta | None:
    found = re.fullmatch(r"(\d{1,5})d?", text.strip())
    return timedelta(days=int(found.group(1))) if found else None
