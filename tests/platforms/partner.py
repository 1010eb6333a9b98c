"""A partner's server: it asks for client certificates of its authority, or does something else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from OpenSSL import SSL, crypto

from tests import making
from tests.today import NOW

Talk = Callable[[socket.socket], object]


def context(
    *, trusts: making.Made | None, least: int = SSL.TLS1_2_VERSION, most: int = SSL.TLS1_3_VERSION
) -> tuple[SSL.Context, making.Made]:
    """A server's context, and the root of its certificate; with ``trusts`` it wants a client certificate of that.

    It names the authority that it takes, as servers usually do.
    """
    leaf, intermediate, root = making.make_chain("partner.example")
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    made.set_min_proto_version(least)
    made.set_max_proto_version(most)
    made.use_privatekey(leaf.key)
    made.use_certificate(leaf.certificate)
    made.add_extra_chain_cert(intermediate.certificate)
    if trusts is not None:
        authority = crypto.X509.from_cryptography(trusts.certificate)
        store = made.get_cert_store()
        assert store is not None
        store.add_cert(authority)
        store.set_time(NOW)
        made.add_client_ca(trusts.certificate)
        made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *given: bool(given[-1]))
    return made, root


@asynccontextmanager
async def listening(tls: SSL.Context | None, talk: Talk | None = None) -> AsyncIterator[int]:
    """The port of a server that does ``talk`` with whoever comes, or nothing but the handshake.

    It is one of threads: asyncio's own ends a handshake that failed without the alert that OpenSSL wrote.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = threading.Thread(target=_serve, args=(door, tls, talk), daemon=True)
        serving.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
    await asyncio.to_thread(serving.join, 10)


def _serve(door: socket.socket, tls: SSL.Context | None, talk: Talk | None) -> None:
    with suppress(OSError):
        while True:
            plain, _ = door.accept()
            with plain, suppress(OSError, SSL.Error):
                if tls is not None:
                    connection = SSL.Connection(tls, plain)
                    connection.set_accept_state()
                    connection.do_handshake()
                    connection.recv(1)
                elif talk is not None:
                    talk(plain)
