"""Results of a worker as JSON: what comes back is parsed into the types that are expected, and can run nothing.

A frozen dataclass is the list of its fields, bytes are base64, times ISO 8601, an integer is hexadecimal (a decimal one
of hostile length could not be read), a mapping is a list of pairs.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import SecretBytes

T = TypeVar("T")


class NotThat(ValueError):
    """The bytes are not a value of the type that was expected; nothing of them is in the text."""


def dumps(value: object) -> bytes:
    """Return a value as JSON, in ASCII."""
    return json.dumps(_encoded(value), separators=(",", ":")).encode()


def loads(kind: type[T], data: bytes) -> T:
    """Return the value of that type. Raises :class:`NotThat` for everything else."""
    try:
        found: T = _decoded(kind, json.loads(data))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise NotThat("not what a worker returns") from None
    return found


def _encoded(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | str):
        return value
    written = next((write for kind, write in _WRITTEN.items() if isinstance(value, kind)), None)
    if written is not None:
        return written(value)
    if is_dataclass(value):
        return [_encoded(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return [[_encoded(key), _encoded(one)] for key, one in value.items()]
    return [_encoded(one) for one in value]


_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    int: lambda value: format(value, "x"),
    bytes: lambda value: b64encode(value).decode(),
    SecretBytes: lambda value: b64encode(value.get_secret_value()).decode(),
    datetime: datetime.isoformat,
}


def _decoded(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin is UnionType:
        return None if value is None else _decoded(next(one for one in get_args(kind) if one is not NoneType), value)
    if origin is tuple:
        return tuple(_decoded(get_args(kind)[0], one) for one in _list(value))
    if origin is not None and issubclass(origin, Mapping):
        keys, values = get_args(kind)
        return {_decoded(keys, key): _decoded(values, one) for key, one in map(_list, _list(value))}
    if is_dataclass(kind):
        made: Any = kind
        hints, given = _hints(made), _list(value)
        if len(given) != len(hints):
            raise NotThat
        return made(*(_decoded(hint, one) for hint, one in zip(hints, given, strict=True)))
    if issubclass(kind, Enum):
        return kind(_text(value))
    return _PLAIN[kind](value)


@cache
def _hints(kind: Any) -> tuple[Any, ...]:
    hints = get_type_hints(kind)
    return tuple(hints[field.name] for field in fields(kind))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise NotThat
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotThat
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotThat
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise NotThat
    return moment


_PLAIN: Mapping[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _truth,
    int: lambda value: int(_text(value), 16),
    bytes: lambda value: b64decode(_text(value), validate=True),
    SecretBytes: lambda value: SecretBytes(b64decode(_text(value), validate=True)),
    datetime: _moment,
}
