"""``certdesk backup`` and ``certdesk restore``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

_ONLY_MINE = 0o600


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.", show_default=False)],
) -> None:
    """Write everything, sealed as it is stored, as it is at this moment; the bot may go on. Keep the key ring apart."""
    from bot.cli.given import usage
    from bot.cli.store.opened import opened, run
    from store.operations import backup as backing

    partial = file.with_name(file.name + ".partial")
    if file.exists():
        usage(f"{file} exists already; choose another name.")

    async def work() -> int:
        count = 0
        async with opened() as store:
            with os.fdopen(_created(partial), "w", encoding="utf-8") as out:
                async for line in backing.dump(store, at=datetime.now(UTC)):
                    out.write(line)
                    count += 1
                out.flush()
                os.fsync(out.fileno())
        return count - 2

    try:
        rows = run(work)
        os.link(partial, file)
    except OSError as error:
        usage(f"{file} cannot be written: {error.strerror}.")
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"{rows:,} rows are in {file}. They open with the key ring only, which is not in it.")


def _created(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _ONLY_MINE)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", show_default=False)],
) -> None:
    """Put a backup into the database of the settings, which must be empty; SQLite and PostgreSQL alike."""
    from bot.cli.given import usage
    from bot.cli.store.opened import FAILED, opened, operator, run, settings
    from bot.ring import open_ring
    from store import audit
    from store.operations import backup as backing

    given = settings()

    async def work() -> tuple[backing.Restored, audit.AuditVerdict]:
        with file.open(encoding="utf-8") as lines:
            async with open_ring(given) as ring:
                restored = await backing.restore(given.database_url, ring, lines)
        async with opened() as store:
            async with store.transaction() as tx:
                verdict = await audit.verify(tx)
                detail: dict[str, str | int] = {"rows": sum(restored.rows.values())}
                tag = audit.Tag.BACKUP_RESTORED
                tx.record(tag, operator(), datetime.now(UTC), detail)
            return restored, verdict

    try:
        restored, verdict = run(work)
    except (OSError, UnicodeDecodeError) as error:
        usage(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}.")
    typer.echo(f"{sum(restored.rows.values()):,} rows are restored.")
    if not verdict.ok:
        typer.echo(f"Its audit trail was broken when the backup was made, at event {verdict.first_bad}.", err=True)
        raise typer.Exit(FAILED)
