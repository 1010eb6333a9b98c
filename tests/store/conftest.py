"""Both databases, and an open store on each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store import KeyRing, Store, open_store
from tests.databases import database_url, empty_url, postgres, postgres_url, sqlite_template, sqlite_url

__all__ = ["database_url", "empty_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]


@pytest.fixture
def ring() -> KeyRing:
    """A ring with one new key, named ``k1``."""
    return KeyRing.parse(KeyRing.new_entry("k1"))


@pytest.fixture
async def store(database_url: str, ring: KeyRing) -> AsyncIterator[Store]:
    """An open store on a fresh database; the test runs on both databases."""
    async with open_store(database_url, ring) as opened:
        yield opened


@pytest.fixture
async def postgres_store(postgres_url: str, ring: KeyRing) -> AsyncIterator[Store]:
    """An open store on PostgreSQL, for what only a server with several writers does."""
    async with open_store(postgres_url, ring) as opened:
        yield opened
