"""The tray of samples: each is what its line says."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.certificates import Code, Context, Use, inspect_authorities, inspect_client, survey
from bot.cli.demo.samples import PASSWORD, Sample, make_samples
from tests.today import NOW


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    return {sample.name: sample for sample in make_samples(NOW)}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("orders-client.pfx", set()),
        ("orders-client-renewed.pfx", set()),
        ("ledger-legacy.p12", {Code.LEGACY_ENCRYPTION}),
        ("warehouse.pem", set()),
        ("<!channel>.pfx", set()),
        ("till-ends-soon.pfx", {Code.EXPIRES_SOON}),
        ("other-bank.pfx", {Code.CHAIN_INCOMPLETE}),
        ("password-lost.pfx", {Code.WRONG_PASSWORD}),
        ("expired.pfx", {Code.EXPIRED}),
        ("no-key.pfx", {Code.NO_PRIVATE_KEY}),
        ("chain-reversed.pfx", {Code.CHAIN_REORDERED}),
        ("chain-missing.pfx", {Code.CHAIN_INCOMPLETE}),
        ("holiday.pfx", {Code.NOT_CERTIFICATES}),
        ("store.jks", {Code.LEGACY_ENCRYPTION}),
        ("mailed.txt", {Code.UNWRAPPED}),
        ("from-the-ca.zip", {Code.UNWRAPPED}),
    ],
)
def test_each_shows_what_it_is_for(samples: dict[str, Sample], name: str, codes: set[Code]) -> None:
    """Opened with the password of the tray, each sample has the findings that it is there to show."""
    report = inspect_client([samples[name].data], SecretStr(PASSWORD), Context(now=NOW))
    assert {one.code for one in report.findings} == codes


def test_the_bundle_and_the_hostile_one(samples: dict[str, Sample]) -> None:
    """The bundle holds three authorities; the hostile container asks for 2^31 - 1 iterations."""
    assert len(inspect_authorities([samples["bank-authorities.pem"].data], Context(now=NOW)).authorities) == 3
    looked_at = survey(samples["hostile.pfx"].data, Context(now=NOW))
    assert looked_at.use is Use.UNUSABLE
    assert [one.code for one in looked_at.findings] == [Code.TOO_EXPENSIVE]
    assert "2,147,4" in looked_at.findings[0].message


def test_the_three_files_are_one_certificate(samples: dict[str, Sample]) -> None:
    """Key, chain and certificate alone wait for each other, and together are whole."""
    names = ("depot.key", "depot-chain.pem", "depot.cer")
    uses = [survey(samples[name].data, Context(now=NOW)).use for name in names]
    assert uses == [Use.PART, Use.AUTHORITY, Use.PART]
    report = inspect_client([samples[name].data for name in names], SecretStr(PASSWORD), Context(now=NOW))
    assert report.client is not None
    assert {one.code for one in report.findings} == {Code.CHAIN_REORDERED}


def test_the_slow_one_is_not_refused_unopened(samples: dict[str, Sample]) -> None:
    """It shows the worker that is given up, not the cost that is refused."""
    assert survey(samples["slow.pfx"].data, Context(now=NOW)).use is Use.UNLOCK


def test_every_sample_is_tried(samples: dict[str, Sample]) -> None:
    """No sample lies in the tray that no test looks at."""
    assert len(samples) == 22
