"""Configure structured logs: readable lines on a terminal, JSON lines everywhere else."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

# Held at these levels whatever the operator asks for: at DEBUG Slack's clients print whole payloads (a password
# typed into a modal among them), and database drivers print every parameter. Bolt gives its loggers the root's level
# when they are made, so levels alone do not hold: the handler lets nothing of theirs through below these.
HELD = {
    # At INFO it tells of each retry; how often Slack is called again is in the metrics.
    "slack_sdk": logging.WARNING,
    "slack_bolt": logging.ERROR,
    "aiosqlite": logging.INFO,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.INFO,
    "aiohttp.access": logging.WARNING,
}


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log record, ours and the libraries', through one formatter to ``stream`` (standard error)."""
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(_is_let_through)
    handler.setFormatter(_formatter(shared, terminal=out.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    hold_down()


# Python before 3.13 (gh-87744): asyncio polls a process before it kills it. If the process has just died, asyncio's own
# watcher then finds nothing and logs that; the worker pool knows and reports that a worker died.
_FALSE_ALARM = "Unknown child process pid"


def _is_let_through(record: logging.LogRecord) -> bool:
    if record.name == "asyncio" and str(record.msg).startswith(_FALSE_ALARM):
        return False
    return all(
        record.levelno >= level
        for name, level in HELD.items()
        if record.name == name or record.name.startswith(name + ".")
    )


def hold_down() -> None:
    """Keep the loggers that print payloads or parameters above DEBUG, whatever level their parents have."""
    for name, level in HELD.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(_kind_alone)


def _kind_alone(record: logging.LogRecord) -> bool:
    """Log only the exception's type: its text repeats the offending header, which may hold a token."""
    if record.exc_info and record.exc_info[0]:
        record.msg = f"{record.getMessage()} ({record.exc_info[0].__name__})"
        record.args, record.exc_info, record.exc_text = (), None, None
    return True


def _formatter(shared: list[structlog.typing.Processor], *, terminal: bool) -> structlog.stdlib.ProcessorFormatter:
    last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if terminal:
        # Plain tracebacks: rich ones print local variables, and a local may be a password.
        last.append(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
    else:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
