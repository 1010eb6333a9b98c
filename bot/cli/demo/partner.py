"""The practice partner: a real TLS server on loopback that takes client certificates of the samples' bank alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto

from bot.cli.demo.samples import Bank


class PracticePartner:
    """A server that greets whoever it accepts; ``now`` is the time by which it judges certificates.

    It is one of threads: asyncio's own ends a handshake that failed without the alert that OpenSSL wrote.
    """

    def __init__(self, bank: Bank, now: Callable[[], datetime]) -> None:
        self._tls = _context(bank)
        self._now = now
        self._door: socket.socket | None = None

    def start(self) -> str:
        """Listen, and return ``host:port``."""
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, args=(self._door,), daemon=True, name="partner").start()
        return f"127.0.0.1:{self._door.getsockname()[1]}"

    def stop(self) -> None:
        """Stop listening."""
        if self._door is not None:
            with suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)
            self._door.close()

    def _serve(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                plain, _ = door.accept()
                threading.Thread(target=self._talk, args=(plain,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        with plain, suppress(OSError, SSL.Error):
            store = self._tls.get_cert_store()
            if store is not None:
                store.set_time(self._now().astimezone(UTC))
            connection = SSL.Connection(self._tls, plain)
            connection.set_accept_state()
            connection.do_handshake()
            if connection.recv(1024):
                connection.sendall(_greeting(connection))
            connection.shutdown()


def _greeting(connection: SSL.Connection) -> bytes:
    theirs = connection.get_peer_certificate(as_cryptography=True)
    names = theirs.subject.get_attributes_for_oid(NameOID.COMMON_NAME) if theirs is not None else []
    name = str(names[0].value) if names else "you"
    return f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello {name}".encode()


def _context(bank: Bank) -> SSL.Context:
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.use_privatekey(bank.server_key)
    made.use_certificate(bank.server)
    made.add_extra_chain_cert(bank.issuing)
    made.add_client_ca(bank.root)
    store = made.get_cert_store()
    if store is not None:
        store.add_cert(crypto.X509.from_cryptography(bank.root))
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *given: bool(given[-1]))
    # Without an identifier of its own a server may not resume sessions of clients that it has checked.
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return made
