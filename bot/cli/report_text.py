"""A report for people at a terminal.

Untrusted text goes through :class:`rich.text.Text`, so that no markup or control character of it is obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    Standing.ENVIRONMENT: "an authority that was given",
    Standing.PUBLIC: "a public root",
    Standing.PRIVATE: "a private root",
    Standing.UNKNOWN: "not in the file, and not known here",
}
_WIDTH = 20

Row = tuple[str, str]


def print_report(console: Console, file: str, report: Report) -> None:
    """Findings first, gravest first; then what the file holds."""
    console.print(Text(named(file), style="bold"), Text(f"({report.format.value})", style="dim"))
    for finding in (*report.blockers, *report.warnings, *report.notes):
        _print_finding(console, finding)
    if not report.findings:
        console.print(Text("  good      Nothing to object to.", style="green"))
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
            yield "chain", f"{named(one.subject)}, until {one.not_after:%Y-%m-%d}"
    if report.root is not None:
        yield "leads to", _root(report.root)
    for one in report.extras:
        yield "not of the chain", named(one.subject)
    for one in report.authorities:
        yield "authority", f"{named(one.subject)}, until {one.not_after:%Y-%m-%d}"
    if report.client is None and not report.authorities:
        for one in report.shown:
            yield "holds", f"{named(one.subject)}, until {one.not_after:%Y-%m-%d}"
    if report.container is not None:
        yield from _container(report.container)


def _certificate(one: Certificate) -> Iterator[Row]:
    yield "client certificate", named(one.subject)
    yield "issuer", named(one.issuer)
    yield "serial", format(one.serial, "x")
    yield "SHA-256", one.sha256
    yield "valid", f"{one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}"
    yield "key", f"{one.key}, signed with {one.signature}"
    yield "names", ", ".join(named(name) for name in one.san) or "none"
    yield "usage", ", ".join(named(usage) for usage in one.eku) or "any"


def _root(root: Root) -> str:
    address = f"; said to be at {named(root.address)}" if root.address else ""
    return f"{named(root.name)} ({_STANDINGS[root.standing]}{address})"


def _container(container: ContainerFacts) -> Iterator[Row]:
    rounds = f", {container.mac_iterations:,} iterations" if container.mac_iterations else ""
    yield "container", f"{container.encoding}, MAC {printable(container.mac or 'none')}{rounds}"
    for bag in container.bags:
        yield f"  {bag.kind}", _locked(bag.encryption, bag.iterations)
    if container.opens_in is not None:
        yield "opens as it is in", ", ".join(_READERS[one] for one, opens in container.opens_in.items() if opens) or "-"


def _locked(encryption: str | None, iterations: int) -> str:
    if encryption is None:
        return "not encrypted"
    return printable(encryption) + (f", {iterations:,} iterations" if iterations else "")


def printable(sentence: str) -> str:
    """A sentence with untrusted names in it, whose control and format characters are shown and not obeyed."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in sentence)
