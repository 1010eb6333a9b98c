"""The whole table: every container, right and wrong passwords, what other tools open, and what we pack.

    python -m tests.verdicts [--pairs]

Takes half an hour on two cores, mostly Java's; ``--pairs`` adds each cipher with each.
Exit status 1 where anything is false.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.certificates import Report, Runtime
from tests.verdicts import corpus, packed, truth
from tests.verdicts.samples import WRONG, Sample
from tests.verdicts.truthful import closed_by, is_true, judged

Made = Callable[[], Iterator[Sample]]


@dataclass
class Outcome:
    """What came of one container."""

    sample: Sample
    verdicts: Counter[str] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)
    agreed: Counter[bool] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    packed: Counter[tuple[str, bool]] = field(default_factory=Counter)


def verdicts(sample: Sample) -> tuple[Outcome, Report]:
    """Our verdicts on it under every password, and the report under the right one."""
    outcome = Outcome(sample)
    right = judged(sample, sample.password)
    for password in dict.fromkeys((sample.password, sample.mac_password, *WRONG)):
        report = right if password == sample.password else judged(sample, password)
        reason = closed_by(report)
        told = "right" if (password or "") == (sample.password or "") else "wrong"
        outcome.verdicts[f"{told}: {reason.value if reason else 'opened'}"] += 1
        if not is_true(sample, password, report):
            outcome.false.append(
                f"{sample.title}, password {password!r}: {[one.code.value for one in report.findings]}"
            )
    return outcome, right


def compare(outcome: Outcome, right: Report) -> Outcome:
    """Ask the tools themselves about the container as it came, and about what we pack of it."""
    sample = outcome.sample
    if right.container is not None and right.container.opens_in is not None:
        for reader, truly in truth.opens_in(sample.data, sample.password).items():
            agree = right.container.opens_in[reader] is truly
            outcome.agreed[agree] += 1
            if not agree:
                outcome.disagreements.append(f"{sample.title}: {reader.value} says {truly}")
    if right.client is not None:
        for runtime in Runtime:
            if runtime is Runtime.JAVA_LEGACY and right.client.leaf.key.startswith("Ed"):
                continue  # Java has these keys since 15: refused by name, tests/certificates/test_packing.py
            outcome.packed[runtime.value, packed.opens(right.client, runtime)] += 1
    return outcome


def _row(name: str, outcomes: list[Outcome]) -> None:
    counted: Counter[str] = Counter()
    for one in outcomes:
        counted += one.verdicts
    print(f"\n{name}: {len(outcomes)} containers")
    for verdict, count in sorted(counted.items()):
        print(f"    {verdict:<32}{count:>6}")
    print(f"    {'false':<32}{sum(len(one.false) for one in outcomes):>6}", flush=True)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.verdicts")
    parser.add_argument("--pairs", action="store_true")
    sources: dict[str, Made] = {
        "openssl": corpus.by_openssl,
        "NSS pk12util": corpus.by_nss,
        "keytool": corpus.by_keytool,
        "cryptography_vectors": corpus.by_the_library,
    }
    if parser.parse_args().pairs:
        sources["openssl, each cipher with each"] = corpus.by_pairs
    everything: list[Outcome] = []
    with ProcessPoolExecutor() as processes, ThreadPoolExecutor(4) as threads:
        for name, made in sources.items():
            found = list(processes.map(verdicts, made(), chunksize=4))
            compared = list(threads.map(lambda one: compare(*one), found))
            everything += compared
            _row(name, compared)
    return _summary(everything)


def _summary(outcomes: list[Outcome]) -> int:
    agreed: Counter[bool] = Counter()
    opened: Counter[tuple[str, bool]] = Counter()
    for one in outcomes:
        agreed += one.agreed
        opened += one.packed
    print(f"\nopens_in: {agreed[True]} of {agreed.total()} as openssl and keytool themselves say")
    for runtime in Runtime:
        yes, no = opened[runtime.value, True], opened[runtime.value, False]
        print(f"packed for {runtime.value}: {yes} of {yes + no} open there")
    wrong = [line for one in outcomes for line in (*one.false, *one.disagreements)]
    print("\n".join(["", *wrong]))
    return 1 if wrong or any(not good for _, good in opened) else 0


if __name__ == "__main__":
    sys.exit(main())
