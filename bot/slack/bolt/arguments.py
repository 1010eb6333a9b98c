"""What follows a command's words, as a value: readers that several commands share. Pure; knows no environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class Quoted(str):
    """A word, or several, that stood in quotation marks, which are left out here."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was given to a command; what it does not take stays empty."""

    label: str = ""
    path: str = ""
    timezone: str = ""
    rest: tuple[str, ...] = ()


# From the words after a command's own; None where they do not fit it.
Read = Callable[[list[str]], Arguments | None]


def nothing(words: list[str]) -> Arguments | None:
    """Read no argument."""
    return None if words else Arguments()


def anything(_words: list[str]) -> Arguments:
    """Accept and ignore whatever follows."""
    return Arguments()


def environment(words: list[str]) -> Arguments | None:
    """Read one environment."""
    return Arguments(path=words[0]) if len(words) == 1 else None


def maybe_environment(words: list[str]) -> Arguments | None:
    """Read one environment, or none."""
    return environment(words) if words else Arguments()


def environment_and_zone(words: list[str]) -> Arguments | None:
    """Read an environment and a time zone."""
    return Arguments(path=words[0], timezone=words[1]) if len(words) == 2 else None


def maybe_environment_and_zone(words: list[str]) -> Arguments | None:
    """Read an environment and a time zone, an environment alone, or nothing."""
    return environment_and_zone(words) or maybe_environment(words)


def label(words: list[str]) -> Arguments | None:
    """Read a label, and the environment where one follows."""
    # An authority's name may hold spaces; only the last word can be an environment.
    *name, last = words or [""]
    if name and "/" in last:
        return Arguments(label=" ".join(name), path=last)
    return Arguments(label=" ".join(words)) if words else None


def label_and_more(words: list[str]) -> Arguments | None:
    """Read a label without spaces, what follows it, and the environment where one comes last.

    What has a colon or a dot in it is a pin, such as a URL, and no environment. So is what begins with a slash, and
    what stood in quotation marks.
    """
    last = words[-1] if len(words) > 1 else ""
    is_pin = last.startswith("/") or isinstance(last, Quoted) or bool(set(last) & set(":."))
    path = last if "/" in last and not is_pin else ""
    first, *more = words[:-1] if path else words or [""]
    return Arguments(label=first, path=path, rest=tuple(more)) if first else None
