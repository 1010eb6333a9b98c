"""Judging files against everything that is known here; runs inside a worker process.

The public roots are read once in each worker, so that they need not come along with every file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import certifi
from pydantic import SecretStr

from bot.certificates import (
    Anchors,
    Context,
    Report,
    Use,
    anchors,
    inspect_authorities,
    inspect_client,
    pem_certificates,
    survey,
)


@cache
def public_roots() -> Anchors:
    """Return the roots that browsers and operating systems trust, from certifi."""
    return anchors(pem_certificates(certifi.contents().encode()))


def judge_client(
    files: Sequence[bytes], password: SecretStr | None, context: Context, authorities: Sequence[bytes] = ()
) -> Report:
    """Judge a client certificate; ``authorities`` (DER) are those that its environment trusts."""
    roots = replace(context, public_roots=public_roots(), environment_roots=anchors(authorities))
    return inspect_client(files, password, roots)


def judge_file(data: bytes, password: SecretStr | None, context: Context, authorities: Sequence[bytes] = ()) -> Report:
    """Judge a file by what it is: CA certificates alone as authorities, everything else as a client certificate."""
    if len(data) <= context.max_bytes and survey(data, context).use is Use.AUTHORITY:
        return inspect_authorities([data], context)
    return judge_client([data], password, context, authorities)


def judge_authorities(files: Sequence[bytes], context: Context) -> Report:
    """Judge authorities."""
    return inspect_authorities(files, context)
