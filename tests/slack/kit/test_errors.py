"""A sentence for each error of the desk."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.desk.base import errors
from bot.slack.deposit.errors import of_file
from bot.slack.kit.errors import PLAIN, sentence
from store.requests.requests import State


def _every_error() -> list[errors.DeskError]:
    made = []
    for kind in vars(errors).values():
        if inspect.isclass(kind) and issubclass(kind, errors.DeskError) and kind is not errors.DeskError:
            needed = list(inspect.signature(kind.__init__).parameters.values())[1:]
            given_ = {one.name: _sample(one.name) for one in needed if one.kind is one.POSITIONAL_OR_KEYWORD}
            field, values = _CHOICES.get(kind, ("", [None]))
            made += [kind(**{**given_, **({field: one} if field else {})}) for one in values]
    return made


# Fields that take one of a few values: an error with each of them.
_CHOICES: dict[type, tuple[str, Sequence[object]]] = {
    errors.AwaitsApproval: ("timezone", ["Europe/Berlin"]),
    errors.NoLongerGood: ("problems", [("<!here>",), ()]),
    errors.RequestEnded: ("state", [one for one in State if one is not State.WAITING]),
    errors.BadSetting: ("flaw", list(errors.Flaw)),
    errors.BadFreeze: ("flaw", list(errors.FreezeFlaw)),
    errors.NotOurs: ("why", list(errors.Outside)),
}


def _sample(name: str) -> object:
    known = {
        "count": 2,
        "choices": ("<!here>", "b"),
        "since": datetime(2026, 11, 27, tzinfo=UTC),
        "until": datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
        # A platform's own, from its declaration.
        "sentence": "Give an address.",
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
