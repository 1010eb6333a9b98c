"""Bundles for the tests of their forms: real certificates, any labels, pins and passwords."""

from __future__ import annotations

import string
from functools import cache

from hypothesis import strategies as st
from pydantic import SecretBytes, SecretStr

from bot.certificates import generate_password
from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient
from bot.certificates.formats import x509_reader
from bot.certificates.packing import pack_der
from tests import making


@cache
def chain(name: str) -> tuple[bytes, tuple[bytes, ...], bytes]:
    """A key (PKCS #8), leaf and intermediate, and the root; DER."""
    leaf, intermediate, root = making.make_chain(name)
    return leaf.key_der, (leaf.der, intermediate.der), root.der


@cache
def packed(name: str, password: str) -> bytes:
    key, certificates, _ = chain(name)
    return pack_der(SecretBytes(key), certificates, SecretStr(password))


def client(
    label: str = "bank",
    *,
    pins: tuple[str, ...] = (),
    version: int = 1,
    name: str = "bank.example",
    password: str | None = None,
) -> DeliveredClient:
    """A client certificate, which is really packed."""
    key, (leaf, *rest), _ = chain(name)
    secret = password or generate_password().get_secret_value()
    facts = x509_reader.facts(x509_reader.parse(leaf))
    return DeliveredClient(
        label=label,
        version=version,
        pins=pins,
        sha256=facts.sha256,
        effective_end=facts.not_after,
        leaf=leaf,
        chain=tuple(rest),
        key=SecretBytes(key),
        container=packed(name, secret),
        password=SecretStr(secret),
    )


def authority(name: str = "bank.example") -> DeliveredAuthority:
    """The root of that name's chain."""
    der = chain(name)[2]
    facts = x509_reader.facts(x509_reader.parse(der))
    return DeliveredAuthority(facts.name, facts.sha256, facts.not_after, der)


def bundle(*clients: DeliveredClient, authorities: tuple[DeliveredAuthority, ...] = ()) -> Bundle:
    return Bundle("orders", "production", 7, clients, authorities)


# What nobody types, but a database may hold: every character that some reader treats in a way of its own.
LABELS = st.text(st.sampled_from("aB-._0ß\u0130日\N{COMBINING ACUTE ACCENT}"), min_size=1, max_size=64)
PINS = st.lists(
    st.one_of(
        st.sampled_from(["bank.example", "Module.Service", "Bank prod", "/bla/bla"]),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
    ),
    max_size=4,
    unique=True,
).map(tuple)
PASSWORDS = st.text(st.sampled_from(string.ascii_letters + string.digits), min_size=1, max_size=40)


@st.composite
def bundles(draw: st.DrawFn, most: int = 4) -> Bundle:
    """Any bundle of up to ``most`` client certificates, whose pins and labels are each there once."""
    labels = draw(st.lists(LABELS, max_size=most, unique=True))
    taken: set[str] = set()
    clients = []
    for label in labels:
        pins = tuple(pin for pin in draw(PINS) if pin not in taken)
        taken |= set(pins)
        name = draw(st.sampled_from(["bank.example", "shop.example"]))
        clients.append(client(label, pins=pins, name=name, password=draw(st.sampled_from(_SOME))))
    roots = draw(st.lists(st.sampled_from(["bank.example", "shop.example"]), max_size=2, unique=True))
    return bundle(*clients, authorities=tuple(map(authority, roots)))


# Packing takes its time; a few passwords are packed once each.
_SOME = ["x", "0" * 40, "Zz9" * 8]
