"""``certdesk inventory``: list what is current, without any secret."""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from typing import Annotated, Any

import typer

from bot.cli.given import usage

Row = dict[str, Any]

# A spreadsheet takes a cell that begins with one of these for a formula, and some take their full-width forms, too.
_FORMULAS = ("=", "+", "-", "@")


def list_inventory(
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, safe to open in a spreadsheet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    find: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS",
            help="Only what has all these words, or beginnings of words, in its label, subject, issuer, names or pins; "
            "or the beginning of a SHA-256 fingerprint.",
        ),
    ] = None,
) -> None:
    """List the current client and CA certificates of all environments.

    Private keys and other secrets are not included.
    """
    from bot.cli.store.opened import note, opened, run
    from bot.desk.certificates.export import everything, found
    from store import audit

    if as_csv and as_json:
        usage("Choose --csv or --json, not both.")

    async def work() -> int:
        write, count = _CsvWriter() if as_csv else _write_json if as_json else _write_text, 0
        async with opened() as store:
            async for row in found(store, find) if find is not None else everything(store):
                write(row)
                count += 1
            if as_csv or as_json:
                await note(store, audit.Tag.INVENTORY_EXPORTED, rows=count)
        return count

    if not run(work):
        # On standard error: what reads the CSV or JSON gets rows only.
        typer.echo(f"Nothing matches “{find}”." if find is not None else "There are no certificates yet.", err=True)


def _write_json(row: Row) -> None:
    sys.stdout.write(escaped(json.dumps(row, ensure_ascii=False)) + "\n")


def escaped(text: str) -> str:
    """Return JSON with escapes for what no terminal and no editor should act on: direction marks, control characters.

    What reads the JSON gets them back.
    """
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _write_text(row: Row) -> None:
    from bot.cli.report_text import printable

    kind = "CA" if row["kind"] == "authority" else row["kind"]
    label, day = printable(str(row["label"])), row["ends"][:10]
    typer.echo(f"{row['environment']:<32} {kind:<6} {label:<32} expires {day}  {row['sha256'][:16]}")


class _CsvWriter:
    """Write rows as CSV, after a line with the names of the columns."""

    def __init__(self) -> None:
        self._writer: csv.DictWriter[str] | None = None

    def __call__(self, row: Row) -> None:
        if self._writer is None:
            self._writer = csv.DictWriter(sys.stdout, list(row))
            self._writer.writeheader()
        self._writer.writerow({name: harmless(value) for name, value in row.items()})


def harmless(value: Any) -> str:
    """Return the cell so that no spreadsheet runs it: what looks like a formula gets an apostrophe in front.

    Control, direction and other characters that are not seen become U+FFFD.
    """
    from bot.cli.report_text import printable

    text = printable(" ".join(value) if isinstance(value, list) else "" if value is None else str(value))
    looks = unicodedata.normalize("NFKC", text).lstrip(" \N{REPLACEMENT CHARACTER}'\"")
    return f"'{text}" if looks.startswith(_FORMULAS) else text
