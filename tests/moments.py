"""Moments at which software that counts days goes wrong: CI begins a second run of the tests at one of them.

``python -m tests.moments`` prints the one for the commit that is checked out; ``--all`` prints every one with its name.
"""

from __future__ import annotations

import subprocess
import sys

MOMENTS = {
    "a Friday evening": "2026-11-27T17:55:00+01:00",
    "a Saturday": "2026-11-28T11:00:00+01:00",
    "a Sunday at 23:30": "2026-11-29T23:30:00+01:00",
    "the last day of a month": "2026-11-30T09:30:00+01:00",
    "New Year's Eve": "2026-12-31T22:00:00+01:00",
    "New Year's Day": "2027-01-01T00:30:00+01:00",
    "clocks go forward in America": "2027-03-14T01:50:00-05:00",
    "clocks go forward in Europe": "2027-03-28T01:50:00+01:00",
    "clocks go back in Europe": "2027-10-31T02:50:00+02:00",
    "clocks go back in America": "2027-11-07T01:50:00-04:00",
    "29 February": "2028-02-29T12:00:00+01:00",
    "the evening before a working week": "2028-03-05T18:00:00+01:00",
}


def of_commit(commit: str) -> str:
    """The moment for a commit, by its hash: another for the next one, and the same whoever asks."""
    moments = list(MOMENTS.values())
    return moments[int(commit[:8], 16) % len(moments)]


def main(arguments: list[str]) -> None:
    if arguments == ["--all"]:
        for name, moment in MOMENTS.items():
            print(f"{moment}  {name}")
        return
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    print(of_commit(head.stdout))


if __name__ == "__main__":
    main(sys.argv[1:])
