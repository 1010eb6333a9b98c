"""Handshakes with partners of every kind: who accepts, who rejects and why, and who is something else."""

from __future__ import annotations

import socket

import pytest
from OpenSSL import SSL
from pydantic import SecretBytes

from bot.certificates.checks.server import issuer_names
from bot.desk.base.handshakes import Identity, Outcome, Tls
from bot.platforms.handshake import PartnerHandshakes
from tests import making
from tests.platforms.partner import context, listening

HOST = "localhost"
BOTH = list(Tls)


@pytest.fixture
async def partners() -> PartnerHandshakes:
    return PartnerHandshakes(frozenset({HOST}))


Chain = tuple[making.Made, making.Made, making.Made]


@pytest.fixture(scope="module")
def chain() -> Chain:
    return making.make_chain("bank.example")


@pytest.fixture
def identity(chain: Chain) -> Identity:
    leaf, intermediate, _ = chain
    return Identity(SecretBytes(leaf.key_der), (leaf.der, intermediate.der))


@pytest.mark.parametrize("tls", BOTH)
async def test_a_partner_that_takes_the_certificate(
    partners: PartnerHandshakes,
    chain: Chain,
    identity: Identity,
    tls: Tls,
) -> None:
    """Accepted in both versions; the server's chain and the authorities that it names are there."""
    server, _ = context(trusts=chain[2])
    async with listening(server) as port:
        found = await partners.shake(HOST, port, identity, tls)
    assert (found.outcome, found.asks, len(found.chain)) == (Outcome.ACCEPTED, True, 2)
    assert found.issuers == (chain[2].certificate.subject.public_bytes(),)
    assert found.issuers[0] in issuer_names(identity.certificates)


@pytest.mark.parametrize("tls", BOTH)
async def test_a_partner_that_does_not_know_the_authority(
    partners: PartnerHandshakes, identity: Identity, tls: Tls
) -> None:
    """Rejected with the alert, which TLS 1.3 sends when the client thinks that all is well."""
    server, _ = context(trusts=making.make("Another Root", ca=True))
    async with listening(server) as port:
        found = await partners.shake(HOST, port, identity, tls)
    assert (found.outcome, found.alert, found.asks) == (Outcome.REJECTED, "unknown ca", True)


async def test_a_partner_that_wants_one_and_gets_none(partners: PartnerHandshakes, chain: Chain) -> None:
    """Without ours the server says that one is required."""
    server, _ = context(trusts=chain[2])
    async with listening(server) as port:
        found = await partners.shake(HOST, port, None, Tls.V1_3)
    assert (found.outcome, found.alert) == (Outcome.REJECTED, "certificate required")


async def test_a_partner_that_asks_for_nothing(partners: PartnerHandshakes, identity: Identity) -> None:
    """The handshake is done, and the certificate was not needed."""
    server, _ = context(trusts=None)
    async with listening(server) as port:
        found = await partners.shake(HOST, port, identity, Tls.V1_3)
    assert (found.outcome, found.asks) == (Outcome.NOT_ASKED, False)


async def test_a_partner_that_speaks_one_version_only(
    partners: PartnerHandshakes,
    chain: Chain,
    identity: Identity,
) -> None:
    """The other one fails, and nobody says that the certificate was rejected."""
    server, _ = context(trusts=chain[2], most=SSL.TLS1_2_VERSION)
    async with listening(server) as port:
        old, new = [await partners.shake(HOST, port, identity, tls) for tls in (Tls.V1_2, Tls.V1_3)]
    assert (old.outcome, new.outcome) == (Outcome.ACCEPTED, Outcome.FAILED)
    assert "protocol version" in new.alert


def _page(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _silence(connection: socket.socket) -> None:
    while connection.recv(1024):
        pass


def _noise(connection: socket.socket) -> None:
    connection.sendall(bytes(range(256)) * 4096)


@pytest.mark.parametrize(
    ("talk", "outcome"), [(_page, Outcome.NO_TLS), (_silence, Outcome.SILENT), (_noise, Outcome.NO_TLS)]
)
async def test_what_is_no_tls_server(
    partners: PartnerHandshakes, monkeypatch: pytest.MonkeyPatch, identity: Identity, talk: object, outcome: Outcome
) -> None:
    """A page, silence, noise: each has an end."""
    monkeypatch.setattr("bot.platforms.handshake._SECONDS", 1.0)
    async with listening(None, talk) as port:  # type: ignore[arg-type]  # one of the three
        assert (await partners.shake(HOST, port, identity, Tls.V1_3)).outcome is outcome


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("127.0.0.1", Outcome.FORBIDDEN),
        ("169.254.169.254", Outcome.FORBIDDEN),
        ("::ffff:127.0.0.1", Outcome.FORBIDDEN),
        ("nowhere.invalid", Outcome.UNKNOWN_HOST),
    ],
)
async def test_hosts_that_are_not_called(
    partners: PartnerHandshakes, identity: Identity, host: str, outcome: Outcome
) -> None:
    """This machine and clouds' credentials are not reached, and a name that is none is told."""
    assert (await partners.shake(host, 443, identity, Tls.V1_3)).outcome is outcome


async def test_a_port_where_nobody_listens(partners: PartnerHandshakes, identity: Identity) -> None:
    """It is told, within a moment."""
    async with listening(None) as port:
        pass
    assert (await partners.shake(HOST, port, identity, Tls.V1_3)).outcome is Outcome.UNREACHABLE
