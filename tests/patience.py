"""Certdesk and Bolt that wait longer for what a submitted form does, for tests on a machine that is busy."""

from __future__ import annotations

import pytest
from slack_bolt.listener.async_listener import AsyncCustomListener

from bot.slack.bolt import call

# Slack in such a test waits longer than both.
PATIENCE_SECONDS = 30.0
_BOLT_SECONDS = 28.0
_ACK_SECONDS = 25.0


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that takes long to answer is not answered with "checking", nor given up by Bolt after its 3 s."""
    monkeypatch.setattr(call, "ACK_SECONDS", _ACK_SECONDS)
    waits = property(lambda _: _BOLT_SECONDS, lambda *_: None)
    monkeypatch.setattr(AsyncCustomListener, "ack_timeout", waits, raising=False)
