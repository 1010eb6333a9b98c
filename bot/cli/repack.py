"""``certdesk repack``: make one container, which a given runtime can open, of files in any form and order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from bot.certificates import (
    ClientMaterial,
    Context,
    PackingFailed,
    Report,
    Runtime,
    pack,
)
from bot.cli.given import content, files_of, password_from, usage
from bot.cli.report_text import print_report
from bot.cli.written import new_password, write
from bot.desk.opener.pool import Opener

_BLOCKED = 1


def repack(  # noqa: PLR0917  the command line's options, which are called by name
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES", help="A container; or certificate, key and chain in any order.", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The file to write. It must not exist yet.", show_default=False)
    ],
    runtime: Annotated[
        Runtime, typer.Option(help="What opens the new container: java, java-legacy or openssl.", metavar="RUNTIME")
    ] = Runtime.JAVA,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file whose first line is the password of FILES.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read that password from standard input.")
    ] = False,
    out_password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The new container's password. If the file does not exist, a password is generated and written to it.",
        ),
    ] = None,
) -> None:
    """Make one PKCS #12 container of a client certificate, its key and chain.

    If the files cannot be used, nothing is written, and the exit status is 1.
    """
    password = password_from(password_file, password_stdin)
    if out.exists():
        usage(f"{out} already exists: choose another name, or delete it first.")
    made, packed_password = new_password(out_password_file)
    context = Context(now=datetime.now(UTC))
    contents = [content(path, context.max_bytes) for path in files_of(files)]
    report = asyncio.run(_judge(contents, password, context))
    print_report(Console(highlight=False, soft_wrap=True, stderr=True), ", ".join(path.name for path in files), report)
    if report.client is None or report.blocked:
        raise typer.Exit(_BLOCKED)
    packed = _packed(report.client, packed_password, runtime)
    write(packed, out, packed_password if made else None, out_password_file)


async def _judge(contents: list[bytes], password: SecretStr | None, context: Context) -> Report:
    async with Opener(workers=1) as opener:
        return await opener.client(contents, password, context)


def _packed(client: ClientMaterial, password: SecretStr, runtime: Runtime) -> bytes:
    try:
        return pack(client, password, runtime=runtime)
    except PackingFailed as failed:
        typer.echo(f"Nothing was written: {runtime.value} could not open the new container ({failed}).", err=True)
        raise typer.Exit(_BLOCKED) from None
