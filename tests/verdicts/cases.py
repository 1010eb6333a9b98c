"""Files of the kinds that people really send, with the verdict that is right for each (``cases.json``).

``python -m tests.verdicts.cases`` prints what is said of each beside it. Their keys were made for this and protect
nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import certifi
from pydantic import SecretStr

from bot.certificates import Context, Report, Survey, anchors, inspect_client, pem_certificates, survey

# The day on which their verdicts were written: some of them have expired since.
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One or several files that belong together, and what is ``wanted`` of a verdict on them."""

    name: str
    files: tuple[bytes, ...] = field(repr=False)
    password: str | None = field(repr=False)
    wanted: str
    authorities: bytes = field(repr=False, default=b"")

    @property
    def context(self) -> Context:
        public = anchors(pem_certificates(certifi.contents().encode()))
        return Context(now=NOW, public_roots=public, environment_roots=anchors(pem_certificates(self.authorities)))

    def report(self) -> Report:
        password = SecretStr(self.password) if self.password is not None else None
        return inspect_client(self.files, password, self.context)

    def surveys(self) -> list[Survey]:
        return [survey(data, self.context) for data in self.files]


def every() -> Iterator[Case]:
    """Return the cases in their order."""
    for name, kept in json.loads(Path(__file__).with_name("cases.json").read_text()).items():
        files = tuple(base64.b64decode(one) for one in kept["files"].values())
        roots = base64.b64decode(kept.get("authorities", ""))
        yield Case(name, files, kept["password"], kept["wanted"], roots)


def main() -> None:
    """Print each verdict with its sentences, beside the one that is right."""
    for case in every():
        report = case.report()
        print(f"{case.name}\n  wanted: {case.wanted}\n  {'opens' if report.client else 'closed'}")
        for one in report.findings:
            print(f"  {one.code} ({one.severity}): {one.message} {one.remedy}")


if __name__ == "__main__":
    main()
