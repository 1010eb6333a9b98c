"""Tools that some tests need: without them a test is skipped, or fails where nothing may be skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest


def tool(name: str) -> str:
    """The path of a program; skips the test without it, or fails it under CERTDESK_TESTS_REQUIRE_ALL."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    assert found is not None
    return found


def missing(reason: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CERTDESK_TESTS_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def output_of(command: Sequence[str], given: bytes = b"") -> bytes:
    """What a program prints for ``given`` on its standard input; fails the test where it fails."""
    run = subprocess.run(command, input=given, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode("utf-8", "replace")
    return run.stdout
