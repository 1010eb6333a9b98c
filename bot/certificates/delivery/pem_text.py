"""DER as PEM (RFC 7468): lines of 64 characters, each block ends with a line end."""

from __future__ import annotations

import textwrap
from base64 import b64encode
from collections.abc import Iterable

from pydantic import SecretBytes


def certificates_pem(several: Iterable[bytes]) -> str:
    """Return certificates one after the other; empty for none."""
    return "".join(_block("CERTIFICATE", der) for der in several)


def key_pem(key: SecretBytes) -> str:
    """Return a private key, which is PKCS #8, unencrypted."""
    return _block("PRIVATE KEY", key.get_secret_value())


def _block(label: str, der: bytes) -> str:
    lines = "\n".join(textwrap.wrap(b64encode(der).decode(), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
