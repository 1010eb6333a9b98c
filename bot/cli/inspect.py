"""``certdesk inspect``: check files without Slack and without storing anything."""

from __future__ import annotations

import asyncio
import json as json_text
import os
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from bot.certificates import Context, Report, pem_certificates
from bot.cli.given import content, files_of, password_from, usage
from bot.cli.report_json import as_json
from bot.cli.report_text import print_report
from bot.desk.opener.pool import Opener
from bot.settings import parse_days

_BLOCKED = 1
# Enough that no worker waits for the disk, few enough that a folder of any size fits into memory.
_AHEAD = 2


Files = Annotated[
    list[Path], typer.Argument(metavar="FILES", help="Certificate files, or folders of them.", show_default=False)
]
PasswordFile = Annotated[Path | None, typer.Option(metavar="FILE", help="A file whose first line is the password.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Authorities = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="PEM files of the CA certificates that your app trusts.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line for each file.")]
ExpiryDays = Annotated[
    str,
    typer.Option(
        envvar="CERTDESK_EXPIRY_DAYS",
        show_envvar=False,
        metavar="DAYS",
        help="Warn from the largest of these numbers of days before expiry.",
    ),
]
MinRsaBits = Annotated[
    int,
    typer.Option(
        envvar="CERTDESK_MIN_RSA_BITS",
        show_envvar=False,
        metavar="BITS",
        min=1024,
        max=16384,
        help="RSA keys below this size are weak.",
    ),
]


def inspect(  # noqa: PLR0917  the command line's options, which are called by name
    files: Files,
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
    authorities: Authorities = None,
    json: AsJson = False,
    expiry_days: ExpiryDays = "90",
    min_rsa_bits: MinRsaBits = 2048,
) -> None:
    """Show what is in certificate files, and check them.

    Nothing is stored or sent. Each file is checked alone. Exit status 1 if a file has a problem that stops it from
    being added, 2 if the command was called wrongly. The bot's settings CERTDESK_EXPIRY_DAYS and
    CERTDESK_MIN_RSA_BITS count here too, unless the options say otherwise.
    """
    password = password_from(password_file, password_stdin)
    trusted = [der for path in authorities or () for der in pem_certificates(content(path))]
    context = Context(
        now=datetime.now(UTC),
        first_threshold=max(_days(expiry_days)),
        min_rsa_bits=min_rsa_bits,
    )
    if asyncio.run(_inspect(files_of(files), password, context, trusted, json=json)):
        raise typer.Exit(_BLOCKED)


def _days(text: str) -> tuple[int, ...]:
    try:
        return parse_days(text)
    except ValueError as error:
        usage(f"--expiry-days {error}.")


async def _inspect(
    paths: Sequence[Path], password: SecretStr | None, context: Context, trusted: Sequence[bytes], *, json: bool
) -> bool:
    """Print each file's report as it comes, and return whether any has a blocker."""
    console = Console(highlight=False, soft_wrap=True)
    blocked = False
    async with Opener(workers=min(os.cpu_count() or 1, max(1, len(paths)))) as opener:

        async def judge(path: Path) -> Report:
            return await opener.file(content(path, context.max_bytes), password, context, authorities=trusted)

        async with aclosing(_in_order(paths, judge)) as reports:
            async for path, report in reports:
                blocked = blocked or report.blocked
                if json:
                    typer.echo(json_text.dumps(as_json(str(path), report)))
                else:
                    print_report(console, str(path), report)
    return blocked


async def _in_order(
    paths: Sequence[Path], judge: Callable[[Path], Awaitable[Report]]
) -> AsyncGenerator[tuple[Path, Report], None]:
    """Check several files at a time, and yield the reports in the order of the files."""
    ahead: deque[tuple[Path, asyncio.Future[Report]]] = deque()
    rest = iter(paths)
    try:
        while True:
            while len(ahead) < _AHEAD * (os.cpu_count() or 1) and (path := next(rest, None)) is not None:
                ahead.append((path, asyncio.ensure_future(judge(path))))
            if not ahead:
                return
            path, report = ahead.popleft()
            yield path, await report
    finally:
        for _, report in ahead:
            report.cancel()
