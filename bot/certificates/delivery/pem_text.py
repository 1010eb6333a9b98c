"""DER as PEM (RFC 7468): lines of 64 characters, each block ends with a line end."""

from __future__ import annotations

import re
import textwrap
from base64 import b64decode, b64encode
from collections.abc import Iterable

from pydantic import SecretBytes

_BLOCK = re.compile(r"-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=\n]+)-----END [A-Z ]+-----\n")


def certificates_pem(several: Iterable[bytes]) -> str:
    """Return certificates one after the other; empty for none."""
    return "".join(_block("CERTIFICATE", der) for der in several)


def key_pem(key: SecretBytes) -> str:
    """Return a private key, which is PKCS #8, unencrypted."""
    return _block("PRIVATE KEY", key.get_secret_value())


def pem_blocks(text: str) -> list[bytes]:
    """Return the DER of each block, of what this module wrote. Raises ValueError for base64 that is none."""
    return [b64decode("".join(body.split()), validate=True) for body in _BLOCK.findall(text)]


def _block(label: str, der: bytes) -> str:
    lines = "\n".join(textwrap.wrap(b64encode(der).decode(), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
