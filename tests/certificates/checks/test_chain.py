"""Finding the leaf and building its chain from any set of certificates."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.certificates import Code, Context, Report, Severity, Standing, anchors, inspect_client
from tests import making
from tests.making import DAY, Made
from tests.today import NOW

KINDS = ("rsa", "ec", "ed25519")


def judge(*files: bytes, context: Context | None = None) -> Report:
    return inspect_client(files, None, context or Context(now=NOW))


def names(report: Report) -> list[str]:
    assert report.client is not None
    return [report.client.leaf.name, *(one.name for one in report.client.chain)]


@pytest.fixture(scope="module")
def tower() -> list[Made]:
    """A leaf under five authorities, the root last."""
    above = [making.make("Root", ca=True, ends=NOW + 4000 * DAY)]
    for number in range(4):
        above.append(making.make(f"CA {number}", above[-1], ca=True, ends=NOW + 2000 * DAY))
    return [making.make("leaf", above[-1]), *reversed(above)]


@pytest.fixture(scope="module")
def strangers() -> list[Made]:
    """Certificates of other chains, one with the name of ours and another key, one of our key under another name."""
    root = making.make("Other Root", ca=True)
    return [root, making.make("other", root), making.make("CA 2", root, ca=True), making.make("Root", ca=True)]


@given(
    order=st.randoms(use_true_random=False), extras=st.integers(0, 4), kind=st.sampled_from(["rsa", "ec", "ed25519"])
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_any_extras_any_key(
    tower: list[Made], strangers: list[Made], order: random.Random, extras: int, kind: str
) -> None:
    """Any order gives the same leaf and chain, and everything else is listed as extra."""
    leaf = making.make("leaf", tower[1], key=KEYS[kind])
    ours = [leaf, *tower[1:]]
    parts = [leaf.key_pem(), *(one.pem for one in ours), *(one.pem for one in strangers[:extras])]
    order.shuffle(parts)
    report = judge(*parts) if extras % 2 else judge(b"".join(parts))
    assert report.client is not None
    assert [report.client.leaf.sha256, *(one.sha256 for one in report.client.chain)] == [one.sha256 for one in ours]
    assert {one.sha256 for one in report.extras} == {one.sha256 for one in strangers[:extras]}
    assert (Code.CHAIN_EXTRA in {one.code for one in report.findings}) is bool(extras)
    assert not report.blocked


KEYS = {kind: making.make_key(kind) for kind in KINDS}


def test_a_cross_signed_authority_leads_to_the_root_that_is_known() -> None:
    """Of two ways up the one that leads to a trusted root is taken, whichever stands first."""
    old, new = making.make("Old Root", ca=True), making.make("New Root", ca=True)
    shared = making.make_key()
    by_old = making.make("Issuing", old, ca=True, key=shared)
    by_new = making.make("Issuing", new, ca=True, key=shared)
    leaf = making.make("leaf", by_old)
    files = leaf.key_pem() + leaf.pem + by_old.pem + by_new.pem
    for root, name in ((old, "Old Root"), (new, "New Root")):
        report = judge(files, context=Context(now=NOW, environment_roots=anchors([root.der])))
        assert report.root is not None
        assert (report.root.standing, report.root.name) == (Standing.ENVIRONMENT, name)
        assert report.client is not None
        assert report.client.chain[0].issuer == f"CN={name}"


def test_an_expired_cross_certificate_is_passed_over() -> None:
    """Of two ways up the one that is valid now is taken."""
    root, shared = making.make("Root", ca=True), making.make_key()
    ended = making.make("Issuing", root, ca=True, key=shared, starts=NOW - 9 * DAY, ends=NOW - DAY)
    valid = making.make("Issuing", root, ca=True, key=shared, ends=NOW + 300 * DAY)
    leaf = making.make("leaf", valid)
    report = judge(leaf.key_pem() + leaf.pem + ended.pem + valid.pem + root.pem)
    assert report.client is not None
    assert report.client.chain[0].sha256 == valid.sha256
    assert not report.blocked


def test_where_a_chain_leads() -> None:
    """An unknown root in the file is private; without a root, the issuer's name and address are given."""
    leaf, intermediate, root = making.make_chain()
    private = judge(leaf.key_pem() + leaf.pem + intermediate.pem + root.pem).root
    unknown = judge(leaf.key_pem() + leaf.pem + intermediate.pem).root
    public = Context(now=NOW, public_roots=anchors([root.der]))
    assert private is not None
    assert private.standing is Standing.PRIVATE
    assert unknown is not None
    assert (unknown.standing, unknown.name) == (Standing.UNKNOWN, "CN=Test Root")
    known = judge(leaf.key_pem() + leaf.pem + intermediate.pem, context=public).root
    assert known is not None
    assert (known.standing, known.sha256) == (Standing.PUBLIC, root.sha256)


def test_a_missing_intermediate_is_named_with_its_address() -> None:
    """The finding names the missing issuer, and the download address that the certificate states."""
    root = making.make("Root", ca=True)
    missing = making.make("Missing Issuer", root, ca=True)
    place = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://pki.example/missing.cer")
    )
    leaf = _with_address(missing, x509.AuthorityInformationAccess([place]))
    (finding,) = [one for one in judge(leaf.key_pem() + leaf.pem).findings if one.code is Code.CHAIN_INCOMPLETE]
    assert "Missing Issuer" in finding.message
    assert "http://pki.example/missing.cer" in finding.remedy
    beside = judge(leaf.key_pem() + leaf.pem + root.pem)
    assert {Code.CHAIN_INCOMPLETE, Code.CHAIN_EXTRA} <= {one.code for one in beside.findings}


