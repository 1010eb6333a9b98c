"""Untrusted text on its way into Slack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.kit import escape
from tests.slack import facts


@given(st.text(), st.integers(1, 300))
def test_what_is_visible_is_one_short_line(text: str, limit: int) -> None:
    """No control, format or line character survives, and the limit holds."""
    shown = escape.visible(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


@given(facts.texts)
def test_code_spans_stay_closed(text: str) -> None:
    """Exactly two backticks, nothing that begins a mention, never empty."""
    span = escape.code(text)
    assert span.count("`") == 2
    assert "<" not in span
    assert len(span) > 2


def test_a_hostile_name_shows_as_it_is() -> None:
    """Unescaped by Slack, it reads as it was written."""
    assert escape.code("<!channel> *x* &amp;") == "`&lt;!channel&gt; *x* &amp;amp;`"
    assert escape.distinguished(r"CN=\<!channel\> *x* &amp\;,O=a\,b") == r"`CN=&lt;!channel&gt; *x* &amp;amp;,O=a\,b`"
    assert escape.distinguished(r"CN=a\\<b") == r"`CN=a\\&lt;b`"


@pytest.mark.parametrize("id_", ["<!channel>", "u0alice", "", "U0 X"])
def test_only_real_ids_become_mentions(id_: str) -> None:
    """Anything else is text."""
    assert "<" not in escape.member(id_)
    assert "<" not in escape.channel(id_)


def test_links_go_to_web_addresses_only() -> None:
    """What could end the markup is left out."""
    assert escape.link("https://x.example/a?b&c", "here") == "<https://x.example/a?b&amp;c|here>"
    assert escape.link("https://x.example/|evil>", "here") == "here"
    assert escape.link("javascript:alert(1)", "here") == "here"
