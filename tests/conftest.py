"""What holds for the whole suite: logs at DEBUG go to a file, and in the end nothing of a secret is anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from bot import logs
from tests.leaks import leaked, leaking_files, open_files

# Nothing here is timed. Where it is asked for, a commit is tried with the same examples each time; else with new ones.
settings.register_profile("certdesk", deadline=None, derandomize="CERTDESK_TESTS_SAME_EXAMPLES" in os.environ)
settings.load_profile("certdesk")

# These take about a minute or more: they go first, so that no core waits for them in the end.
_LONGEST = (
    "test_sync.py",
    "test_verdicts.py",
    "test_store_commands.py",
    "test_stepping.py",
    "test_killed.py",
    "test_two_replicas_sending.py",
    "test_restart_killed.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest first, all others in their order."""
    places = {name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session", autouse=True)
def _nothing_leaks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After all tests no database, backup or log, written at DEBUG, holds a password or a private key of theirs.

    And nobody but its owner can read a file that Certdesk made.
    """
    base = tmp_path_factory.getbasetemp()
    with (base / "suite.log").open("w", encoding="utf-8") as out:
        logs.configure("DEBUG", out)
        yield
        out.flush()
    assert leaked(b"x correct horse y"), "the search itself must be able to find something"
    assert not leaking_files([base])
    assert not open_files([base])
