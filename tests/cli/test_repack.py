"""``certdesk repack``, called as a command."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.certificates import Context, Report, inspect_client
from tests import making
from tests.making import PASSWORD, Made
from tests.today import NOW


def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "repack", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def opened(path: Path, password: str) -> Report:
    return inspect_client([path.read_bytes()], SecretStr(password), Context(now=NOW))


@pytest.fixture(scope="module")
def chain() -> tuple[Made, Made, Made]:
    return making.make_chain()


@pytest.fixture
def parts(tmp_path: Path, chain: tuple[Made, Made, Made]) -> Path:
    leaf, intermediate, root = chain
    (tmp_path / "leaf.crt").write_bytes(leaf.der)
    (tmp_path / "leaf.key").write_bytes(leaf.key_pem(PASSWORD))
    (tmp_path / "ca.pem").write_bytes(root.pem + intermediate.pem)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    return tmp_path


@pytest.mark.parametrize("runtime", ["java", "java-legacy", "openssl"])
def test_parts_become_a_container(parts: Path, chain: tuple[Made, Made, Made], runtime: str) -> None:
    """Certificate, encrypted key and chain in any order become one file that opens, for its owner's eyes only."""
    files = (parts / "ca.pem", parts / "leaf.key", parts / "leaf.crt")
    out, secret = parts / "out.p12", parts / "new"
    passwords = ("--password-file", parts / "password", "--out-password-file", secret)
    done = run(*files, "--out", out, "--runtime", runtime, *passwords)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IMODE(secret.stat().st_mode) == 0o600
    report = opened(out, secret.read_text().strip())
    assert report.client is not None
    assert [report.client.leaf.sha256, *(one.sha256 for one in report.client.chain)] == [one.sha256 for one in chain]
    assert secret.read_text().strip() not in done.stdout + done.stderr


def test_a_password_that_was_made_is_printed_once(parts: Path) -> None:
    """Without a file for it, the new password is all that stands on standard output."""
    done = run(parts / "leaf.key", parts / "leaf.crt", "--out", parts / "out.p12", "--password-stdin", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert opened(parts / "out.p12", done.stdout.strip()).client is not None


def test_a_password_that_exists_is_used(parts: Path) -> None:
    """The file's first line becomes the container's password."""
    (parts / "mine").write_text("chosen by me\n")
    passwords = ("--password-file", parts / "password", "--out-password-file", parts / "mine")
    done = run(parts / "leaf.key", parts / "leaf.crt", "--out", parts / "out.p12", *passwords)
    assert done.returncode == 0, done.stderr
    assert opened(parts / "out.p12", "chosen by me").client is not None


@pytest.mark.parametrize(("password", "why"), [("", "empty"), ("a,b", "comma"), ("pässwörd", "ASCII")])
def test_an_unfit_password_is_refused(parts: Path, password: str, why: str) -> None:
    """A password that a runtime would stumble over is refused before anything is opened, and nothing is written."""
    (parts / "mine").write_text(password + "\n")
    done = run(parts / "leaf.crt", "--out", parts / "out.p12", "--out-password-file", parts / "mine")
    assert done.returncode == 2
    assert why in done.stderr
    assert not (parts / "out.p12").exists()


def test_nothing_that_exists_is_overwritten(parts: Path) -> None:
    """An output that is there already stays as it is."""
    (parts / "out.p12").write_text("precious")
    assert run(parts / "leaf.key", parts / "leaf.crt", "--out", parts / "out.p12").returncode == 2
    assert (parts / "out.p12").read_text() == "precious"


def test_a_blocker_stops_it(parts: Path) -> None:
    """A wrong password, or a missing key, is said and nothing is written."""
    done = run(parts / "leaf.key", parts / "leaf.crt", "--out", parts / "out.p12", "--password-stdin", stdin="wrong")
    assert done.returncode == 1
    assert "wrong_password" in done.stderr
    assert run(parts / "leaf.crt", "--out", parts / "out.p12").returncode == 1
    assert not (parts / "out.p12").exists()


def test_where_it_cannot_be_written(parts: Path) -> None:
    """A folder that is not there is a matter of usage, with a sentence."""
    given = (parts / "leaf.key", parts / "leaf.crt", "--password-file", parts / "password")
    done = run(*given, "--out", parts / "no/such/out.p12")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
