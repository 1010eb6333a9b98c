"""A TLS handshake with a partner's server, in memory: key and chain are never in a file.

OpenSSL speaks through memory, and this module carries the bytes, so that time and bytes are bounded and the event loop
goes on. TLS 1.3 rejects a client certificate after the client is done: it is listened for a moment longer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from ipaddress import ip_address

from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509 import load_der_x509_certificate
from OpenSSL import SSL

from bot.desk.base.handshakes import Handshake, Identity, Outcome, Tls
from bot.platforms.addresses import Resolver

_CONNECT_SECONDS, _SECONDS, _LATE_SECONDS = 5.0, 10.0, 1.5
_CHUNK, _MOST_BYTES = 16 * 1024, 512 * 1024
_VERSIONS = {Tls.V1_3: SSL.TLS1_3_VERSION, Tls.V1_2: SSL.TLS1_2_VERSION}
# What OpenSSL says of a server that speaks something else.
_NO_TLS = ("wrong version number", "http request", "packet length too long", "unknown protocol", "record layer failure")
_ASKS = b"certificate request"


class _Closed(Exception):
    """The server closed the connection without a word of TLS about it."""


class PartnerHandshakes:
    """Handshakes with any host but those inside; ``here`` are names that may lead to this machine."""

    def __init__(self, here: frozenset[str] = frozenset()) -> None:
        self._resolver = Resolver(here)

    async def shake(self, host: str, port: int, identity: Identity | None, tls: Tls) -> Handshake:
        """Connect, do the handshake, and send nothing else. It never raises."""
        try:
            found = await self._resolver.resolve(host, port)
        except OSError as error:
            # The resolver's own refusal has no number.
            return Handshake(tls, Outcome.FORBIDDEN if error.errno is None else Outcome.UNKNOWN_HOST)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(found[0]["host"], port)
        except (OSError, TimeoutError):
            return Handshake(tls, Outcome.UNREACHABLE)
        try:
            return await _Conversation(reader, writer, host, identity, tls).run()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class _Conversation:
    """One handshake over an open connection."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        host: str,
        identity: Identity | None,
        tls: Tls,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._tls = tls
        self._received = 0
        self._asks = False
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(_VERSIONS[tls])
        context.set_max_proto_version(_VERSIONS[tls])
        # The chain is judged afterwards, against this environment's certificates and the public ones.
        context.set_verify(SSL.VERIFY_NONE, _any)
        context.set_info_callback(self._noticed)
        if identity is not None:
            _use(context, identity)
        self._connection = SSL.Connection(context, None)
        if not _is_address(host):
            self._connection.set_tlsext_host_name(host.encode("idna"))
        self._connection.set_connect_state()

    async def run(self) -> Handshake:
        """Do the handshake, and listen for what TLS 1.3 says late."""
        try:
            async with asyncio.timeout(_SECONDS):
                await self._finished()
        except SSL.Error as error:
            return self._ended(_reason(error))
        except (_Closed, ConnectionError):
            return self._result(Outcome.FAILED if self._received else Outcome.SILENT, "closed")
        except TimeoutError:
            return self._result(Outcome.FAILED if self._received else Outcome.SILENT, "silence")
        if not self._asks:
            return self._result(Outcome.NOT_ASKED)
        return await self._late() if self._tls is Tls.V1_3 else self._result(Outcome.ACCEPTED)

    async def _finished(self) -> None:
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                await self._send()
                await self._receive()
            except SSL.Error:
                await self._send()
                raise
            else:
                await self._send()
                return

    async def _late(self) -> Handshake:
        """Wait for an alert; a session ticket, data, or silence mean that the certificate was taken."""
        with suppress(TimeoutError, _Closed, ConnectionError):
            async with asyncio.timeout(_LATE_SECONDS):
                while True:
                    await self._receive()
                    try:
                        self._connection.recv(1)
                    except SSL.WantReadError:
                        continue
                    except SSL.ZeroReturnError:
                        break
                    except SSL.Error as error:
                        return self._ended(_reason(error))
                    break
        return self._result(Outcome.ACCEPTED)

    async def _send(self) -> None:
        with suppress(SSL.WantReadError):
            while True:
                self._writer.write(self._connection.bio_read(_CHUNK))
        with suppress(ConnectionError):
            await self._writer.drain()

    async def _receive(self) -> None:
        data = await self._reader.read(_CHUNK)
        self._received += len(data)
        if not data or self._received > _MOST_BYTES:
            raise _Closed
        self._connection.bio_write(data)

    def _ended(self, reason: str) -> Handshake:
        """Return what a failure means: an alert after the server asked for a certificate is about ours."""
        if any(one in reason for one in _NO_TLS):
            return self._result(Outcome.NO_TLS)
        alert = reason.partition("alert ")[2]
        return self._result(Outcome.REJECTED if alert and self._asks else Outcome.FAILED, alert or reason)

    def _result(self, outcome: Outcome, alert: str = "") -> Handshake:
        chain = self._connection.get_peer_cert_chain() or []
        return Handshake(
            self._tls,
            outcome,
            alert,
            tuple(one.to_cryptography().public_bytes(Encoding.DER) for one in chain),
            self._asks,
            tuple(name.der() for name in self._connection.get_client_ca_list()),
        )

    def _noticed(self, connection: SSL.Connection, _where: int, _result: int) -> None:
        if _ASKS in connection.get_state_string().lower():
            self._asks = True


def _any(*_: object) -> bool:
    return True


def _use(context: SSL.Context, identity: Identity) -> None:
    leaf, *above = (load_der_x509_certificate(der) for der in identity.certificates)
    key = load_der_private_key(identity.key.get_secret_value(), None)
    context.use_privatekey(key)  # type: ignore[arg-type]  # the kinds that a PKCS #12 cannot hold were refused before
    context.use_certificate(leaf)
    for one in above:
        context.add_extra_chain_cert(one)


def _reason(error: SSL.Error) -> str:
    """Return OpenSSL's last reason, in small letters: ``tlsv13 alert certificate required``."""
    several = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(several[-1][2]).lower() if several else "closed"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
