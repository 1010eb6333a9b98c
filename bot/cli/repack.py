"""``certdesk repack``: make one container, which a given runtime can open, of files in any form and order."""

from __future__ import annotations

import asyncio
import os
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
    generate_password,
    pack,
    unfit_password,
)
from bot.cli.given import content, files_of, password_from, password_in, usage
from bot.cli.report_text import print_report
from bot.desk.opener.pool import Opener

_BLOCKED = 1
_ONLY_MINE = 0o600


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
    made, new_password = _new_password(out_password_file)
    context = Context(now=datetime.now(UTC))
    contents = [content(path, context.max_bytes) for path in files_of(files)]
    report = asyncio.run(_judge(contents, password, context))
    print_report(Console(highlight=False, soft_wrap=True, stderr=True), ", ".join(path.name for path in files), report)
    if report.client is None or report.blocked:
        raise typer.Exit(_BLOCKED)
    packed = _packed(report.client, new_password, runtime)
    _write(packed, out, new_password if made else None, out_password_file)


def _new_password(file: Path | None) -> tuple[bool, SecretStr]:
    """Return whether the password was generated here, and the password."""
    if file is None or not file.exists():
        return True, generate_password()
    password = password_in(file)
    if (unfit := unfit_password(password)) is not None:
        usage(f"{unfit} Change it in {file}, or name a file that does not exist to have one generated.")
    return False, password


async def _judge(contents: list[bytes], password: SecretStr | None, context: Context) -> Report:
    async with Opener(workers=1) as opener:
        return await opener.client(contents, password, context)


def _packed(client: ClientMaterial, password: SecretStr, runtime: Runtime) -> bytes:
    try:
        return pack(client, password, runtime=runtime)
    except PackingFailed as failed:
        typer.echo(f"Nothing was written: {runtime.value} could not open the new container ({failed}).", err=True)
        raise typer.Exit(_BLOCKED) from None


def _write(packed: bytes, out: Path, made: SecretStr | None, password_file: Path | None) -> None:
    """Write the password first: a container whose password is lost cannot be used."""
    if made is not None and password_file is not None:
        _create(password_file, made.get_secret_value().encode() + b"\n")
    _create(out, packed)
    typer.echo(f"Wrote {out}.", err=True)
    if made is not None and password_file is None:
        typer.echo("Its password, which is not stored anywhere:", err=True)
        typer.echo(made.get_secret_value())


def _create(path: Path, data: bytes) -> None:
    """Create a file with mode 0600; a half-written one is deleted."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except OSError:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        usage(f"{path} cannot be written: {error.strerror}.")
