"""The forms ``kubernetes`` (TLS secrets) and ``operator`` (the resource of the Mendix operator), as YAML."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from bot.certificates.delivery.bundle import Bundle, DeliveredClient
from bot.certificates.delivery.pem_text import certificates_pem, key_pem

# The one of libyaml, where there is one, is many times as fast.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# The name of an object is a DNS label or several (RFC 1123); one of 63 characters fits everywhere.
_MOST = 63


def kubernetes_form(bundle: Bundle) -> str:
    """Return a ``kubernetes.io/tls`` secret for each client certificate, and one with the CA certificates."""
    trusted = _trusted(bundle)
    ours = {"ca.crt": trusted} if trusted else {}
    names = list(_unique([_name(bundle, one.label) for one in bundle.clients], taken=[_name(bundle, "ca")]))
    secrets = [
        _secret(bundle, name, _tls(one) | ours, "kubernetes.io/tls", _notes(one))
        for one, name in zip(bundle.clients, names, strict=True)
    ]
    if trusted:
        secrets.append(_secret(bundle, _name(bundle, "ca"), ours, "Opaque"))
    return _documents(secrets)


def operator_form(bundle: Bundle) -> str:
    """Return the part of the app's resource that names its client certificates, and the secret that it trusts."""
    app = {
        "apiVersion": "privatecloud.mendix.com/v1alpha1",
        "kind": "MendixApp",
        "metadata": {"name": bundle.app},
        "spec": {"runtime": {"clientCertificates": [_for_operator(one) for one in bundle.clients]}},
    }
    trusted = _trusted(bundle)
    secret = [_secret(bundle, _name(bundle, "ca"), {"custom.crt": trusted}, "Opaque")] if trusted else []
    return _documents([app, *secret])


def _for_operator(one: DeliveredClient) -> dict[str, Any]:
    return {
        "key": b64encode(one.container).decode(),
        "password": b64encode(one.password.get_secret_value().encode()).decode(),
        "pinTo": list(one.pins),
    }


def _tls(one: DeliveredClient) -> dict[str, str]:
    return {"tls.crt": certificates_pem([one.leaf, *one.chain]), "tls.key": key_pem(one.key)}


def _notes(one: DeliveredClient) -> dict[str, str]:
    """Return what people look for: annotations take any text."""
    return {
        "certdesk/label": one.label,
        "certdesk/version": str(one.version),
        "certdesk/pins": "\n".join(one.pins),
        "certdesk/sha256": one.sha256,
    }


def _trusted(bundle: Bundle) -> str:
    return certificates_pem(one.der for one in bundle.authorities)


def _secret(
    bundle: Bundle, name: str, content: dict[str, str], kind: str, notes: dict[str, str] | None = None
) -> dict[str, Any]:
    annotations = {"certdesk/environment": bundle.path, "certdesk/revision": str(bundle.revision), **(notes or {})}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "annotations": annotations},
        "type": kind,
        "data": {key: b64encode(text.encode()).decode() for key, text in content.items()},
    }


def _name(bundle: Bundle, label: str) -> str:
    """Return a DNS label of app, environment and label; what does not fit into it ends in a digest of it all."""
    whole = f"{bundle.app}-{bundle.environment}-{label}"
    name = re.sub(r"[^a-z0-9]+", "-", whole.lower()).strip("-")
    if len(name) <= _MOST - 4 and name == whole.lower():
        return name
    return f"{name[: _MOST - 14].rstrip('-')}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def _unique(wanted: Sequence[str], *, taken: Sequence[str]) -> Iterator[str]:
    """Yield a name for each that is wanted, with a number where it is taken."""
    used = set(taken)
    for name in wanted:
        candidate, number = name, 1
        while candidate in used:
            number += 1
            candidate = f"{name}-{number}"
        used.add(candidate)
        yield candidate


def _documents(several: Sequence[dict[str, Any]]) -> str:
    text: str = yaml.dump_all(several, Dumper=_DUMPER, sort_keys=False, allow_unicode=False, explicit_start=True)
    return text
