"""The database's address, as PostgreSQL's own programs take it.

What libpq knows (``sslmode``, ``sslrootcert``, ``target_session_attrs``, …) asyncpg reads from an address by itself, so
it gets the address as it was given. Without ``sslmode`` a connection to another machine is made with TLS or not at all;
libpq would go on without it (postgresql.org, "libpq", 34.1.2 and 34.19).
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from store.errors import StoreError

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_DRIVERS = {_SQLITE: "sqlite+aiosqlite", _POSTGRESQL: "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# SQLAlchemy's own parameters, for databases behind a pooler.
_SQLALCHEMYS = ("prepared_statement_cache_size",)
# About how a lost connection is noticed, and about encryptions that are not TLS: asyncpg has none of them, and would
# send them to the server as settings of the session, which refuses them.
_LEFT_OUT = (
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
    *("gssencmode", "client_encoding", "fallback_application_name"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address for SQLAlchemy; ``given`` are further arguments of the driver, which may hold a password."""

    url: URL
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_server(self) -> bool:
        """Return whether it is a database that connections can be lost to."""
        return self.url.get_backend_name() != _SQLITE


def address(url: str) -> Address:
    """Return the address with the asynchronous driver that Certdesk uses. Raises :class:`StoreError`."""
    try:
        parsed = make_url(url)
        driver = _DRIVERS.get(parsed.drivername.split("+")[0])
    except (ArgumentError, ValueError):  # their texts repeat the address, which may hold a password
        raise StoreError(
            "The database's address cannot be read: write it like postgresql://USER:PASSWORD@HOST/DATABASE, and in the "
            "password %40 for @, %2F for / and %3A for :."
        ) from None
    if driver is None:
        raise StoreError("The database is neither SQLite nor PostgreSQL.")
    return Address(parsed.set(drivername=driver)) if driver.startswith(_SQLITE) else _of_server(parsed, driver)


def _of_server(url: URL, driver: str) -> Address:
    query = {name: _one(value) for name, value in url.query.items() if name not in _LEFT_OUT}
    kept = {name: query.pop(name) for name in _SQLALCHEMYS if name in query}
    if query.pop("channel_binding", "prefer") == "require":
        raise StoreError("channel_binding=require cannot be had with this driver: leave it out of the database's URL.")
    if "ssl" in query:  # as SQLAlchemy writes it for asyncpg
        query.setdefault("sslmode", query.pop("ssl"))
    given: dict[str, Any] = {}
    if "connect_timeout" in query:
        given["timeout"] = _seconds(query.pop("connect_timeout"))
    if query.get("sslmode", "require") not in _MODES:
        raise StoreError(f"sslmode in the database's URL is none of {', '.join(_MODES)}.")
    if "sslmode" not in query and "PGSSLMODE" not in os.environ and not _is_local(url, query):
        query["sslmode"] = "require"
    own = url.set(drivername=_POSTGRESQL, query=query)
    given["dsn"] = own.render_as_string(hide_password=False)
    return Address(URL.create(driver, query=kept), given)


def _one(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise StoreError("connect_timeout in the database's URL is no number of seconds.") from None


def _is_local(url: URL, query: Mapping[str, str]) -> bool:
    """Return whether every host is this machine: libpq takes the query's for the address's, and a path for a socket."""
    hosts = query.get("host") or url.host or os.environ.get("PGHOST") or ""
    return all(map(_is_this_machine, hosts.split(",")))


def _is_this_machine(host: str) -> bool:
    """``host`` may have a port behind a colon."""
    name = host.partition(":")[0] if host.count(":") == 1 else host
    if not name or name.startswith("/") or name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
