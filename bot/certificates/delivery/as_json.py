"""The form ``json``: everything, for programs that choose for themselves."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient
from bot.certificates.delivery.pem_text import certificates_pem, key_pem


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
