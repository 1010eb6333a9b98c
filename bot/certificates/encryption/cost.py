"""Cost of opening a file, computed from its own parameters before any of it is paid, and findings on the budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.certificates.encryption.kdf import Kdf
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.model import MEBIBYTE, Context, Format, Report

# Iterations a second that no core reaches, so that only what is surely past the budget is refused unopened.
FASTEST = 20_000_000
_REMEDY = "Ask where the file comes from; if you trust it, export it again with usual settings."


@dataclass(frozen=True, slots=True)
class Cost:
    """``iterations`` in all, and ``memory`` of the hungriest step in bytes."""

    iterations: int = 0
    memory: int = 0

    def exceeds(self, seconds: float, memory: int) -> bool:
        """Whether no machine pays this within the budget."""
        return self.iterations > seconds * FASTEST or self.memory > memory


def stated(derivations: Iterable[Kdf | None]) -> Cost:
    """The cost of running each derivation once."""
    present = [one for one in derivations if one is not None]
    return Cost(sum(one.iterations for one in present), max((one.memory for one in present), default=0))


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
