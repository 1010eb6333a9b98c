"""Checks of client certificates: every finding, from files that are made here."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cryptography_vectors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.certificates import Code, Context, Report, Severity, inspect_client
from tests import making
from tests.making import DAY, PASSWORD, Made
from tests.today import NOW

Chain = tuple[Made, Made, Made]


@pytest.fixture(scope="module")
def chain() -> Chain:
    return making.make_chain()


def judge(*files: bytes, password: str | None = PASSWORD, context: Context | None = None) -> Report:
    secret = SecretStr(password) if password is not None else None
    return inspect_client(files, secret, context or Context(now=NOW))


def codes(report: Report) -> set[Code]:
    return {one.code for one in report.findings}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_a_good_container_has_no_findings(kind: str, legacy: bool) -> None:
    """A container with key, leaf and chain opens for every kind of key; a legacy one gets a note."""
    leaf, intermediate, root = making.make_chain(key=making.make_key(kind))
    report = judge(making.pfx(leaf, [intermediate, root], legacy=legacy))
    assert codes(report) == ({Code.LEGACY_ENCRYPTION} if legacy else set())
    assert report.client is not None
    assert report.client.leaf.sha256 == leaf.sha256
    assert [one.sha256 for one in report.client.chain] == [intermediate.sha256, root.sha256]
    assert report.client.key.get_secret_value() == leaf.key_der


@pytest.mark.parametrize("legacy", [False, True])
def test_a_wrong_password_is_told_from_damage(chain: Chain, legacy: bool) -> None:
    """The MAC shows a wrong password; a damaged file is never reported as a wrong password."""
    data = making.pfx(chain[0], legacy=legacy)
    assert codes(judge(data, password="wrong")) == {Code.WRONG_PASSWORD}
    assert codes(judge(data, password=None)) == {Code.PASSWORD_REQUIRED}
    assert codes(judge(data, password="")) == {Code.PASSWORD_REQUIRED}
    assert codes(judge(data[:-40])) == {Code.CORRUPT}


@pytest.mark.parametrize("password", ["pässwörd", "emoji \N{LOCK}", "comma, and space", "a" * 300])
def test_any_password_opens_what_it_closed(chain: Chain, password: str) -> None:
    """Passwords with umlauts, emoji or commas and long ones open their containers; Java cannot open all of them."""
    report = judge(making.pfx(chain[0], chain[1:], password=password), password=password)
    assert codes(report) == (set() if password.isascii() else {Code.UNREADABLE_BY_JAVA})


def test_certificate_and_key_in_separate_files(chain: Chain) -> None:
    """Key, leaf and chain may come as several files, in any order, PEM or DER."""
    leaf, intermediate, root = chain
    files = [leaf.key_pem(), leaf.der, intermediate.pem + root.pem]
    for order in itertools.permutations(files):
        report = judge(*order, password=None)
        assert report.client is not None
        assert report.client.leaf.sha256 == leaf.sha256
        assert not report.blocked


@pytest.mark.parametrize("traditional", [False, True])
def test_an_encrypted_pem_key(chain: Chain, traditional: bool) -> None:
    """PKCS #8 and traditional encryption open with their password, and say when it is missing or wrong."""
    leaf, intermediate, _ = chain
    text = leaf.key_pem(PASSWORD, traditional=traditional) + leaf.pem + intermediate.pem
    assert not judge(text).blocked
    assert codes(judge(text, password="wrong")) == {Code.WRONG_PASSWORD}
    assert codes(judge(text, password=None)) == {Code.PASSWORD_REQUIRED}


def test_parts_that_are_missing(chain: Chain) -> None:
    """No key, no certificate, several keys, and a key of another certificate each have their code."""
    leaf, _, _ = chain
    other = making.make("other.example")
    assert codes(judge(making.pfx_without_key(leaf))) == {Code.NO_PRIVATE_KEY}
    assert codes(judge(leaf.key_pem())) == {Code.NO_CERTIFICATE}
    assert codes(judge(leaf.pem + leaf.key_pem() + other.key_pem())) == {Code.SEVERAL_KEYS}
    assert codes(judge(leaf.pem + other.key_pem())) == {Code.KEY_MISMATCH}


def test_the_same_key_twice_is_one_key(chain: Chain) -> None:
    """A key that stands in two files is one key."""
    leaf, intermediate, _ = chain
    assert not judge(leaf.key_pem(), leaf.pem + leaf.key_pem() + intermediate.pem).blocked


