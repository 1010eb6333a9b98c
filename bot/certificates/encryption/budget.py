"""What is said of a file whose opening goes, or went, past its budget."""

from __future__ import annotations

from bot.certificates.encryption.cost import Cost
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.model import MEBIBYTE, Context, Format, Report

_REMEDY = "Ask where the file comes from; if you trust it, export it again with usual settings."


def exceeded(cost: Cost, context: Context) -> Finding | None:
    """What to say where the stated cost alone is past the budget, before any of it is paid."""
    if cost.memory > context.memory:
        return blocker(
            Code.TOO_EXPENSIVE,
            f"Opening this file would take {cost.memory // MEBIBYTE:,} MB of memory, which no honest file needs.",
            _REMEDY,
        )
    if not cost.exceeds(context.seconds, context.memory):
        return None
    return blocker(
        Code.TOO_EXPENSIVE,
        f"Opening this file would take {cost.iterations:,} rounds of key derivation, which no honest file needs.",
        _REMEDY,
    )


def too_expensive(budget_seconds: float, memory_bytes: int) -> Finding:
    """The worker was stopped; the budget is given in seconds and bytes."""
    return blocker(
        Code.TOO_EXPENSIVE,
        f"Opening this file takes more than {budget_seconds:g} seconds or {memory_bytes // MEBIBYTE} MB, "
        "which no honest certificate file needs.",
        _REMEDY,
    )


def report_of(finding: Finding, kind: Format = Format.UNKNOWN) -> Report:
    """A report that says this one thing."""
    return Report(kind, (finding,))