def test_an_issuer_of_the_right_name_that_did_not_sign_is_told_from_a_missing_one() -> None:
    """A CA whose key was renewed under the same name is in the file: the finding says that it did not sign."""
    current, renewed = making.make("Example CA 1", ca=True), making.make("Example CA 1", ca=True)
    leaf = making.make("leaf", current)
    findings = judge(leaf.key_pem() + leaf.pem + renewed.pem).findings
    (finding,) = [one for one in findings if one.code is Code.CHAIN_INCOMPLETE]
    assert finding.message == "The file has a certificate named CN=Example CA 1, but it did not sign this certificate."


def _with_address(issuer: Made, access: x509.AuthorityInformationAccess) -> Made:
    key = making.make_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "leaf")]))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + timedelta(days=200))
        .add_extension(access, critical=False)
    )
    return Made(builder.sign(issuer.key, hashes.SHA256()), key)


def test_a_file_of_look_alikes_ends() -> None:
    """Two dozen authorities that all signed each other are settled in time, and the leaf is found."""
    keys = [making.make_key() for _ in range(5)]
    heads = [making.make(f"CA {number}", ca=True, key=key) for number, key in enumerate(keys)]
    web = [
        making.make(f"CA {number}", by, ca=True, key=key)
        for number, key in enumerate(keys)
        for by in heads
        if by.key is not key
    ]
    leaf = making.make("leaf", heads[0])
    report = judge(leaf.key_pem() + leaf.pem + b"".join(one.pem for one in web))
    assert report.client is not None
    assert report.client.leaf.sha256 == leaf.sha256
    assert report.client.chain[0].subject == "CN=CA 0"


def test_two_hundred_certificates_of_one_name_end() -> None:
    """Each may have issued each other: as many signatures are checked as are worth it, and the leaf is found."""
    keys = [making.make_key() for _ in range(10)]
    web = [making.make("CA", Made(making.make("CA", ca=True, key=one).certificate, one), ca=True) for one in keys * 20]
    leaf = making.make("leaf", web[0])
    report = judge(leaf.key_pem() + leaf.pem + b"".join(one.pem for one in web))
    assert report.client is not None
    assert report.client.leaf.sha256 == leaf.sha256


def test_an_expired_root_is_not_needed_where_a_newer_one_is_trusted() -> None:
    """The environment has the renewed certificate of the same CA: the expired one in the file stops nothing."""
    shared = making.make_key()
    old = making.make("Root", ca=True, key=shared, starts=NOW - 900 * DAY, ends=NOW - DAY)
    new = making.make("Root", ca=True, key=shared, ends=NOW + 900 * DAY)
    issuing = making.make("Issuing", new, ca=True)
    leaf = making.make("leaf", issuing)
    files = leaf.key_pem() + leaf.pem + issuing.pem + old.pem
    report = judge(files, context=Context(now=NOW, environment_roots=anchors([new.der])))
    assert names(report) == ["leaf", "Issuing"]
    (finding,) = report.findings
    assert (finding.code, finding.severity) == (Code.CHAIN_EXTRA, Severity.NOTE)
    assert "The expired copy of Root in the file is left out: this environment trusts a newer one." in finding.message


def test_an_expired_intermediate_that_is_needed_is_a_blocker() -> None:
    """Without it there is no chain."""
    root = making.make("Root", ca=True)
    ended = making.make("Issuing", root, ca=True, starts=NOW - 90 * DAY, ends=NOW - DAY)
    leaf = making.make("leaf", ended)
    report = judge(leaf.key_pem() + leaf.pem + ended.pem + root.pem)
    assert [one.code for one in report.findings if one.severity is Severity.BLOCKER] == [Code.EXPIRED]


def test_a_placeholder_is_not_the_leaf() -> None:
    """Of two certificates of the key, the one that a CA issued is taken, though the self-signed one lasts longer."""
    root, key = making.make("Root", ca=True), making.make_key()
    placeholder = making.make("client", key=key, ends=NOW + 3000 * DAY)
    leaf = making.make("client", root, key=key)
    report = judge(leaf.key_pem() + placeholder.pem + leaf.pem + root.pem)
    assert report.client is not None
    assert report.client.leaf.sha256 == leaf.sha256


def test_a_long_identifier_of_an_extension_is_cut() -> None:
    """Whoever made the certificate chose it, and messages have a limit."""
    key = making.make_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "leaf")])
    strange = x509.ObjectIdentifier("1.3.6.1.4.1" + ".55555" * 9)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    for last in (1, 2, 3):
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{strange.dotted_string}.{last}"), b"\x05\0")
        builder = builder.add_extension(extension, critical=True)
    builder = builder.serial_number(7).not_valid_before(NOW - DAY).not_valid_after(NOW + 200 * DAY)
    leaf = Made(builder.sign(key, hashes.SHA256()), key)
    (message,) = [one.message for one in judge(leaf.key_pem() + leaf.pem).findings if one.code is Code.PARTNER_REFUSES]
    assert "…)" in message
    assert len(message) < 350
