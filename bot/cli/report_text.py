"""Print a report for people at a terminal.

Untrusted text goes through :class:`rich.text.Text`, which interprets neither its markup nor its control characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.text import Text

from bot.certificates import Certificate, ContainerFacts, Finding, Reader, Report, Root, Severity, Standing, named

_STYLES = {Severity.BLOCKER: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_READERS = {
    Reader.OPENSSL: "OpenSSL 3",
    Reader.OPENSSL_LEGACY: "OpenSSL 3 with -legacy",
    Reader.JAVA_8: "Java 8 before u301",
    Reader.JAVA_17: "Java 17",
}
_STANDINGS = {
    Standing.ENVIRONMENT: "a CA certificate that was given",
    Standing.PUBLIC: "a public root",
    Standing.PRIVATE: "a private root",
    Standing.UNKNOWN: "not in the file",
}
_WIDTH = 20

Row = tuple[str, str]


def print_report(console: Console, file: str, report: Report) -> None:
    """Print the findings, most severe first, then the contents of the file."""
    console.print(Text(named(file), style="bold"), Text(f"({report.format.value})", style="dim"))
    for finding in (*report.blockers, *report.warnings, *report.notes):
        _print_finding(console, finding)
    if not report.findings:
        console.print(Text("  good      No problems found.", style="green"))
    for label, value in _rows(report):
        console.print(Text(f"  {label:<{_WIDTH}}", style="dim"), end="")
        console.print(Text(value))


def _print_finding(console: Console, finding: Finding) -> None:
    console.print(Text(f"  {finding.severity.value:<8}", style=_STYLES[finding.severity]), end="")
    console.print(Text(f"  {finding.code.value}: {printable(finding.message)}"))
    for change in finding.changes:
        console.print(Text(f"            {change.what}: ", style="dim"), end="")
        console.print(Text(f"{printable(change.old)} → {printable(change.new)}"))
    console.print(Text(f"            {printable(finding.remedy)}", style="dim"))


def _rows(report: Report) -> Iterator[Row]:
    if report.client is not None:
        yield from _certificate(report.client.leaf)
        for one in report.client.chain:
            yield "chain", f"{named(one.subject)}, {_expires(one)}"
    if report.root is not None:
        yield "leads to", _root(report.root)
    for one in report.extras:
        yield "not in the chain", named(one.subject)
    for one in report.authorities:
        yield "CA certificate", f"{named(one.subject)}, {_expires(one)}"
    if report.client is None and not report.authorities:
        for one in report.shown:
            yield "contains", f"{named(one.subject)}, {_expires(one)}"
    if report.container is not None:
        yield from _container(report.container)


def _certificate(one: Certificate) -> Iterator[Row]:
    yield "client certificate", named(one.subject)
    yield "issuer", named(one.issuer)
    yield "serial", format(one.serial, "x")
    yield "SHA-256", one.sha256
    yield "valid", f"from {_day(one.not_before)} to {_day(one.not_after)}"
    yield "key", f"{one.key}, signed with {one.signature}"
    yield "names", ", ".join(named(name) for name in one.san) or "none"
    yield "usage", ", ".join(named(usage) for usage in one.eku) or "any"


def _expires(one: Certificate) -> str:
    return f"expires {_day(one.not_after)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _root(root: Root) -> str:
    address = f"; where to get it: {named(root.address)}" if root.address else ""
    return f"{named(root.name)} ({_STANDINGS[root.standing]}{address})"


def _container(container: ContainerFacts) -> Iterator[Row]:
    rounds = f", {container.mac_iterations:,} iterations" if container.mac_iterations else ""
    yield "container", f"{container.encoding}, MAC {printable(container.mac or 'none')}{rounds}"
    for bag in container.bags:
        yield f"  {bag.kind}", _locked(bag.encryption, bag.iterations)
    if container.opens_in is not None:
        yield "can be opened by", ", ".join(_READERS[one] for one, opens in container.opens_in.items() if opens) or "-"


def _locked(encryption: str | None, iterations: int) -> str:
    if encryption is None:
        return "not encrypted"
    return printable(encryption) + (f", {iterations:,} iterations" if iterations else "")


def printable(sentence: str) -> str:
    """Replace control and format characters, which untrusted names in a sentence may hold."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in sentence)