def test_validity_counts_the_whole_chain() -> None:
    """The earliest expiry and the latest beginning of the chain count, and the sentence names the certificate."""
    root = making.make("Root", ca=True, starts=NOW - 300 * DAY, ends=NOW + 20 * DAY)
    leaf = making.make("leaf.example", root)
    report = judge(making.pfx(leaf, [root]))
    (finding,) = report.findings
    assert finding.code is Code.EXPIRES_SOON
    assert "Root" in finding.message
    assert report.client is not None
    assert report.client.effective_end == root.certificate.not_valid_after_utc


@pytest.mark.parametrize(
    ("starts", "ends", "code", "severity"),
    [
        (-30, -1, Code.EXPIRED, Severity.BLOCKER),
        (-30, 10, Code.EXPIRES_SOON, Severity.WARNING),
        (5, 400, Code.NOT_YET_VALID, Severity.WARNING),
    ],
)
def test_dates(starts: int, ends: int, code: Code, severity: Severity) -> None:
    """Expired blocks; soon and not yet warn."""
    leaf = making.make(starts=NOW + starts * DAY, ends=NOW + ends * DAY)
    (finding,) = judge(making.pfx(leaf)).findings
    assert (finding.code, finding.severity) == (code, severity)


def test_the_threshold_comes_with_the_context() -> None:
    """A certificate with 10 days left is reported within a first threshold of 10 days, and not of 9."""
    data = making.pfx(making.make(starts=NOW - 300 * DAY, ends=NOW + 10 * DAY))
    assert codes(judge(data, context=Context(now=NOW, first_threshold=10))) == {Code.EXPIRES_SOON}
    assert not judge(data, context=Context(now=NOW, first_threshold=9)).findings


@pytest.mark.parametrize(("lived", "left", "soon"), [(0, 45, False), (29, 16, False), (31, 14, True), (900, 80, True)])
def test_a_short_lived_certificate_expires_soon_in_its_last_third(lived: int, left: int, soon: bool) -> None:
    """A fresh certificate of 45 days is not reported from its first day on, but within its last 15 days."""
    data = making.pfx(making.make(starts=NOW - lived * DAY, ends=NOW + left * DAY))
    assert codes(judge(data)) == ({Code.EXPIRES_SOON} if soon else set())


@pytest.mark.parametrize(
    ("zone", "days"),
    [("UTC", 21), ("Europe/Berlin", 20), ("America/Los_Angeles", 21), ("Pacific/Kiritimati", 21), ("Asia/Kolkata", 21)],
)
def test_days_are_those_of_the_environments_calendar(zone: str, days: int) -> None:
    """20 days and 23 hours are 20 or 21 days, as the environment's calendar has it; the date is in its zone, too."""
    now = datetime(2026, 11, 3, 23, tzinfo=UTC)
    leaf = making.make(starts=now - 300 * DAY, ends=now + timedelta(days=20, hours=23))
    context = Context(now=now, timezone=ZoneInfo(zone))
    (finding,) = judge(making.pfx(leaf), context=context).findings
    assert f"expires in {days} days, on " in finding.message
    end = leaf.certificate.not_valid_after_utc.astimezone(ZoneInfo(zone))
    assert f"{end.day} November 2026, {end:%H:%M}" in finding.message
    assert (end.date() - now.astimezone(ZoneInfo(zone)).date()).days == days


@pytest.mark.parametrize(
    ("now", "when"),
    [("2026-11-23 09:00", "tomorrow"), ("2026-11-24 00:30", "today"), ("2026-11-22 23:59", "in 2 days")],
)
def test_the_last_days_have_names(now: str, when: str) -> None:
    """A certificate that expires within hours expires today or tomorrow, not in 0 or 1 days."""
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    leaf = making.make(starts=at - 300 * DAY, ends=datetime(2026, 11, 24, 12, tzinfo=UTC))
    (finding,) = judge(making.pfx(leaf), context=Context(now=at)).findings
    assert f"The certificate expires {when}, on 24 November 2026, 12:00 UTC." == finding.message


