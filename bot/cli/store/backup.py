"""``certdesk backup`` and ``certdesk restore``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

_ONLY_MINE = 0o600


def back_up(
    file: Annotated[Path, typer.Argument(help="The file to write. It must not exist yet.", show_default=False)],
) -> None:
    """Write the whole database to a file, while the bot runs.

    Secrets stay encrypted in it. Keep the key ring separately: without it the backup cannot be read.
    """
    from bot.cli.given import usage
    from bot.cli.store.opened import note, opened, run
    from bot.cli.wording import counted
    from store import audit
    from store.operations import backup

    # Nobody has put a file, or a link to one, where a name is random.
    partial = file.with_name(f".{file.name}.{token_hex(8)}.partial")
    if file.exists():
        usage(f"{file} already exists: choose another name.")

    async def work() -> int:
        count = 0
        async with opened() as store:
            with os.fdopen(_created(partial), "w", encoding="utf-8") as out:
                async for line in backup.dump(store, at=datetime.now(UTC)):
                    out.write(line)
                    count += 1
                out.flush()
                os.fsync(out.fileno())
            await note(store, audit.Tag.BACKUP_MADE, rows=count - 2)
        return count - 2

    try:
        rows = run(work)
        os.link(partial, file)
    except OSError as error:
        usage(f"{file} cannot be written: {error.strerror}.")
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"Wrote {counted(rows, 'row')} to {file}. The key ring is not in it: back that up separately.")


def _created(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _ONLY_MINE)


def restore_backup(
    file: Annotated[Path, typer.Argument(help="A file that `certdesk backup` wrote.", show_default=False)],
    unprotected: Annotated[
        bool,
        typer.Option("--unprotected", help="Take a backup of an earlier version, which may have been changed since."),
    ] = False,
) -> None:
    """Restore a backup into an empty database.

    CERTDESK_DATABASE_URL names the database: a new SQLite file, or an empty PostgreSQL database, whichever the backup
    came from.
    """
    from bot.cli.given import usage
    from bot.cli.store.opened import FAILED, opened, operator, run, settings
    from bot.cli.wording import counted
    from bot.ring import open_ring
    from store import audit
    from store.operations import backup

    given = settings()

    async def work() -> tuple[backup.Restored, audit.AuditVerdict]:
        with file.open(encoding="utf-8") as lines:
            async with open_ring(given) as ring:
                restored = await backup.restore(given.database_url, ring, lines, unprotected=unprotected)
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
    typer.echo(f"Restored {counted(sum(restored.rows.values()), 'row')}.")
    if not verdict.ok:
        typer.echo(
            f"The audit log in the backup is broken at event {verdict.first_bad}. It was broken before the backup.",
            err=True,
        )
        raise typer.Exit(FAILED)
