"""What opening something costs, known from what it states and before it is paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.certificates.encryption.kdf import Kdf

# Iterations a second that no core reaches, so that only what is surely past the budget is refused unopened.
FASTEST = 20_000_000


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
