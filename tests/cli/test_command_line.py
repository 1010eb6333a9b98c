"""What every command does: help, version, and sentences for what cannot work."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.main import app
from bot.cli.wording import counted

ROOT = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]


def certdesk(*arguments: str | Path, folder: Path, **environment: str) -> Done:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "CERTDESK_"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
        env={**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **environment},
    )


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_help_fits_in_80_columns(path: tuple[str, ...]) -> None:
    """No option, sentence or setting in a help is cut off with an ellipsis on a terminal of 80 columns."""
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    assert "…" not in done.output
    assert max(len(line) for line in done.output.splitlines()) == 80


def test_help_groups_the_commands(tmp_path: Path) -> None:
    """The list of commands is in four groups, in the order in which people need them."""
    text = certdesk("--help", folder=tmp_path).stdout
    places = [text.index(f"─ {group} ─") for group in ("Run", "Check files", "Store", "Operate")]
    assert places == sorted(places)


def test_version(tmp_path: Path) -> None:
    """--version prints the version of the installed package."""
    assert certdesk("--version", folder=tmp_path).stdout == f"certdesk {version('certdesk')}\n"


@pytest.mark.parametrize(
    "command",
    [
        ("inventory",),
        ("inventory", "--find", "bank"),
        ("keys", "list"),
        ("keys", "check"),
        ("keys", "rotate"),
        ("audit", "verify"),
        ("audit", "export"),
        ("backup", "saved.jsonl"),
        ("purge", "--older-than", "30d", "--yes"),
        ("import", ".", "--environment", "orders/production"),
    ],
    ids=" ".join,
)
def test_nothing_is_created_in_an_empty_folder(command: tuple[str, ...], tmp_path: Path) -> None:
    """A command that needs the database says where it looked for one, and creates neither a database nor a key."""
    done = certdesk(*command, folder=tmp_path)
    assert done.returncode == 2
    assert f"There is no database at {tmp_path / 'certdesk.sqlite3'}" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_file_is_not_replaced(tmp_path: Path) -> None:
    """Beside a database without its key file, a new key would open nothing: the command asks for the file."""
    assert certdesk("db", "upgrade", folder=tmp_path).returncode == 0
    done = certdesk("inventory", folder=tmp_path)
    assert done.returncode == 2
    assert f"There is no key file at {tmp_path / 'certdesk.keys'}" in done.stderr
    assert not (tmp_path / "certdesk.keys").exists()


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-11-27T25:00", "0001-01-01T00:00+14:00", ""])
def test_a_day_that_is_none_is_a_sentence(day: str, tmp_path: Path) -> None:
    """A --since that cannot be read is answered with the way to write it."""
    done = certdesk("audit", "export", "--since", day, folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "--since is not a day: write it like 2026-11-27, or with a time like 2026-11-27T16:55:00+01:00.\n",
    )


def test_a_key_name_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    """A name with a blank is refused with the characters that a name may have."""
    done = certdesk("keys", "new", "--name", "a b", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("A key's name has up to 32 letters")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--port", "99999"), "Invalid value for '--port'"),
        (("--log-level", "loud"), "'loud' is not one of"),
        (("--folder", "file"), "file cannot be used as a folder: File exists."),
        (("--folder", "file/below"), "file/below cannot be used as a folder: Not a directory."),
    ],
)
def test_the_demo_refuses_what_it_cannot_use(arguments: tuple[str, str], sentence: str, tmp_path: Path) -> None:
    """A port, level or folder that cannot be used ends the demo with a sentence and status 2."""
    (tmp_path / "file").touch()
    done = certdesk("demo", *arguments, folder=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    """Neither the demo nor the bot starts on a port that another program uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        demo = certdesk("demo", "--port", port, folder=tmp_path)
        bot = certdesk(
            "run",
            folder=tmp_path,
            SLACK_BOT_TOKEN="xoxb-1",
            SLACK_SIGNING_SECRET="s",
            CERTDESK_SLACK_API_URL=f"http://127.0.0.1:{port}/api/",
            CERTDESK_PORT=port,
            CERTDESK_LOG_LEVEL="ERROR",
        )
    assert (demo.returncode, demo.stderr) == (
        2,
        f"Port {port} cannot be used: choose another with --port, or 0 for a free one.\n",
    )
    assert (bot.returncode, bot.stderr) == (
        2,
        f"Certdesk cannot listen on 127.0.0.1 port {port}: another program uses the port. "
        "Change CERTDESK_HOST or CERTDESK_PORT.\n",
    )


def test_the_bot_reports_all_its_settings(tmp_path: Path) -> None:
    """What is missing, out of range and unknown is reported in one go, with status 2."""
    done = certdesk("run", folder=tmp_path, CERTDESK_PORT="99999", CERTDESK_LOG_LEVEL="loud")
    assert done.returncode == 2
    names = ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CERTDESK_PORT", "CERTDESK_LOG_LEVEL"]
    assert [line.split()[0] for line in done.stderr.splitlines()] == names


@pytest.mark.parametrize(("number", "told"), [(0, "0 secrets"), (1, "1 secret"), (1200, "1,200 secrets")])
def test_a_number_and_its_noun_agree(number: int, told: str) -> None:
    """One is singular; everything else is plural."""
    assert counted(number, "secret") == told
