"""The moment at which tests begin, whatever day it is.

Every Python process of a run, those that tests start included, has the machine's clock shifted by the same span: the
run begins at :data:`NOW`, and time passes as it does outside. ``CERTDESK_TESTS_NOW`` sets another moment (RFC 3339 with
an offset). Other programs (openssl, keytool, Chromium, PostgreSQL) keep the machine's clock.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

_WEDNESDAY = "2026-11-25T10:00:00+01:00"
_SHIFT = "TESTS_CLOCK_SHIFT"
# Holds a sitecustomize.py, which Python runs at each start.
_CLOCK = Path(__file__).parent / "clock"


def _begins() -> datetime:
    given = os.environ.get("CERTDESK_TESTS_NOW") or _WEDNESDAY
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SystemExit(f"CERTDESK_TESTS_NOW is {given!r}: write it like {_WEDNESDAY}, with an offset.")
    return moment.astimezone(UTC)


NOW = _begins()
"""When the run begins: aware, in UTC."""


def valid_for_a_year() -> tuple[str, str, str, str]:
    """The options with which ``keytool`` makes a certificate that is valid when the run begins."""
    return "-startdate", f"{NOW - timedelta(days=2):%Y/%m/%d %H:%M:%S}", "-validity", "365"


def begin() -> None:
    """Shift this process's clock, and that of every Python process that it starts."""
    if _SHIFT not in os.environ:
        os.environ[_SHIFT] = str(NOW.timestamp() - time.time())
        paths = [str(_CLOCK), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    if not time_machine.escape_hatch.is_travelling():
        time_machine.travel(time.time() + float(os.environ[_SHIFT]), tick=True).start()
