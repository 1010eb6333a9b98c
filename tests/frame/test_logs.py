"""Logs: JSON when nobody watches, and never a payload."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs


@pytest.fixture(autouse=True)
def _put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], level = before
    root.setLevel(level)


def test_a_retry_is_no_line() -> None:
    """slack_sdk's line for each retry is left out; its warnings are kept."""
    out = io.StringIO()
    logs.configure("INFO", out)
    logger = logging.getLogger("slack_sdk.web.async_base_client")
    logger.info("A retry handler found: X for POST https://slack.com/api/auth.test")
    logger.warning("kept")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["kept"]


def test_a_reaped_child_is_no_line() -> None:
    """Asyncio's false alarm about a process that was killed as it died is left out; its other warnings are kept."""
    out = io.StringIO()
    logs.configure("INFO", out)
    logger = logging.getLogger("asyncio")
    logger.warning("Unknown child process pid %d, will report returncode 255", 7)
    logger.warning("kept")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["kept"]


def test_lines_are_json_off_a_terminal() -> None:
    """Every line, ours and a library's, is one JSON object with the request's id."""
    out = io.StringIO()
    logs.configure("INFO", out)
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("bot.x").info("stored", version="v1")
        logging.getLogger("some.library").warning("hello")
    ours, theirs = (json.loads(line) for line in out.getvalue().splitlines())
    assert (ours["event"], ours["version"], ours["request_id"]) == ("stored", "v1", "r1")
    assert (theirs["event"], theirs["request_id"]) == ("hello", "r1")


@pytest.mark.parametrize("name", ["slack_sdk.socket_mode.aiohttp", "slack_bolt.AsyncApp", "sqlalchemy.engine"])
def test_loggers_that_print_payloads_are_held_down(name: str) -> None:
    """Asking for DEBUG does not make Slack's clients or the database driver print what people typed."""
    out = io.StringIO()
    logs.configure("DEBUG", out)
    logger = logging.getLogger(name)
    before = logger.level
    # Bolt sets its loggers to the root's level when they are made.
    logger.setLevel(logging.DEBUG)
    logger.debug("payload: canary")
    logger.setLevel(before)
    assert "canary" not in out.getvalue()
