"""Collecting everything that is wrong with a structure, each with where it is, as Slack reports it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

_TEXT_FIELDS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}


class Complaints:
    """What is wrong so far. Every check takes any JSON: what has the wrong type is a complaint, never an error."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def say(self, where: str, what: str) -> None:
        """Note a complaint about the thing at the JSON pointer ``where``."""
        self.wrong.append(f"{what} [json-pointer:{where}]")

    def object(self, thing: Any, where: str) -> Json | None:
        """``thing`` where it is an object; else a complaint and nothing."""
        if isinstance(thing, dict):
            return thing
        self.say(where, "must be an object")
        return None

    def array(self, thing: Json, name: str, where: str, fewest: int, most: int) -> list[Any]:
        """The list under ``name``, its length checked; an empty one where there is none."""
        items = thing.get(name)
        if not isinstance(items, list):
            self.say(f"{where}/{name}", "missing required field" if items is None else "must be an array")
            return []
        if len(items) < fewest:
            self.say(f"{where}/{name}", f"no less than {fewest} items required")
        if len(items) > most:
            self.say(f"{where}/{name}", f"no more than {most} items allowed")
        return items

    def fields(self, thing: Json, allowed: Iterable[str], where: str) -> None:
        """Fields that Slack does not know are refused."""
        for name in sorted(set(thing) - set(allowed)):
            self.say(where, f"no more than allowed fields: additional property {name}")

    def string(self, thing: Json, name: str, where: str, longest: int, *, fewest: int = 0) -> None:
        """An optional text of bounded length (characters)."""
        if name not in thing:
            return
        value = thing[name]
        if not isinstance(value, str):
            self.say(f"{where}/{name}", "must be a string")
        elif len(value) > longest:
            self.say(f"{where}/{name}", f"must be less than {longest + 1} characters")
        elif len(value) < fewest:
            self.say(f"{where}/{name}", f"must be more than {fewest - 1} characters")

    def number(self, thing: Json, name: str, where: str, least: int, most: int) -> int | None:
        """An optional whole number within bounds."""
        value = thing.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.say(f"{where}/{name}", f"must be a number from {least} to {most}")
            return None
        return value

    def flag(self, thing: Json, name: str, where: str) -> None:
        """An optional true or false."""
        if not isinstance(thing.get(name, False), bool):
            self.say(f"{where}/{name}", "must be a boolean")

    def text(self, thing: Any, where: str, longest: int, kinds: Iterable[str] = ("plain_text", "mrkdwn")) -> None:
        """A text object of one of ``kinds``, 1 to ``longest`` characters."""
        kind = thing.get("type") if isinstance(thing, dict) else None
        if not isinstance(kind, str) or kind not in set(kinds):
            self.say(where, f"must be a text object of type {' or '.join(kinds)}")
            return
        self.fields(thing, _TEXT_FIELDS[kind], where)
        if "text" not in thing:
            self.say(where, "missing required field: text")
        self.string(thing, "text", where, longest, fewest=1)

    def plain(self, thing: Json, name: str, where: str, longest: int) -> None:
        """An optional ``plain_text`` object under ``name``."""
        if name in thing:
            self.text(thing[name], f"{where}/{name}", longest, ["plain_text"])
