"""A long run over damaged files; the same seed gives the same files.

python -m tests.fuzz [--files 100000] [--seed 1] [--seconds 2]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.fuzz.trying import Tried, try_many

_TELL_EVERY = 10_000


def main() -> int:
    """Print what came of it; exit status 1 where any answer was missing, late or unforeseen."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    started = time.monotonic()

    def told(so_far: Tried) -> None:
        if so_far.files % _TELL_EVERY == 0:
            print(f"{so_far.files:,} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)

    seed, seconds = options.seed, options.seconds
    tried = asyncio.run(try_many(seed, range(options.files), seconds=seconds, told=told))
    took = time.monotonic() - started
    print(f"{tried.files:,} files of seed {seed} in {took:.0f} s, with a budget of {seconds} s each")
    print(f"slowest {tried.slowest:.2f} s, workers killed {tried.kills}")
    for code, count in tried.codes.most_common():
        print(f"    {code:<28}{count:>8}")
    print("\n".join(tried.bad) or "every one answered, in time")
    return 1 if tried.bad else 0


if __name__ == "__main__":
    sys.exit(main())
