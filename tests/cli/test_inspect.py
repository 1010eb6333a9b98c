"""``certdesk inspect``, called as a command."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import making
from tests.making import PASSWORD
from tests.today import NOW


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "inspect", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    leaf, intermediate, root = making.make_chain()
    (tmp_path / "good.pfx").write_bytes(making.pfx(leaf, [intermediate, root]))
    (tmp_path / "bundle.pem").write_bytes(root.pem + intermediate.pem)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    return tmp_path


def test_json_has_the_documented_shape(files: Path) -> None:
    """One object a line for each file, in their order, with the fields of the README."""
    done = run("--json", str(files / "good.pfx"), str(files / "bundle.pem"), "--password-file", str(files / "password"))
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert set(first) == {
        *("file", "format", "findings", "certificate", "chain", "extras", "authorities", "root", "container"),
    }
    assert set(first["certificate"]) == {
        *("subject", "issuer", "serial", "sha256", "not_before", "not_after", "key", "signature", "san", "eku"),
    }
    assert (first["format"], first["certificate"]["subject"]) == ("pkcs12", "CN=client.example")
    assert [one["subject"] for one in first["chain"]] == ["CN=Test Intermediate", "CN=Test Root"]
    assert first["certificate"]["not_after"].endswith("Z")
    assert (second["certificate"], len(second["authorities"])) == (None, 2)


def test_json_tells_how_a_container_is_built(files: Path) -> None:
    """MAC, iterations, each bag's encryption, who opens it as it came, and to which root it leads."""
    done = run("--json", str(files / "good.pfx"), "--password-file", str(files / "password"))
    told = json.loads(done.stdout)
    container = told["container"]
    assert (container["encoding"], container["mac"], container["iterations"]) == ("DER", "HMAC-SHA-256", 2048)
    assert [bag["kind"] for bag in container["bags"]] == ["certificate"] * 3 + ["key"]
    assert container["ciphers"] == ["AES-256-CBC"]
    assert container["opens_in"] == {
        "openssl": True,
        "openssl-legacy": True,
        "java-8-before-u301": False,
        "java-17": True,
    }
    assert (told["root"]["name"], told["root"]["standing"]) == ("Test Root", "private")


def test_authorities_of_the_environment(files: Path) -> None:
    """A chain that leads to an authority that was given says so."""
    given = ("--authorities", str(files / "bundle.pem"), "--password-file", str(files / "password"))
    told = json.loads(run("--json", str(files / "good.pfx"), *given).stdout)
    assert told["root"]["standing"] == "environment"


def test_a_folder_is_every_file_in_it(tmp_path: Path) -> None:
    """Many files come in the order of their names, whatever each takes; what is none of ours is a finding, too."""
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "sub").mkdir()
    for number in range(12):
        leaf = making.make(f"client-{number}.example")
        (folder / f"{number:02}.pfx").write_bytes(making.pfx(leaf))
    (folder / "99.txt").write_text("a note")
    (tmp_path / "password").write_text(PASSWORD)
    done = run("--json", str(folder), "--password-file", str(tmp_path / "password"))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(one["file"]).name for one in told] == [*(f"{number:02}.pfx" for number in range(12)), "99.txt"]
    assert [one["certificate"]["subject"] for one in told[:3]] == [f"CN=client-{number}.example" for number in range(3)]
    assert told[-1]["findings"][0]["code"] == "not_certificates"
    assert done.returncode == 1


def test_a_blocker_is_status_1(files: Path) -> None:
    """A wrong password is said with its code and remedy, and the password is not repeated."""
    done = run("--json", str(files / "good.pfx"), "--password-stdin", stdin="wrong-canary\n")
    (finding,) = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert (finding["code"], finding["severity"]) == ("wrong_password", "blocker")
    assert finding["message"]
    assert finding["remedy"]
    assert "canary" not in done.stdout + done.stderr


def test_for_people(files: Path) -> None:
    """Without --json the same is said in lines, and no control character of a file is obeyed."""
    evil = making.make("evil\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}", ca=True)
    (files / "evil.pem").write_bytes(evil.pem)
    done = run(str(files / "good.pfx"), str(files / "evil.pem"), "--password-file", str(files / "password"))
    assert done.returncode == 0, done.stderr
    assert "client.example" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in done.stdout


@pytest.mark.parametrize(
    "arguments", [["missing.pfx"], [], ["x", "--password-file", "p", "--password-stdin"], ["--no-such-option"]]
)
def test_usage_is_status_2(files: Path, arguments: list[str]) -> None:
    """What cannot be read or understood is a matter of usage, with a sentence and no trace."""
    done: Any = run(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_days_are_counted_in_whole_days_of_utc(tmp_path: Path) -> None:
    """20 days and 23 hours are the days between today and the day of expiry, as everywhere else."""
    leaf = making.make(starts=NOW - timedelta(days=300), ends=NOW + timedelta(days=20, hours=23))
    (tmp_path / "soon.pfx").write_bytes(making.pfx(leaf))
    (tmp_path / "password").write_text(PASSWORD)
    given = (str(tmp_path / "soon.pfx"), "--password-file", str(tmp_path / "password"))
    told = json.loads(run("--json", *given).stdout)
    # Midnight may have passed since the run began.
    moments = (NOW, NOW + timedelta(hours=1))
    days = {(leaf.certificate.not_valid_after_utc.date() - at.date()).days for at in moments}
    assert any(f"expires in {number} days, on" in told["findings"][0]["message"] for number in days)
    assert json.loads(run("--json", *given, "--expiry-days", "14,1").stdout)["findings"] == []
    refused = run("--json", *given, "--expiry-days", "soon")
    assert (refused.returncode, refused.stderr) == (
        2,
        "--expiry-days is not a list of days: give numbers like 90,30,7,1,0.\n",
    )
