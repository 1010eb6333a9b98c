"""Convert a report to the JSON that the README documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.certificates import BagFacts, Certificate, ContainerFacts, Finding, Report, Root

Json = dict[str, Any]


def as_json(file: str, report: Report) -> Json:
    """Return one file's report. Every field is always present, and null or empty without a value."""
    client = report.client
    return {
        "file": file,
        "format": report.format.value,
        "findings": [_finding(one) for one in report.findings],
        "certificate": _certificate(client.leaf) if client else None,
        "chain": [_certificate(one) for one in client.chain] if client else [],
        "extras": [_certificate(one) for one in report.extras],
        "authorities": [_certificate(one) for one in report.authorities],
        "root": _root(report.root),
        "container": _container(report.container),
    }


def _finding(one: Finding) -> Json:
    said = {"code": one.code.value, "severity": one.severity.value, "message": one.message, "remedy": one.remedy}
    changes = [{"what": change.what, "old": change.old, "new": change.new} for change in one.changes]
    return {**said, "changes": changes} if changes else said


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


def _root(root: Root | None) -> Json | None:
    if root is None:
        return None
    return {"name": root.name, "standing": root.standing.value, "sha256": root.sha256, "address": root.address}


def _container(container: ContainerFacts | None) -> Json | None:
    if container is None:
        return None
    opens_in = container.opens_in
    return {
        "encoding": container.encoding,
        "mac": container.mac,
        "iterations": container.mac_iterations,
        "bags": [_bag(one) for one in container.bags],
        "ciphers": list(container.ciphers),
        "password": container.password,
        "opens_in": {reader.value: opens for reader, opens in opens_in.items()} if opens_in is not None else None,
    }


def _bag(one: BagFacts) -> Json:
    return {
        "kind": one.kind,
        "encryption": one.encryption,
        "ciphers": list(one.ciphers),
        "iterations": one.iterations,
    }


def _rfc3339(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
