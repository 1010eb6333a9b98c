"""``certdesk import``: add a folder of certificate files to an environment."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from bot.cli.given import content, files_of, password_in, usage

if TYPE_CHECKING:
    from bot.desk.deposit.importing import Imported

_REFUSED = 1
_PASSED_BY = "an import would pass its second person by. Add the files in Slack, with /cert add."


def import_files(
    directory: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder of certificate files.", show_default=False)
    ],
    environment: Annotated[
        str,
        typer.Option(
            metavar="APP/ENVIRONMENT", help="The environment to add to, such as orders/production.", show_default=False
        ),
    ],
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file whose first line is the password of all files.")
    ] = None,
    passwords: Annotated[
        Path | None, typer.Option(metavar="CSV", help="A CSV file with a file name and its password in each line.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would be added, and change nothing.")] = False,
) -> None:
    """Add all certificate files of a folder to an environment.

    A file's name becomes the label of its client certificate. What is already there is left alone, so that a second
    run changes nothing. Exit status 1 if a file was refused.
    """
    from bot.cli.store.opened import run

    if password_file is not None and passwords is not None:
        usage("Give --password-file or --passwords, not both.")
    if not directory.is_dir():
        usage(f"{directory} is not a folder.")
    password = password_in(password_file) if password_file is not None else None
    by_name = _table(passwords) if passwords is not None else {}
    counts = run(lambda: _import(directory, environment, password, by_name, dry=dry_run))
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items())) or "no files in the folder"
    typer.echo(f"{'Dry run, nothing was changed: ' if dry_run else ''}{told}.", err=True)
    if counts.get("refused"):
        raise typer.Exit(_REFUSED)


async def _import(
    directory: Path, environment: str, password: SecretStr | None, by_name: Mapping[str, SecretStr], *, dry: bool
) -> Counter[str]:
    from bot.cli.progress import progress_bar
    from bot.cli.store.opened import environment_of, opened, operator, settings
    from bot.desk.base import parsing
    from bot.desk.base.desk import Desk
    from bot.desk.deposit import importing
    from bot.policy import opener, policy

    counts: Counter[str] = Counter()
    given = settings()
    async with opened() as store, opener(given) as workers:
        desk = Desk(store, workers, lambda: datetime.now(UTC), policy(given))
        place = await environment_of(store, environment, _PASSED_BY)
        files = files_of([directory])
        by_label = Counter(parsing.suggested_label(path.name) for path in files)
        with progress_bar("importing", len(files)) as bar:
            for path in files:
                if by_label[parsing.suggested_label(path.name)] > 1:
                    result = importing.two_of_a_name(path.name)
                else:
                    data = content(path, desk.policy.max_bytes)
                    result = await importing.import_file(
                        desk, place, path.name, data, password=by_name.get(path.name, password), by=operator(), dry=dry
                    )
                outcome = _outcome(result)
                counts[outcome] += 1
                for line in _lines(result, outcome):
                    bar.line(line)
                bar.advance()
        if not dry:
            await importing.finish(desk, place)
    return counts


def _outcome(result: Imported) -> str:
    from bot.desk.deposit.importing import Fate

    return "added" if result.fate is Fate.TAKEN else result.fate.value


def _lines(result: Imported, outcome: str) -> Iterator[str]:
    from bot.cli.report_text import printable

    warnings = [one.message for one in result.report.warnings] if result.report else []
    why = result.why or " ".join(warnings)
    yield f"{printable(result.name):<40} {outcome:<14} {printable(result.label or why)}".rstrip()
    if result.label and why:
        yield f"{'':<40} {printable(why)}"


def _table(path: Path) -> dict[str, SecretStr]:
    """Read ``file name,password`` lines; a line of another shape ends the command, and only its number is printed."""
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        usage(f"{path} is not UTF-8 text.")
    found: dict[str, SecretStr] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not row:
            continue
        if len(row) != 2:
            usage(f"Line {number} of {path} is not a file name, a comma and a password.")
        found[row[0]] = SecretStr(row[1])
    return found
