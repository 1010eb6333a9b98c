"""Containers that other tools made: every verdict true, and everything packed opens. ``-m tests.verdicts`` does all."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from pydantic import SecretStr

from bot.certificates import Context, Runtime, generate_password, inspect_client, pack
from tests import making
from tests.required import tool
from tests.today import NOW
from tests.verdicts import corpus, packed, truth
from tests.verdicts.samples import WRONG, Sample
from tests.verdicts.truthful import is_true, judged

SHA_256, AES_256_CBC = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.1.42"
PBKDF2, HMAC_SHA_256 = "1.2.840.113549.1.5.12", "1.2.840.113549.2.9"
MODERN = {SHA_256, AES_256_CBC, PBKDF2, HMAC_SHA_256}
EVERY = 12
Source = Callable[[], Iterator[Sample]]


@cache
def made_by(source: Source) -> tuple[Sample, ...]:
    """Once for all tests here: a tool takes as long to make its containers as we take to read them."""
    return tuple(source())


def passwords(
    samples: tuple[Sample, ...], wrong: tuple[str | None, ...], seldom: int
) -> Iterator[tuple[Sample, str | None]]:
    """Each with what is right for it; the wrong ones and none for one in ``seldom``, chosen evenly."""
    for number, sample in enumerate(samples):
        right = (sample.password,) if sample.mac_password is None else (sample.password, sample.mac_password)
        tried = (*right, None, *wrong) if number % seldom == 0 else right
        yield from ((sample, password) for password in dict.fromkeys(tried))


@pytest.mark.parametrize(
    ("source", "needs", "wrong", "seldom"),
    [
        pytest.param(corpus.by_openssl, "openssl", WRONG[:3], 1, id="openssl"),
        pytest.param(corpus.by_nss, "pk12util", WRONG[:1], 3, id="pk12util"),
        pytest.param(corpus.by_keytool, "keytool", WRONG, 1, id="keytool", marks=pytest.mark.java),
        pytest.param(corpus.by_the_library, None, WRONG[:1], 3, id="vectors"),
    ],
)
def test_every_verdict_is_true(source: Source, needs: str | None, wrong: tuple[str, ...], seldom: int) -> None:
    """A right password is never called wrong and a wrong one never right; what stays closed is named."""
    if needs is not None:
        tool(needs)
    samples = made_by(source)
    false = [
        f"{sample.title}, password {password!r}: {', '.join(one.code for one in report.findings)}"
        for sample, password in passwords(samples, wrong, seldom)
        if not is_true(sample, password, report := judged(sample, password))
    ]
    assert len(samples) > 10
    assert false == []


@pytest.mark.java
def test_opens_in_is_what_the_tools_do() -> None:
    """What is said of OpenSSL and Java holds when they are asked; a sample of the corpus, chosen evenly."""
    tool("openssl"), tool("keytool"), tool("pk12util")
    everything = itertools.chain(*map(made_by, (corpus.by_openssl, corpus.by_nss, corpus.by_keytool)))
    wrong = []
    for sample in itertools.islice(everything, 0, None, EVERY):
        container = judged(sample, sample.password).container
        if container is None or container.opens_in is None:
            continue
        truly = truth.opens_in(sample.data, sample.password)
        wrong += [f"{sample.title}: {reader}" for reader in truly if container.opens_in[reader] is not truly[reader]]
    assert wrong == []


@pytest.mark.java
@pytest.mark.parametrize("runtime", list(Runtime))
def test_what_is_packed_opens_in_the_tools(runtime: Runtime) -> None:
    """Key, leaf and chain of each kind of key are taken over by openssl and keytool, as the runtime promises."""
    tool("openssl"), tool("keytool")
    clients = [judged(sample, sample.password).client for sample in made_by(corpus.by_keytool)]
    found = [client for client in clients if client is not None]
    kinds = {client.leaf.key: client for client in found}
    assert len(kinds) >= 3
    for client in kinds.values():
        if runtime is Runtime.JAVA_LEGACY and client.leaf.key.startswith("Ed"):
            continue  # refused by name: tests/certificates/test_packing.py
        assert packed.opens(client, runtime), client.leaf.key


@pytest.mark.parametrize(
    ("runtime", "algorithms"),
    [
        (Runtime.JAVA, MODERN),
        (Runtime.OPENSSL, MODERN),
        (Runtime.JAVA_LEGACY, {packed.TRIPLE_DES, packed.SHA_1}),
    ],
)
def test_profiles_are_in_the_bytes(runtime: Runtime, algorithms: set[str]) -> None:
    """The algorithms of MAC, certificates and key are the runtime's, and no others."""
    leaf, intermediate, _ = making.make_chain()
    container = making.pfx(leaf, [intermediate])
    client = inspect_client([container], SecretStr(making.PASSWORD), Context(NOW)).client
    assert client is not None
    assert packed.algorithms(pack(client, generate_password(), runtime=runtime)) == algorithms
