"""What runs beside an app is small: no database driver, and nothing of Slack."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "aiosqlite", "asyncpg", "alembic", "slack_sdk", "slack_bolt", "store"}


@pytest.mark.parametrize("module", ["bot.cli.main", "bot.cli.delivery.execution", "bot.cli.delivery.syncing"])
def test_nothing_heavy_is_loaded(module: str) -> None:
    """Importing the commands that run beside an app loads neither drivers nor the SDK."""
    show = f"import sys, {module}; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY & set(loaded) == set()
