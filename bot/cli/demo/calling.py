"""What the practice app does: it calls the partner with each of its certificates, and says what came of it.

It runs under ``certdesk exec``, as any app would, and reads the files that it finds in ``CERTDESK_DIR``. What it says
are JSON objects, one a line.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from OpenSSL import SSL, crypto

PARTNER, NOW = "PRACTICE_PARTNER", "PRACTICE_NOW"
_EVERY_SECONDS = 3.0
_REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def main() -> None:
    """Call, say what came of it, and call again, until a signal comes."""
    folder, partner = Path(os.environ["CERTDESK_DIR"]), os.environ[PARTNER]
    started, now = time.monotonic(), datetime.fromisoformat(os.environ[NOW])
    while True:
        at = datetime.fromtimestamp(now.timestamp() + time.monotonic() - started, UTC)
        said = [_called(path, partner, at) for path in sorted(folder.glob("*.key"))]
        _say({"revision": int(os.environ["CERTDESK_REVISION"]), "calls": said})
        time.sleep(_EVERY_SECONDS)


def _say(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _called(key: Path, partner: str, at: datetime) -> dict[str, str]:
    leaf = x509.load_pem_x509_certificate(key.with_suffix(".crt").read_bytes())
    facts = {"label": key.stem, "ends": f"{leaf.not_valid_after_utc:%d %B %Y}"}
    host, _, port = partner.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), 5) as plain:
            plain.settimeout(None)
            answer = _asked(SSL.Connection(_context(key, at), plain))
    except SSL.Error as error:
        return {**facts, "refused": _reason(error)}
    except OSError as error:
        return {**facts, "refused": error.strerror or "no connection"}
    return {**facts, "answer": answer}


def _asked(connection: SSL.Connection) -> str:
    connection.set_connect_state()
    connection.do_handshake()
    # A server of TLS 1.3 rejects a certificate after the handshake, and hangs up: the first read says why.
    with suppress(SSL.SysCallError):
        connection.sendall(_REQUEST)
    said = b""
    with suppress(SSL.ZeroReturnError):
        while part := connection.recv(4096):
            said += part
    return said.decode("utf-8", "replace").rpartition("\r\n")[2]


def _context(key: Path, at: datetime) -> SSL.Context:
    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    made.use_certificate_file(str(key.with_suffix(".crt")))
    made.use_privatekey_file(str(key))
    for one in _certificates(key.with_name(f"{key.stem}.chain.crt")):
        made.add_extra_chain_cert(one)
    if (store := made.get_cert_store()) is not None:
        store.set_time(at)
        for one in _certificates(key.with_name("ca.pem")):
            store.add_cert(crypto.X509.from_cryptography(one))
    made.set_verify(SSL.VERIFY_PEER, lambda *given: bool(given[-1]))
    return made


def _certificates(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() and path.stat().st_size else []


def _reason(error: SSL.Error) -> str:
    details = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = str(details[-1][-1]) if details else "the connection was closed"
    if "certificate verify failed" in words:
        return "this app does not trust the partner: add bank-authorities.pem in Slack"
    return words


if __name__ == "__main__":
    main()
