"""``certdesk import``: a folder of certificate files into an environment."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from bot.cli.given import content, files_of, password_in, usage

_REFUSED = 1


def import_(
    directory: Annotated[Path, typer.Argument(help="A folder of certificate files.", show_default=False)],
    environment: Annotated[str, typer.Option(help="Where to, such as orders/production.", show_default=False)],
    password_file: Annotated[Path | None, typer.Option(help="A file whose first line opens every file.")] = None,
    passwords: Annotated[Path | None, typer.Option(help="A CSV of file name and password.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Take in every file of a folder; a file's name becomes its label. Run twice, it changes nothing the second time.

    Exit status 1 where a file was refused.
    """
    from bot.cli.store.opened import run

    if password_file is not None and passwords is not None:
        usage("Give --password-file or --passwords, not both.")
    if not directory.is_dir():
        usage(f"{directory} is not a folder.")
    one = password_in(password_file) if password_file is not None else None
    by_name = _table(passwords) if passwords is not None else {}
    fates = run(lambda: _import(directory, environment, one, by_name, dry=dry_run))
    done = ", ".join(f"{count:,} {fate}" for fate, count in sorted(fates.items())) or "nothing there"
    typer.echo(f"{'Dry run, nothing was kept: ' if dry_run else ''}{done}.", err=True)
    if fates.get("refused"):
        raise typer.Exit(_REFUSED)


async def _import(
    directory: Path, environment: str, one: SecretStr | None, by_name: Mapping[str, SecretStr], *, dry: bool
) -> Counter[str]:
    from bot.cli.progress import counting
    from bot.cli.store.opened import opened, operator
    from bot.desk.base import parsing
    from bot.desk.base.desk import Desk
    from bot.desk.base.errors import BadPath
    from bot.desk.deposit import importing
    from bot.desk.opener.pool import Opener
    from store import environments

    fates: Counter[str] = Counter()
    async with opened() as store, Opener(workers=1) as opener:
        desk = Desk(store, opener, lambda: datetime.now(UTC))
        try:
            app, name = parsing.path(environment)
        except BadPath:
            usage(f"{environment} is not an environment: write it like orders/production.")
        async with store.reading() as tx:
            place = await environments.find(tx, app, name)
        if place is None:
            usage(f"There is no environment {environment}: add it in its channel with /cert env add {environment}.")
        files = files_of([directory])
        by_label = Counter(parsing.suggested_label(path.name) for path in files)
        with counting("importing", len(files)) as told:
            for path in files:
                if by_label[parsing.suggested_label(path.name)] > 1:
                    fates[importing.Fate.REFUSED.value] += 1
                    _tell(importing.two_of_a_name(path.name))
                    continue
                data = content(path, desk.policy.max_bytes)
                password = by_name.get(path.name, one)
                result = await importing.import_file(
                    desk, place, path.name, data, password=password, by=operator(), dry=dry
                )
                fates[result.fate.value] += 1
                _tell(result)
                told(1)
        if not dry:
            await importing.finish(desk, place)
    return fates


def _tell(result: object) -> None:
    from bot.cli.report_text import printable
    from bot.desk.deposit.importing import Fate, Imported

    if not isinstance(result, Imported):
        return
    warned = [one.message for one in result.report.warnings] if result.report else []
    why = result.why if result.fate is Fate.REFUSED else " ".join(warned)
    typer.echo(f"{printable(result.name):<40} {result.fate.value:<14} {printable(result.label or why)}".rstrip())
    if result.label and why:
        typer.echo(f"{'':<40} {printable(why)}")


def _table(path: Path) -> dict[str, SecretStr]:
    """``file name,password`` a line; a line of another shape ends the command, by its number alone."""
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        usage(f"{path} is not UTF-8 text.")
    found: dict[str, SecretStr] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not row:
            continue
        if len(row) != 2:
            usage(f"Line {number} of {path} is not a file name and a password, separated by a comma.")
        found[row[0]] = SecretStr(row[1])
    return found
