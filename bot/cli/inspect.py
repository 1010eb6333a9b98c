"""``certdesk inspect``: what the desk would say of a file, without Slack and without keeping anything."""

from __future__ import annotations

import asyncio
import json as json_text
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from bot.certificates import Certificate, Context, Report, Severity, Use, named
from bot.desk.opening import Opener

Json = dict[str, Any]

_BLOCKED, _USAGE = 1, 2
_STYLES = {Severity.BLOCKER: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Certificate files; each is judged alone.", show_default=False)],
    password_file: Annotated[Path | None, typer.Option(help="A file whose first line is the password.")] = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    json: Annotated[bool, typer.Option(help="Print one JSON object a line for each file.")] = False,
) -> None:
    """Say what is in certificate files, and what is wrong with them. Exit status 1 where a blocker was found."""
    password = _password(password_file, password_stdin)
    contents = [(path, _content(path)) for path in files]
    reports = asyncio.run(_inspect([data for _, data in contents], password))
    for (path, _), report in zip(contents, reports, strict=True):
        if json:
            typer.echo(json_text.dumps(described(str(path), report)))
        else:
            _print(Console(highlight=False, soft_wrap=True), str(path), report)
    if any(report.blocked for report in reports):
        raise typer.Exit(_BLOCKED)


def _password(password_file: Path | None, password_stdin: bool) -> SecretStr | None:
    if password_file is not None and password_stdin:
        _usage("Give the password by --password-file or by --password-stdin, not by both.")
    if password_stdin:
        return SecretStr(sys.stdin.readline().rstrip("\r\n"))
    if password_file is None:
        return None
    lines = _content(password_file).decode("utf-8", "surrogateescape").splitlines()
    return SecretStr(lines[0] if lines else "")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _usage(f"{path} cannot be read: {error.strerror}.")


def _usage(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(_USAGE)


async def _inspect(contents: list[bytes], password: SecretStr | None) -> list[Report]:
    context = Context(now=datetime.now(UTC))
    async with Opener() as opener:
        return list(await asyncio.gather(*(_one(opener, data, password, context) for data in contents)))


async def _one(opener: Opener, data: bytes, password: SecretStr | None, context: Context) -> Report:
    """As the desk does: CA certificates alone are authorities, everything else is judged as a client certificate."""
    survey = await opener.survey(data) if len(data) <= context.max_bytes else None
    if survey is not None and survey.use is Use.AUTHORITY:
        return await opener.authorities([data], context)
    return await opener.client([data], password, context)


def described(file: str, report: Report) -> Json:
    """A report as the documented JSON object."""
    client = report.client
    return {
        "file": file,
        "format": report.format.value,
        "findings": [
            {"code": one.code.value, "severity": one.severity.value, "message": one.message, "remedy": one.remedy}
            for one in report.findings
        ],
        "certificate": _certificate(client.leaf) if client else None,
        "chain": [_certificate(one) for one in client.chain] if client else [],
        "authorities": [_certificate(one) for one in report.authorities],
    }


def _certificate(one: Certificate) -> Json:
    return {
        "subject": one.subject,
        "issuer": one.issuer,
        "serial": format(one.serial, "x"),
        "sha256": one.sha256,
        "not_before": _rfc3339(one.not_before),
        "not_after": _rfc3339(one.not_after),
        "key": one.key,
        "signature": one.signature,
        "san": list(one.san),
        "eku": list(one.eku),
    }


def _rfc3339(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _print(console: Console, file: str, report: Report) -> None:
    """Untrusted text goes through :class:`Text`, so that no markup or control character of it is obeyed."""
    console.print(Text(named(file), style="bold"), Text(f"({report.format.value})", style="dim"))
    for finding in report.findings:
        console.print(Text(f"  {finding.severity.value:<8}", style=_STYLES[finding.severity]), end="")
        console.print(Text(f"{named(finding.code.value)}: {_clean(finding.message)}"))
        console.print(Text(f"          {_clean(finding.remedy)}", style="dim"))
    if report.client is not None:
        _print_certificate(console, "client certificate", report.client.leaf)
        for one in report.client.chain:
            console.print(Text(f"  chain     {named(one.subject)}"))
    for one in report.authorities:
        console.print(Text(f"  authority {named(one.subject)}, until {one.not_after:%Y-%m-%d}"))
    if not report.findings:
        console.print(Text("  good      Nothing to object to.", style="green"))


def _clean(sentence: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in sentence)


def _print_certificate(console: Console, what: str, one: Certificate) -> None:
    rows = {
        what: named(one.subject),
        "issuer": named(one.issuer),
        "serial": format(one.serial, "x"),
        "SHA-256": one.sha256,
        "valid": f"{one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}",
        "key": f"{one.key}, signed with {one.signature}",
        "names": ", ".join(named(name) for name in one.san) or "none",
        "usage": ", ".join(one.eku) or "any",
    }
    for label, value in rows.items():
        console.print(Text(f"  {label:<19}", style="dim"), end="")
        console.print(Text(value))
