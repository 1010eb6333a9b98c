"""Escaping, times and sentences, each by itself."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.base import errors
from bot.slack.deposit.errors import of_file
from bot.slack.kit import escape, times
from bot.slack.kit.errors import PLAIN, sentence
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


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (59 * 24, "ends in 59 days"),
        (34, "ends tomorrow"),
        (12, "ends tomorrow"),
        (10, "ends today"),
        (-1, "ended earlier today"),
        (-14, "ended yesterday"),
        (-30 * 24, "ended 30 days ago"),
    ],
)
def test_how_far_an_end_is(hours: int, said: str) -> None:
    """In days of the calendar where the app is, wherever it is said: noon in UTC is one o'clock in Berlin."""
    assert times.ends(facts.NOW + timedelta(hours=hours), facts.NOW, "Europe/Berlin") == said


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/New_York"])
def test_what_never_ends_can_be_said(zone: str) -> None:
    """RFC 5280's last second, which is in the year 10000 east of Greenwich."""
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert times.ends(never, facts.NOW, zone).startswith("ends in 2912")


def test_times_fall_back_to_the_environments_zone() -> None:
    """For notifications, and clients that know no date tokens."""
    token = times.minute(datetime(2026, 7, 1, 7, 0, tzinfo=UTC), "Europe/Berlin")
    assert token == "<!date^1782889200^{date_short_pretty} at {time}|01 Jul 2026 09:00 CEST>"


def _every_error() -> list[errors.DeskError]:
    made = []
    for kind in vars(errors).values():
        if inspect.isclass(kind) and issubclass(kind, errors.DeskError) and kind is not errors.DeskError:
            needed = list(inspect.signature(kind.__init__).parameters.values())[1:]
            given_ = {one.name: _sample(one.name) for one in needed if one.kind is one.POSITIONAL_OR_KEYWORD}
            flaws = _FLAWS.get(kind, [None])
            made += [kind(**(given_ if flaw is None else {**given_, "flaw": flaw})) for flaw in flaws]
    return made


_FLAWS: dict[type, list[StrEnum]] = {errors.BadSetting: list(errors.Flaw), errors.BadFreeze: list(errors.FreezeFlaw)}


def _sample(name: str) -> object:
    known = {
        "count": 2,
        "choices": ("<!here>", "b"),
        "since": datetime(2026, 11, 27, tzinfo=UTC),
        "problems": (errors.NotAllowed(), errors.BadDay("<!here>")),
    }
    return known.get(name, "<!channel> `x` *y*")


@pytest.mark.parametrize("error", _every_error(), ids=lambda error: type(error).__name__)
def test_every_error_has_a_sentence(error: errors.DeskError) -> None:
    """One that is its own, ends as a sentence does, and mentions nobody."""
    general = sentence(errors.DeskError())
    marked, plain = sentence(error), sentence(error, PLAIN)
    assert general not in {marked, plain}
    assert marked.rstrip("`").endswith((".", "?"))
    assert "<!" not in marked.replace("&lt;!", "").replace("<!date^", "")
    assert len(plain) < 1000


@pytest.mark.parametrize("reason", ["gone", "foreign", "too_large", "login_page", "unreachable"])
def test_every_reason_of_a_file_has_a_sentence(reason: str) -> None:
    """Each its own."""
    others = {"gone", "foreign", "too_large", "login_page", "unreachable"} - {reason}
    assert of_file(reason) not in {of_file(other) for other in others}
