"""``certdesk inventory``: everything that is current, without any secret."""

from __future__ import annotations

import csv as csv_module
import json as json_module
import sys
from typing import Annotated, Any

import typer

Row = dict[str, Any]

# What a spreadsheet takes for a formula when a cell begins with it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def inventory(
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, safe to open in a spreadsheet.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    find: Annotated[
        str | None, typer.Option(help="Words of subject or label, by their beginnings, or of a fingerprint.")
    ] = None,
) -> None:
    """List every current certificate and authority of every environment."""
    from bot.cli.store.opened import USAGE, opened, run
    from bot.desk.certificates.export import everything, found

    if csv and json:
        typer.echo("Choose --csv or --json, not both.", err=True)
        raise typer.Exit(USAGE)

    async def work() -> None:
        write = _as_csv() if csv else _as_json if json else _as_text
        async with opened() as store:
            async for row in found(store, find) if find is not None else everything(store):
                write(row)

    run(work)


def _as_json(row: Row) -> None:
    sys.stdout.write(json_module.dumps(row, ensure_ascii=False) + "\n")


def _as_text(row: Row) -> None:
    from bot.cli.report_text import printable

    name = printable(str(row["label"]))
    typer.echo(f"{row['environment']:<32} {row['kind']:<10} {name:<32} ends {row['ends'][:10]}  {row['sha256'][:16]}")


class _as_csv:
    """Writes rows, the columns' names first."""

    def __init__(self) -> None:
        self._writer: csv_module.DictWriter[str] | None = None

    def __call__(self, row: Row) -> None:
        if self._writer is None:
            self._writer = csv_module.DictWriter(sys.stdout, list(row))
            self._writer.writeheader()
        self._writer.writerow({name: harmless(value) for name, value in row.items()})


def harmless(value: Any) -> str:
    """A cell that no spreadsheet runs: one that looks like a formula gets an apostrophe in front."""
    text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
