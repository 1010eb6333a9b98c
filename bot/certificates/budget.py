"""What is said of a file whose opening went past its budget."""

from __future__ import annotations

from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.model import MEBIBYTE, Format, Report


def too_expensive(budget_seconds: float, memory_bytes: int) -> Finding:
    """The worker was stopped; the budget is given in seconds and bytes."""
    return blocker(
        Code.TOO_EXPENSIVE,
        f"Opening this file takes more than {budget_seconds:g} seconds or {memory_bytes // MEBIBYTE} MB, "
        "which no honest certificate file needs.",
        "Ask where the file comes from; if you trust it, export it again with usual settings.",
    )


def report_of(finding: Finding, kind: Format = Format.UNKNOWN) -> Report:
    """A report that says this one thing."""
    return Report(kind, (finding,))
