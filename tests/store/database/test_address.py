"""The address of the database: libpq's parameters work, TLS is not left out silently, the password is never said."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from store import StoreError, Unavailable
from store.database import begun, make_engine
from store.database.address import address

_ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")
_FAR = "postgresql://desk:hunter2@db.example/desk"


def asked_of(url: str) -> dict[str, str]:
    """The parameters in the address that asyncpg gets."""
    query = parse_qs(urlsplit(address(url).given["dsn"]).query)
    return {name: value for name, (value,) in query.items()}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_addresses_of_postgresql_as_they_are_handed_around(scheme: str) -> None:
    """Any scheme becomes asyncpg's; user, password, host and parameters stay as they are."""
    found = address(f"{scheme}://desk:s%40cret@db.example:5433/desk?sslmode=verify-full&application_name=desk")
    assert found.url.drivername == "postgresql+asyncpg"
    assert found.given == {
        "dsn": "postgresql://desk:s%40cret@db.example:5433/desk?application_name=desk&sslmode=verify-full"
    }


@pytest.mark.parametrize(
    "url",
    [_FAR, "postgresql://desk@/desk?host=db1.example:5432,localhost", "postgresql://desk@10.0.0.5/desk"],
)
def test_another_machine_is_asked_for_tls(url: str) -> None:
    """Unless the address says otherwise, or the environment does as libpq reads it."""
    assert asked_of(url)["sslmode"] == "require"


@pytest.mark.parametrize("more", ["sslmode=disable", "sslmode=prefer", "ssl=disable"])
def test_the_address_may_say_otherwise(more: str) -> None:
    """Whoever writes it knows their network."""
    assert asked_of(f"{_FAR}?{more}")["sslmode"] == more.partition("=")[2]


def test_the_environment_may_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """PGSSLMODE is read by asyncpg as by libpq."""
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert "sslmode" not in asked_of(_FAR)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://desk@localhost/desk",
        "postgresql://desk@127.0.0.1:5433/desk",
        "postgresql://desk@[::1]/desk",
        "postgresql:///desk?host=/run/postgresql",
        "postgresql://desk@/desk?host=localhost:5432",
        "postgresql:///desk",
    ],
)
def test_this_machine_needs_none(url: str) -> None:
    """Nobody listens between two programs on it."""
    assert "sslmode" not in asked_of(url)


def test_what_no_server_takes_as_a_setting_is_left_out() -> None:
    """Addresses of hosted databases have some of them; a timeout is asyncpg's own, and a pooler's is SQLAlchemy's."""
    url = f"{_FAR}?keepalives=1&channel_binding=prefer&connect_timeout=3&prepared_statement_cache_size=0"
    found = address(url)
    assert asked_of(url) == {"sslmode": "require"}
    assert found.given["timeout"] == 3.0
    assert dict(found.url.query) == {"prepared_statement_cache_size": "0"}


@pytest.mark.parametrize("more", ["sslmode=on", "connect_timeout=soon", "channel_binding=require"])
def test_what_cannot_be_had_is_said(more: str) -> None:
    """One sentence that names the parameter."""
    with pytest.raises(StoreError, match=more.partition("=")[0]):
        address(f"{_FAR}?{more}")


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h/d", "oracle://h", "://hunter2", "hunter2"])
def test_another_database_is_refused(url: str) -> None:
    """The sentence does not repeat the address."""
    with pytest.raises(StoreError) as caught:
        make_engine(url)
    assert "hunter2" not in str(caught.value)


@given(st.text("ab:/@?#[]%&= ", max_size=4), st.text("12:/@?#[]%&= ", max_size=4))
def test_no_part_of_a_password_that_was_not_quoted_is_said(before: str, after: str) -> None:
    """Whatever the address is taken for; SQLAlchemy's own errors repeat what should have been a port."""
    url = f"postgresql://desk:{before}hunter2{after}@db.example/desk"
    try:
        found = address(url)
    except StoreError as error:
        assert "hunter2" not in str(error) + repr(error.__cause__)
        assert error.__suppress_context__
    else:
        assert "hunter2" not in repr(found) + str(found.url)


@asynccontextmanager
async def server(answer: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Stand in for PostgreSQL: the port, and what was heard, inside TLS if the answer is ``S``."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readexactly(8))
        writer.write(answer)
        await writer.drain()
        if context is not None:
            await writer.start_tls(context)
            heard.append(await reader.read(200))
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], heard


async def refused(url: str) -> str:
    """What is said of a connection that fails."""
    engine = make_engine(url)
    with pytest.raises(Unavailable) as caught:
        async with begun(engine):
            pass
    await engine.dispose()
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


async def test_a_server_without_tls_is_told_nothing() -> None:
    """Neither user nor password goes over the line; the sentence says what to write to go without."""
    async with server(b"N") as (port, heard):
        said = await refused(f"postgresql://desk:hunter2@127.0.0.1:{port}/desk?sslmode=require")
    assert "it takes no TLS; with sslmode=disable" in said
    assert heard == [_ASKS_FOR_TLS]


async def test_a_root_certificate_in_the_address(tmp_path: Path) -> None:
    """sslrootcert is the one that is trusted: a server with a certificate of it hears of the user, another one not."""
    ca, stranger = trustme.CA(), trustme.CA()
    heard_of: dict[str, Any] = {}
    for name, issuer in (("ours", ca), ("another", stranger)):
        root = tmp_path / f"{name}.pem"
        ca.cert_pem.write_to_path(str(root))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert("127.0.0.1").configure_cert(context)
        async with server(b"S", context) as (port, heard):
            said = await refused(
                f"postgresql://desk:hunter2@127.0.0.1:{port}/desk?sslmode=verify-full&sslrootcert={root}"
            )
            heard_of[name] = b"desk" in b"".join(heard), "sslrootcert" in said
    assert heard_of == {"ours": (True, False), "another": (False, True)}


async def test_a_file_that_is_not_there() -> None:
    """It is not taken for a server that is away."""
    async with server(b"S") as (port, _):
        said = await refused(
            f"postgresql://desk:hunter2@127.0.0.1:{port}/desk?sslmode=verify-ca&sslrootcert=/no/ca.pem"
        )
    assert "a file or socket that the URL names is not there" in said
