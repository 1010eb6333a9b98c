"""Results of a worker as JSON: whatever a report holds comes back as it was, and nothing else comes back at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.certificates import Context, Report, Survey, inspect_client, survey
from bot.desk.opener import wire
from tests import making
from tests.today import NOW

CONTEXT = Context(now=NOW)


def report() -> Report:
    """A report with everything in it."""
    leaf, intermediate, root = making.make_chain("a.example")
    made = inspect_client([making.pfx(leaf, [intermediate, root])], SecretStr(making.PASSWORD), CONTEXT)
    assert made.client is not None
    assert made.container is not None
    return replace(made, authorities=made.client.chain)


def test_a_report_comes_back_as_it_was() -> None:
    """Its key included, which is a secret on both sides."""
    made = report()
    back = wire.loads(Report, wire.dumps(made))
    assert back == made
    assert back.client is not None
    assert made.client is not None
    assert back.client.key.get_secret_value() == made.client.key.get_secret_value()


@given(text=st.text(), serial=st.integers(min_value=0, max_value=2**20000))
def test_texts_and_numbers_of_any_length_come_back(text: str, serial: int) -> None:
    """Also half a surrogate pair, and a number that Python would not read in decimal."""
    (certificate,) = report().shown[:1]
    odd = replace(certificate, subject=text + "\ud800", serial=serial, not_after=datetime.max.replace(tzinfo=UTC))
    assert wire.loads(type(odd), wire.dumps(odd)) == odd


@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """A worker that a file took over may answer anything."""
    try:
        wire.loads(Report, data)
    except wire.NotThat as error:
        assert str(error) in {"", "not what a worker returns"}


@pytest.mark.parametrize("change", [lambda one: one[:-1], lambda one: [*one, 1], lambda one: {"a": 1}, lambda _: None])
def test_another_shape_is_refused(change: object) -> None:
    """A field too few or too many is none of ours."""
    made = json.loads(wire.dumps(survey(b"text", CONTEXT)))
    with pytest.raises(wire.NotThat):
        wire.loads(Survey, json.dumps(change(made)).encode())  # type: ignore[operator]  # one of the lambdas above
    with pytest.raises(wire.NotThat):
        wire.loads(Survey, b"[" * 100_000)
