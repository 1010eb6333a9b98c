"""``certdesk purge``: destroy the private keys of certificates that were removed long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer


def purge(
    older_than: Annotated[str, typer.Option(help="The age in days, such as 90d.", metavar="DAYS", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Destroy the private keys of certificates that were removed long ago.

    They cannot be restored afterwards, except from a backup.
    """
    from bot.cli.given import usage
    from bot.cli.store.opened import opened, operator, run
    from bot.cli.wording import counted
    from store.certificates import versions

    age = _age(older_than)
    if age is None:
        usage("--older-than is not a number of days: write it like 90d.")
    now = datetime.now(UTC)
    before = now - age
    if not yes:
        typer.confirm(
            f"Destroy the private keys of all certificates removed before {before:%-d %B %Y %H:%M} UTC?", abort=True
        )

    async def work() -> int:
        total = 0
        async with opened() as store:
            while True:
                async with store.transaction() as tx:
                    count = await versions.purge(tx, before=before, by=operator(), at=now)
                if not count:
                    await store.checkpoint()
                    return total
                total += count

    typer.echo(f"Destroyed {counted(run(work), 'private key')}.")


def _age(text: str) -> timedelta | None:
    found = re.fullmatch(r"(\d{1,5})d?", text.strip())
    return timedelta(days=int(found.group(1))) if found else None
