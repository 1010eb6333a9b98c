"""Containers: wrong MAC, damage and wrong passwords are told apart; results agree with the library's own loader."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyasn1.codec.der import decoder, encoder
from pyasn1_modules import rfc7292
from pydantic import SecretStr

from bot.certificates import Code, Context, Report, inspect_client
from tests import making
from tests.making import PASSWORD, Made
from tests.making.pbmac1 import PRFS, with_pbmac1
from tests.today import NOW

Chain = tuple[Made, Made, Made]


@pytest.fixture(scope="module")
def chain() -> Chain:
    return making.make_chain()


def judge(data: bytes, password: str | None = PASSWORD, **context: float) -> Report:
    secret = SecretStr(password) if password is not None else None
    return inspect_client([data], secret, Context(now=NOW, **context))  # type: ignore[arg-type]  # seconds and memory


def codes(report: Report) -> set[Code]:
    return {one.code for one in report.findings}


@pytest.mark.parametrize("mac", PRFS)
@pytest.mark.parametrize("prf", PRFS)
@pytest.mark.parametrize("password", [PASSWORD, "pässwörd \N{KEY}"])
def test_pbmac1_proves_the_password(chain: Chain, prf: str, mac: str, password: str) -> None:
    """RFC 9579: right is right and wrong is wrong, as the library's OpenSSL says of the same bytes."""
    made = making.pfx(chain[0], chain[1:], password=password)
    container = with_pbmac1(made, password, prf=prf, mac=mac)
    assert pkcs12.load_pkcs12(container, password.encode()).key is not None
    report = judge(container, password)
    assert report.client is not None
    assert report.container is not None
    assert (report.container.mac or "").startswith("PBMAC1")
    assert codes(judge(container, "wrong")) == {Code.WRONG_PASSWORD}


def test_pbmac1_that_states_too_much(chain: Chain) -> None:
    """Its iterations count like all others: two thousand million are refused unopened."""
    container = with_pbmac1(making.pfx(chain[0]), PASSWORD, stated=2**31 - 1)
    assert codes(judge(container)) == {Code.TOO_EXPENSIVE}


def test_pbmac1_with_a_short_key(chain: Chain) -> None:
    """A key that can be guessed proves no password: the container opens, and a warning says why."""
    container = with_pbmac1(making.pfx(chain[0], chain[1:]), PASSWORD, key_length=4)
    report = judge(container)
    assert report.client is not None
    (finding,) = [one for one in report.findings if one.code is Code.MAC_MISSING]
    assert "whose key of 4 bytes proves nothing" in finding.message


def test_pbmac1_without_a_key_length(chain: Chain) -> None:
    """RFC 9579 requires the key length: without it the MAC proves nothing, a finding says so, and the content opens."""
    container = with_pbmac1(making.pfx(chain[0], chain[1:]), PASSWORD, key_length=None)
    assert codes(judge(container)) == {Code.UNREADABLE_BY_JAVA, Code.MAC_MISSING}


@given(
    password=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
    algorithm=st.sampled_from(list(pkcs12.PBES)),
    digest=st.sampled_from([hashes.SHA1(), hashes.SHA256(), hashes.SHA512()]),  # noqa: S303  what old tools write
    rounds=st.integers(1, 3000),
    with_chain=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_opens_to_what_the_library_opens_it_to(  # noqa: PLR0917  one container, many ways to make it
    chain: Chain,
    password: str,
    algorithm: pkcs12.PBES,
    digest: hashes.HashAlgorithm,
    rounds: int,
    with_chain: bool,
) -> None:
    """Key, leaf and chain are the same, whatever the algorithms and the password's alphabet."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).key_cert_algorithm(algorithm)
    encryption = builder.hmac_hash(digest).build(password.encode())
    leaf, intermediate, root = chain
    cas = [intermediate.certificate, root.certificate] if with_chain else None
    data = pkcs12.serialize_key_and_certificates(b"x", leaf.key, leaf.certificate, cas, encryption)
    theirs = pkcs12.load_pkcs12(data, password.encode())
    ours = judge(data, password).client
    assert ours is not None
    assert theirs.key is not None
    assert theirs.cert is not None
    plain = theirs.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert ours.key.get_secret_value() == plain
    assert x509.load_der_x509_certificate(ours.leaf.der) == theirs.cert.certificate
    assert {one.der for one in ours.chain} == {
        one.certificate.public_bytes(Encoding.DER) for one in theirs.additional_certs
    }


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_inside_is_not_blamed_on_the_password(chain: Chain, at: int, bit: int) -> None:
    """A bit that flips inside of what is encrypted leaves another part that opens: damage, or a changed MAC."""
    data = bytearray(making.pfx(chain[0], chain[1:]))
    locked = [at for at in range(len(data) - 300) if data[at : at + 2] == b"\x04\x10"]
    first = locked[0] + 60
    data[first + at % 500] ^= 1 << bit
    said = codes(judge(bytes(data)))
    assert said & {Code.CORRUPT, Code.TWO_PASSWORDS}
    assert Code.WRONG_PASSWORD not in said


def test_one_password_for_both_and_its_spaces(chain: Chain) -> None:
    """A password that was pasted with a blank behind it opens, and that is said."""
    assert codes(judge(making.pfx(chain[0], chain[1:]), PASSWORD + " ")) == {Code.PASSWORD_SPELLING}


@pytest.mark.parametrize(("iterations", "seconds"), [(2**31 - 1, 60.0), (30_000_000, 1.0)])
def test_a_stated_cost_is_refused_before_it_is_paid(chain: Chain, iterations: int, seconds: float) -> None:
    """More rounds than any machine does within the budget are not begun; the figure stands in the sentence."""
    report = judge(making.hostile_pfx(chain[0], iterations), seconds=seconds)
    assert codes(report) == {Code.TOO_EXPENSIVE}
    assert f"{iterations // 1000:,}"[:5] in report.findings[0].message


def test_no_mac_says_so(chain: Chain) -> None:
    """Without a MAC nothing proves the content: a warning where it opens, and a careful sentence where not."""
    pfx, _ = decoder.decode(making.pfx(chain[0], chain[1:]), asn1Spec=rfc7292.PFX())
    bare = rfc7292.PFX()
    bare["version"], bare["authSafe"] = pfx["version"], pfx["authSafe"]
    data = bytes(encoder.encode(bare))
    assert codes(judge(data)) == {Code.MAC_MISSING}
    wrong = judge(data, "wrong")
    assert codes(wrong) == {Code.WRONG_PASSWORD}
    assert "or the file is damaged" in wrong.findings[0].message
