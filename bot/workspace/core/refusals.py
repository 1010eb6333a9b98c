"""How the workspace says no: Slack's error names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SlackRefused(Exception):
    """A call is refused; ``error`` is Slack's name for the reason, ``messages`` its details."""

    def __init__(
        self,
        error: str,
        messages: list[str] | None = None,
        *,
        needed: str | None = None,
        provided: Sequence[str] = (),
    ) -> None:
        super().__init__(error if not messages else f"{error}: {'; '.join(messages)}")
        self.error = error
        self.messages = messages or []
        self.needed = needed
        self.provided = provided

    def answer(self) -> dict[str, Any]:
        """The body of Slack's answer (status 200)."""
        body: dict[str, Any] = {"ok": False, "error": self.error}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        if self.needed is not None:
            body |= {"needed": self.needed, "provided": ",".join(self.provided)}
        return body
