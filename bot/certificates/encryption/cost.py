"""Cost of opening a file, computed from the parameters it states, and findings for files over the budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.certificates.encryption.kdf import Kdf
from bot.certificates.findings import Code, Finding, blocker
from bot.certificates.model import MEBIBYTE, Context, Format, Report

# More iterations a second than any core reaches, so that only what is surely over the budget is refused unopened.
FASTEST = 20_000_000
_REMEDY = "Ask where the file comes from. If you trust it, export it again with default settings."


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of key derivations: ``iterations`` in all, and ``memory`` of the largest in bytes."""

    iterations: int = 0
    memory: int = 0

    def exceeds(self, seconds: float, memory: int) -> bool:
        """Return whether no machine can do this within the budget."""
        return self.iterations > seconds * FASTEST or self.memory > memory


def stated_cost(derivations: Iterable[Kdf | None]) -> Cost:
    """Return the cost of running each derivation once."""
    present = [one for one in derivations if one is not None]
    return Cost(sum(one.iterations for one in present), max((one.memory for one in present), default=0))


def over_budget(cost: Cost, context: Context) -> Finding | None:
    """Report a stated cost over the budget, before anything is derived."""
    if cost.memory > context.memory:
        return blocker(
            Code.TOO_EXPENSIVE,
            f"Opening the file would need {cost.memory // MEBIBYTE:,} MB of memory, "
            "far more than a normal certificate file.",
            _REMEDY,
        )
    if not cost.exceeds(context.seconds, context.memory):
        return None
    return blocker(
        Code.TOO_EXPENSIVE,
        f"Opening the file would take {cost.iterations:,} rounds of key derivation, "
        "far more than a normal certificate file.",
        _REMEDY,
    )


def too_expensive(budget_seconds: float, memory_bytes: int) -> Finding:
    """Report a file whose worker was stopped; the budget is given in seconds and bytes."""
    return blocker(
        Code.TOO_EXPENSIVE,
        f"Opening the file takes more than {budget_seconds:g} seconds or {memory_bytes // MEBIBYTE} MB, "
        "far more than a normal certificate file.",
        _REMEDY,
    )


def report_of(finding: Finding, kind: Format = Format.UNKNOWN) -> Report:
    """Make a report with a single finding."""
    return Report(kind, (finding,))
