"""The form ``json``: everything, for programs that choose for themselves."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from pydantic import SecretBytes, SecretStr

from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient
from bot.certificates.delivery.pem_text import certificates_pem, key_pem, pem_blocks


def json_form(bundle: Bundle) -> str:
    """Return the bundle as a JSON object; PKCS #12 is base64, times are RFC 3339."""
    return json.dumps(
        {
            "environment": bundle.path,
            "revision": bundle.revision,
            "client_certificates": [_client(one) for one in bundle.clients],
            "ca_certificates": [_authority(one) for one in bundle.authorities],
        }
    )


def bundle_of(text: str) -> Bundle:
    """Return the bundle of a JSON object that :func:`json_form` wrote. Raises ValueError for anything else."""
    try:
        sent = json.loads(text)
        app, environment = sent["environment"].split("/")
        return Bundle(
            app,
            environment,
            int(sent["revision"]),
            tuple(_read_client(one) for one in sent["client_certificates"]),
            tuple(_read_authority(one) for one in sent["ca_certificates"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("not a bundle") from None


def _read_client(one: dict[str, Any]) -> DeliveredClient:
    (leaf,), (key,) = pem_blocks(one["certificate"]), pem_blocks(one["private_key"])
    return DeliveredClient(
        label=one["label"],
        version=one["version"],
        pins=tuple(one["pins"]),
        sha256=one["sha256"],
        effective_end=datetime.fromisoformat(one["expires_at"]),
        leaf=leaf,
        chain=tuple(pem_blocks(one["chain"])),
        key=SecretBytes(key),
        container=b64decode(one["pkcs12"], validate=True),
        password=SecretStr(one["password"]),
    )


def _read_authority(one: dict[str, Any]) -> DeliveredAuthority:
    (der,) = pem_blocks(one["certificate"])
    return DeliveredAuthority(one["name"], one["sha256"], datetime.fromisoformat(one["expires_at"]), der)


def _client(one: DeliveredClient) -> dict[str, Any]:
    return {
        "label": one.label,
        "version": one.version,
        "pins": list(one.pins),
        "sha256": one.sha256,
        "expires_at": one.effective_end.isoformat(),
        "pkcs12": b64encode(one.container).decode(),
        "password": one.password.get_secret_value(),
        "certificate": certificates_pem([one.leaf]),
        "private_key": key_pem(one.key),
        "chain": certificates_pem(one.chain),
    }


def _authority(one: DeliveredAuthority) -> dict[str, Any]:
    return {
        "name": one.name,
        "sha256": one.sha256,
        "expires_at": one.not_after.isoformat(),
        "certificate": certificates_pem([one.der]),
    }
