"""The inside of a worker: takes work from the bot, one after another, and answers in JSON.

What the bot sends is pickled, for the bot is trusted here; what goes back is not, for a file may have taken over.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from typing import IO, Any

from bot.desk.opener import judge, wire
from bot.desk.opener.confinement import confine

LENGTH = struct.Struct(">Q")
DONE, UNFORESEEN, OUT_OF_MEMORY, READY = b"d", b"u", b"m", b"r"


def main(memory: int) -> None:
    """Read from descriptor 0 and answer on descriptor 1 until the bot closes its end."""
    requests, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints writes nowhere, and into no answer
    judge.public_roots()  # read once, while files can be read
    _send(answers, READY, wire.dumps(confine(memory)))
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        work, args = pickle.loads(requests.read(LENGTH.unpack(head)[0]))  # noqa: S301  from the bot itself
        _send(answers, *_outcome(work, args))


def _outcome(work: Any, args: tuple[Any, ...]) -> tuple[bytes, bytes]:
    """An exception's text, notes and frames stay in this process, since they may hold what was read.

    A panic of the parser and an exit are no ``Exception``.
    """
    try:
        return DONE, wire.dumps(work(*args))
    except MemoryError:
        return OUT_OF_MEMORY, b""
    except BaseException as error:
        return UNFORESEEN, type(error).__name__.encode("ascii", "replace")


def _send(answers: IO[bytes], kind: bytes, body: bytes) -> None:
    answers.write(kind + LENGTH.pack(len(body)) + body)
    answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
