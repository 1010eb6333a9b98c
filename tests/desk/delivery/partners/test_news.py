"""What is new of a partner's server is told once, and again when it becomes worse."""

from __future__ import annotations

from datetime import datetime, timedelta

import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from bot.certificates.checks.server import Distrust, ServerTrust, server_trust
from bot.desk.delivery.partners.news import About, Known, compare, from_json, known_from, thresholds
from tests.today import NOW

HOST = "partner.example"
DAY = timedelta(days=1)
OLD, NEW = trustme.CA(organization_name="Old CA"), trustme.CA(organization_name="New CA")


def trust(
    issuer: trustme.CA = OLD, roots: tuple[trustme.CA, ...] = (OLD,), *, now: datetime = NOW, host: str = HOST
) -> ServerTrust:
    """What an environment that trusts ``roots`` makes of a certificate that ends 20 days from now."""
    leaf = issuer.issue_cert(HOST, not_before=NOW - 80 * DAY, not_after=NOW + 20 * DAY)
    chain = [load_pem_x509_certificate(one.bytes()).public_bytes(Encoding.DER) for one in leaf.cert_chain_pems]
    known = [load_pem_x509_certificate(one.cert_pem.bytes()).public_bytes(Encoding.DER) for one in roots]
    return server_trust(chain, host, environment=known, public=[], now=now)


TRUSTED, UNTRUSTED, CHANGED = trust(), trust(roots=()), trust(NEW, (OLD, NEW))


def test_a_server_that_is_as_it_should_be_is_no_news() -> None:
    """Trusted, not at its end, and under the same authority as before."""
    news, known = compare(HOST, {"a": TRUSTED}, Known(), NOW)
    assert not news
    assert compare(HOST, {"a": TRUSTED}, known, NOW + DAY) == ((), known)


def test_a_chain_that_is_not_trusted() -> None:
    """Told once, with the environments that do not trust it; and of another environment when it comes to that."""
    (news,), known = compare(HOST, {"a": TRUSTED, "b": UNTRUSTED}, Known(), NOW)
    assert (news.about, news.environments, news.why) == (About.UNTRUSTED, ("b",), Distrust.UNKNOWN_ISSUER)
    assert "Old CA" in news.issuer
    (later,), known = compare(HOST, {"a": UNTRUSTED, "b": UNTRUSTED}, known, NOW)
    assert later.environments == ("a",)
    assert compare(HOST, {"a": UNTRUSTED, "b": UNTRUSTED}, known, NOW)[0] == ()


def test_a_chain_that_was_trusted_in_between_is_told_again() -> None:
    """What was told is forgotten when it no longer holds."""
    _, known = compare(HOST, {"a": UNTRUSTED}, Known(), NOW)
    _, known = compare(HOST, {"a": TRUSTED}, known, NOW)
    assert len(compare(HOST, {"a": UNTRUSTED}, known, NOW)[0]) == 1


def test_another_authority() -> None:
    """The one before and the one now; at the first look there is none before."""
    assert compare(HOST, {"a": CHANGED}, Known(), NOW)[0] == ()
    _, known = compare(HOST, {"a": TRUSTED}, Known(), NOW)
    (news,), known = compare(HOST, {"a": CHANGED}, known, NOW)
    assert news.about is About.ISSUER
    assert ("Old CA" in news.before, "New CA" in news.issuer) == (True, True)
    assert compare(HOST, {"a": CHANGED}, known, NOW)[0] == ()


def test_the_end_of_a_certificate_is_told_at_each_threshold() -> None:
    """14, 7, 3 and 1 days before, once each; afterwards its chain has expired, which is told once."""
    known, told = Known(), list[tuple[int, About]]()
    for day in range(23):
        now = NOW + day * DAY
        news, known = compare(HOST, {"a": trust(now=now)}, known, now)
        told += [(20 - day, one.about) for one in news]
    assert told == [*((days, About.EXPIRES) for days in (14, 7, 3, 1)), (-1, About.UNTRUSTED)]


def test_a_short_lifetime() -> None:
    """A certificate that lives for 45 days is renewed with 15 left: it is told of in its last quarter."""
    assert [list(thresholds(days * DAY)) for days in (398, 45, 6)] == [[14, 7, 3, 1], [7, 3, 1], [1]]


def test_a_server_that_shows_nothing() -> None:
    """No news, and what is known of it stays."""
    nothing = server_trust([], HOST, environment=[], public=[], now=NOW)
    known = Known("Old CA", ("untrusted",))
    assert compare(HOST, {"a": nothing}, known, NOW) == ((), known)


@given(
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([TRUSTED, UNTRUSTED, CHANGED]), min_size=1),
    st.integers(0, 30),
)
def test_nothing_is_told_twice(judged: dict[str, ServerTrust], days: int) -> None:
    """A second look at the same moment has no news; both pieces come back from the outbox as they were."""
    now = NOW + days * DAY
    news, known = compare(HOST, judged, Known(), now)
    assert compare(HOST, judged, known_from(known.as_json()), now) == ((), known)
    assert tuple(from_json(one.as_json()) for one in news) == news