def test_dates_at_the_ends_of_the_calendar() -> None:
    """The last second of 9999 in the east, and the first of year 1 in the west, raise nothing."""
    first, last = datetime(1950, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    forever = making.pfx(making.make(starts=first, ends=last))
    for zone in (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")):
        assert not judge(forever, context=Context(now=NOW, timezone=zone)).findings
        late = making.pfx(making.make(starts=last, ends=last))
        assert codes(judge(late, context=Context(now=NOW, timezone=zone))) == {Code.NOT_YET_VALID}


def test_chains(chain: Chain) -> None:
    """A missing issuer is a warning, another order a note, and unrelated certificates are left out."""
    leaf, intermediate, root = chain
    stranger = making.make("stranger.example")
    assert codes(judge(making.pfx(leaf))) == {Code.CHAIN_INCOMPLETE}
    assert codes(judge(making.pfx(leaf, [root, intermediate]))) == {Code.CHAIN_REORDERED}
    report = judge(making.pfx(leaf, [intermediate, stranger, root]))
    assert codes(report) == {Code.CHAIN_EXTRA}
    assert "stranger.example" in report.findings[0].message
    assert [one.sha256 for one in report.extras] == [stranger.sha256]
    assert report.client is not None
    assert [one.sha256 for one in report.client.chain] == [intermediate.sha256, root.sha256]


@given(st.randoms(use_true_random=False), st.integers(0, 3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_gives_the_same_leaf_and_chain(chain: Chain, order: random.Random, strangers: int) -> None:
    """Any order, with any unrelated certificates, gives the same leaf and chain."""
    parts = [chain[0].key_pem(), *(one.pem for one in chain)]
    parts += [making.make(f"stranger {n}").pem for n in range(strangers)]
    order.shuffle(parts)
    report = judge(b"".join(parts), password=None)
    assert report.client is not None
    assert [report.client.leaf.sha256, *(one.sha256 for one in report.client.chain)] == [one.sha256 for one in chain]


def test_a_duplicate_blocks(chain: Chain) -> None:
    """A certificate that is current in the environment is not added twice."""
    context = Context(now=NOW, current=frozenset({chain[0].sha256}))
    assert codes(judge(making.pfx(chain[0], chain[1:]), context=context)) == {Code.DUPLICATE}


def test_findings_come_together() -> None:
    """All findings are reported together."""
    issuer = making.make("Root", ca=True)
    leaf = making.make(issuer=issuer, starts=NOW + DAY)
    context = Context(now=NOW, current=frozenset({leaf.sha256}))
    assert codes(judge(making.pfx(leaf), context=context)) == {
        Code.NOT_YET_VALID,
        Code.CHAIN_INCOMPLETE,
        Code.DUPLICATE,
    }


def test_a_broken_block_is_named_by_its_number(chain: Chain) -> None:
    """A damaged block of a PEM file is named by its number."""
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    report = judge(chain[0].pem + broken + chain[0].key_pem(), password=None)
    assert codes(report) == {Code.CORRUPT}
    assert "Block 2" in report.findings[0].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.NOT_CERTIFICATES),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), Code.NOT_CERTIFICATES),
        (b"\xfe\xed\xfe\xed" + bytes(50), Code.CORRUPT),
        (bytes(11 * 1024 * 1024), Code.TOO_LARGE),
    ],
)
def test_what_is_no_certificate(data: bytes, code: Code) -> None:
    """Other files get one finding with what to do."""
    report = judge(data)
    assert codes(report) == {code}
    assert report.findings[0].remedy


def test_a_report_does_not_print_its_key(chain: Chain) -> None:
    """A report in a log or a trace shows no key."""
    report = judge(making.pfx(chain[0], chain[1:]))
    assert report.client is not None
    assert "SecretBytes(b'**********')" in repr(report)
    assert repr(chain[0].key_der)[3:40] not in repr(report)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invalid_version.pem", {Code.CORRUPT}),
        ("two_basic_constraints.pem", {Code.NO_PRIVATE_KEY}),
    ],
)
def test_certificates_that_break_the_rules(name: str, expected: set[Code]) -> None:
    """A version or an extension that no certificate may have raises nothing; what the library throws is no finding."""
    root = Path(cryptography_vectors.__file__).parent / "x509" / "custom"
    assert codes(judge((root / name).read_bytes(), password=None)) - {Code.WEAK_KEY} == expected


@given(st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mutated_files_never_raise(chain: Chain, data: st.DataObject) -> None:
    """A real file with bytes changed or cut off gives a finding or a certificate, and never an exception."""
    leaf, intermediate, _ = chain
    plain = data.draw(st.sampled_from([leaf.pem + leaf.key_pem() + intermediate.pem, leaf.der + b"", leaf.key_der]))
    mutated = bytearray(plain)
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    report = judge(bytes(mutated[: data.draw(st.integers(0, len(mutated)))]))
    assert report.findings or report.client
