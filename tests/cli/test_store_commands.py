"""What operators do with the store, called as commands against both databases."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import pwd
import shutil
import sqlite3
import subprocess
import unicodedata
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from typer.testing import CliRunner

from bot.cli.main import app
from bot.cli.store.inventory import escaped, harmless
from store import KeyRing, Store, audit, environments, open_store
from store.certificates import clients, versions
from store.models import DueRow, EnvironmentRow, VersionRow
from store.restarts import pending
from tests import making
from tests.databases import database_url, empty_url, postgres, postgres_url, sqlite_template, sqlite_url
from tests.making import PASSWORD
from tests.today import NOW

__all__ = ["database_url", "empty_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]

T = TypeVar("T")

Done = subprocess.CompletedProcess[str]


class Desk:
    """A database with its ring, and the command line on it."""

    def __init__(self, url: str, ring: KeyRing, keys: str) -> None:
        self.url, self.ring, self.keys = url, ring, keys
        self.settings: dict[str, str] = {}

    def run(self, *arguments: str | Path, keys: str | None = None, url: str | None = None) -> Done:
        """Call a command as the console script does, in this process: one of its own takes a second to begin."""
        given = {"CERTDESK_DATABASE_URL": url or self.url, "CERTDESK_KEYS": keys or self.keys, **self.settings}
        others = {name: None for name in os.environ if name.startswith(("SLACK_", "CERTDESK_")) and name not in given}
        command = list(map(str, arguments))
        with ThreadPoolExecutor(1) as thread:  # a command runs a loop of its own
            done = thread.submit(CliRunner().invoke, app, command, env={**others, **given}).result()
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(command, done.exit_code, done.stdout, done.stderr)

    def do(self, work: Any) -> Any:
        """Run ``work(store)`` in a loop in a thread of its own."""

        async def opened() -> Any:
            async with open_store(self.url, self.ring) as store:
                return await work(store)

        return _apart(opened())


def _apart(work: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def new_desk(url: str) -> Desk:
    entry = KeyRing.new_entry("k1")
    return Desk(url, KeyRing.parse(entry), entry.get_secret_value())


@pytest.fixture
def file_desk(sqlite_url: str) -> Desk:
    """On SQLite, for what differs between the databases in the store alone, where both are tested."""
    return begun(sqlite_url)


@pytest.fixture
def desk(database_url: str) -> Desk:
    return begun(database_url)


def begun(url: str) -> Desk:
    made = new_desk(url)

    async def begin(store: Store) -> None:
        async with store.transaction() as tx:
            await environments.add(
                tx, app="orders", name="production", channel="C1", timezone="Europe/Berlin", by="U1", at=NOW
            )

    made.do(begin)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two containers, a pair, authorities, and a file that is nothing."""
    room = tmp_path / "in"
    room.mkdir()
    (tmp_path / "password").write_text(PASSWORD + "\n")
    leaf, intermediate, root = making.make_chain("a.example")
    (room / "alpha.pfx").write_bytes(making.pfx(leaf, [intermediate, root]))
    (room / "beta.pfx").write_bytes(making.pfx(making.make("=cmd|' /C calc'!A0"), password="other"))
    pair = making.make("c.example")
    (room / "gamma.pem").write_bytes(pair.pem + pair.key_pem())
    (room / "ca.pem").write_bytes(root.pem + intermediate.pem)
    (room / "readme.txt").write_text("hello")
    (tmp_path / "table.csv").write_text(f"alpha.pfx,{PASSWORD}\nbeta.pfx,other\n")
    return room


def imported(desk: Desk, folder: Path, *more: str) -> Done:
    table = folder.parent / "table.csv"
    return desk.run("import", folder, "--environment", "orders/production", "--passwords", table, *more)


def test_import_takes_what_is_good_and_says_why_not(file_desk: Desk, folder: Path) -> None:
    """A dry run keeps nothing; the first run takes the good ones; the second changes nothing."""
    dry = imported(file_desk, folder, "--dry-run")
    assert "4 added" in dry.stderr
    empty = file_desk.run("inventory", "--json")
    assert (empty.stdout, empty.stderr) == ("", "There are no certificates yet.\n")

    first = imported(file_desk, folder)
    assert first.returncode == 1, first.stderr
    assert "4 added, 1 refused" in first.stderr
    assert "neither a certificate nor a private key" in first.stdout

    again = imported(file_desk, folder)
    assert "4 already there, 1 refused" in again.stderr
    rows = [json.loads(line) for line in file_desk.run("inventory", "--json").stdout.splitlines()]
    assert sorted(row["label"] for row in rows) == ["Test Intermediate", "Test Root", "alpha", "beta", "gamma"]

    async def waiting(store: Store) -> int:
        async with store.transaction() as tx:
            (place,) = await environments.all_(tx)
            restart = await pending.of(tx, place.id)
            return len(restart.changes) if restart else 0

    assert file_desk.do(waiting) == 4


def test_a_row_that_was_changed_is_named(file_desk: Desk) -> None:
    """The log is whole, and a row is not as Certdesk wrote it: its table and id are printed, with exit status 1."""

    async def change(store: Store) -> str:
        async with store.transaction() as tx:
            await tx.session.execute(update(EnvironmentRow).values(owners=["U0EVIL"]))
            return (await tx.session.execute(select(EnvironmentRow.id))).scalar_one()

    id_ = file_desk.do(change)
    done = file_desk.run("audit", "verify")
    assert done.returncode == 1
    assert f"are not used: environment {id_}." in done.stderr
    assert "The audit log is complete and unchanged" in done.stdout


def test_a_wrong_password_is_a_reason(file_desk: Desk, folder: Path) -> None:
    """One password for all: what it does not open is refused by name, and the password is not repeated."""
    password = folder.parent / "password"
    done = file_desk.run("import", folder, "--environment", "orders/production", "--password-file", password)
    assert "does not open" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_import_passes_no_approval_by(file_desk: Desk, folder: Path) -> None:
    """A protected environment takes nothing from the command line."""

    async def protect(store: Store) -> None:
        async with store.transaction() as tx:
            (place,) = await environments.all_(tx)
            await environments.set_access(tx, place.id, owners_only=False, protected=True, by="U0ALICE", at=NOW)

    file_desk.do(protect)
    done = file_desk.run("import", folder, "--environment", "orders/production")
    assert done.returncode == 2
    assert "is protected" in done.stderr


def test_import_judges_by_the_operators_settings(file_desk: Desk, folder: Path) -> None:
    """A key that is strong enough by default is weak where the operator asks for more."""
    rsa = making.make("rsa.example", key=making.make_key("rsa"))
    (folder / "rsa.pem").write_bytes(rsa.key_pem() + rsa.pem)
    assert "has a weak key" not in imported(file_desk, folder, "--dry-run").stdout
    file_desk.settings = {"CERTDESK_MIN_RSA_BITS": "3072"}
    assert "has a weak key" in imported(file_desk, folder, "--dry-run").stdout


def test_two_files_of_one_name_replace_nothing(file_desk: Desk, folder: Path) -> None:
    """A .pfx and a .p12 of the same name would be versions of one label: both are refused."""
    (folder / "alpha.p12").write_bytes(making.pfx(making.make("other.example")))
    assert "3 refused" in imported(file_desk, folder).stderr


def test_the_inventory_is_safe_in_a_spreadsheet(file_desk: Desk, folder: Path) -> None:
    """A subject that begins like a formula is printed as text."""
    imported(file_desk, folder)
    rows = list(csv.DictReader(file_desk.run("inventory", "--csv").stdout.splitlines()))
    assert len(rows) == 5
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    "name", ["=1+1", "@SUM(A1)", "\t=1+1", " \r\n-1", "\uff1d1+1", "\uff20SUM(A1)", "\u200b+1", "\ufeff=1", "\u202e=1"]
)
def test_no_name_is_a_formula(name: str) -> None:
    """Behind spaces and what is not seen, and in full width, spreadsheets find it all the same."""
    assert harmless(name).startswith("'")
    assert harmless(name).isprintable()


@given(st.text())
def test_what_is_printed_of_the_inventory_moves_no_cursor(name: str) -> None:
    """Neither as CSV nor as JSON, which is read as it was all the same."""
    assert harmless(name).isprintable()
    assert not unicodedata.normalize("NFKC", harmless(name)).lstrip(" ").startswith(("=", "+", "-", "@"))
    assert escaped(json.dumps(name, ensure_ascii=False)).isprintable()
    assert json.loads(escaped(json.dumps(name, ensure_ascii=False))) == name


def test_the_inventory_is_searched_completely(file_desk: Desk, folder: Path) -> None:
    """Label, subject, issuer, pins and fingerprints are searched, of client and CA certificates alike."""
    imported(file_desk, folder)

    async def pin(store: Store) -> None:
        async with store.transaction() as tx:
            (place,) = await environments.all_(tx)
            found = await clients.find(tx, place.id, "gamma")
            assert found is not None
            await versions.set_pins(tx, certificate_id=found.certificate_id, pins=("Orders.Payments",), by="U1", at=NOW)

    file_desk.do(pin)

    def labels(text: str) -> set[str]:
        lines = file_desk.run("inventory", "--json", "--find", text).stdout.splitlines()
        return {json.loads(line)["label"] for line in lines}

    assert labels("a.exam") == {"alpha"}
    assert labels("alph") == {"alpha"}
    assert labels("test root") == {"Test Root", "Test Intermediate"}, "the second by its issuer"
    assert labels("test inter") == {"Test Intermediate", "alpha"}, "the second by its issuer"
    assert labels("orders.pay") == {"gamma"}, "by its pin"
    rows = [json.loads(line) for line in file_desk.run("inventory", "--json").stdout.splitlines()]
    for row in rows:
        colons = ":".join(row["sha256"][at : at + 2] for at in range(0, 12, 2)).upper()
        assert labels(colons) == {row["label"]}
    nothing = file_desk.run("inventory", "--find", "elsewhere")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "Nothing matches “elsewhere”.\n")


def test_keys_turn_and_the_old_one_can_go(desk: Desk, folder: Path) -> None:
    """New key in front, rotate, then the ring without the old key opens everything."""
    imported(desk, folder)
    new = desk.run("keys", "new", "--name", "k2").stdout.strip()
    both = f"{new},{desk.keys}"
    assert "k1" in desk.run("keys", "list", keys=both).stdout
    done = desk.run("keys", "rotate", "--batch", "1", keys=both)
    assert done.returncode == 0, done.stderr
    assert "Re-encrypted 3 secrets." in done.stdout
    alone = desk.run("keys", "check", keys=new)
    assert (alone.returncode, alone.stdout) == (0, "Decrypted 3 secrets.\n")
    lost = desk.run("keys", "check")
    assert lost.returncode == 1
    assert "key ring does not open" in lost.stderr
    assert "Traceback" not in lost.stderr


def test_a_database_put_back_to_an_older_state_is_found(file_desk: Desk, folder: Path) -> None:
    """Its log is whole in itself, but does not go on from the head that was written down."""
    database = Path(file_desk.url.removeprefix("sqlite:///"))
    older = database.with_name("older.sqlite3")
    older.touch(0o600)
    with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(older)) as then:
        now.backup(then)
    imported(file_desk, folder)
    said = file_desk.run("audit", "verify").stdout
    head = said.split("Its head is ")[1].strip().rstrip(".")
    assert file_desk.run("audit", "verify", "--head", head).returncode == 0
    back = file_desk.run("audit", "verify", "--head", head, url=f"sqlite:///{older}")
    assert back.returncode == 1
    assert f"does not go on from {head}" in back.stderr
    assert file_desk.run("audit", "verify", "--head", "12").returncode == 2


def test_the_trail_is_proven_and_exported(file_desk: Desk, folder: Path) -> None:
    """A row that was changed is named; what is exported is every event from a day on."""
    imported(file_desk, folder)
    assert "The audit log is complete and unchanged" in file_desk.run("audit", "verify").stdout
    events = [json.loads(line) for line in file_desk.run("audit", "export").stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {"desk:certificate:deposited", "desk:authority:added"} <= {event["tag"] for event in events}
    later = (NOW + timedelta(days=2)).date().isoformat()
    assert file_desk.run("audit", "export", "--since", later).stdout == ""

    async def tamper(store: Store) -> None:
        async with store.transaction() as tx:
            await tx.session.execute(text("UPDATE audit_event SET actor = 'U0MALLORY' WHERE seq = 2"))

    file_desk.do(tamper)
    broken = file_desk.run("audit", "verify")
    assert broken.returncode == 1
    assert "broken at event 2" in broken.stderr


async def alpha_removed(store: Store) -> bytes:
    """Remove a certificate forty days ago; its sealed key."""
    async with store.transaction() as tx:
        (place,) = await environments.all_(tx)
        found = await clients.find(tx, place.id, "alpha")
        assert found is not None
        await clients.remove(tx, certificate_id=found.certificate_id, by="U1", at=NOW - timedelta(days=40))
        return (await tx.session.get_one(VersionRow, found.id)).sealed_key


def test_purge_asks_and_destroys(file_desk: Desk, folder: Path) -> None:
    """What was removed longer ago loses its key; without --yes nothing is done."""
    imported(file_desk, folder)

    file_desk.do(alpha_removed)
    assert file_desk.run("purge", "--older-than", "30d").returncode == 1
    assert "Destroyed 0 private keys." in file_desk.run("purge", "--older-than", "60d", "--yes").stdout
    assert "Destroyed 1 private key." in file_desk.run("purge", "--older-than", "30d", "--yes").stdout
    assert file_desk.run("keys", "check").stdout == "Decrypted 2 secrets.\n"
    assert file_desk.run("purge", "--older-than", "soon", "--yes").returncode == 2


def test_a_purged_key_is_in_no_file(file_desk: Desk, folder: Path) -> None:
    """Not even in SQLite's log, which stays as long as the bot has the database open."""
    imported(file_desk, folder)
    file = Path(file_desk.url.removeprefix("sqlite:///"))

    with closing(sqlite3.connect(file)) as bot:
        bot.execute("SELECT count(*) FROM version").fetchall()
        sealed = file_desk.do(alpha_removed)
        assert any(sealed in one.read_bytes() for one in file.parent.glob("*.sqlite3*"))
        assert "Destroyed 1 private key." in file_desk.run("purge", "--older-than", "30d", "--yes").stdout
        assert not any(sealed in one.read_bytes() for one in file.parent.glob("*.sqlite3*"))


def test_what_an_operator_reads_or_takes_along_is_recorded(file_desk: Desk, folder: Path, tmp_path: Path) -> None:
    """Under the system's user, whatever the environment claims."""
    file_desk.settings["LOGNAME"] = file_desk.settings["USER"] = "somebody-else"
    imported(file_desk, folder)
    for command in (
        ("backup", tmp_path / "saved.jsonl"),
        ("keys", "check"),
        ("audit", "verify"),
        ("inventory", "--csv"),
    ):
        assert file_desk.run(*command).returncode == 0
    events = [json.loads(line) for line in file_desk.run("audit", "export").stdout.splitlines()]
    after = [event["tag"] for event in events][-4:]
    assert after == ["desk:backup:made", "desk:keys:checked", "desk:audit:verified", "desk:inventory:exported"]
    assert {event["actor"] for event in events[-4:]} == {f"cli:{pwd.getpwuid(os.getuid()).pw_name}"}
    again = file_desk.run("audit", "export").stdout
    assert json.loads(again.splitlines()[-1])["tag"] == "desk:audit:exported"


def test_a_backup_comes_back_in_the_other_database(
    desk: Desk, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From SQLite into PostgreSQL and the reverse: the same inventory, keys open, the trail is whole."""
    imported(desk, folder)
    saved = tmp_path / "saved.jsonl"
    assert desk.run("backup", saved).returncode == 0
    assert saved.stat().st_mode & 0o077 == 0
    assert desk.run("backup", saved).returncode == 2
    if desk.url.startswith("sqlite"):
        other = request.getfixturevalue("postgres").fresh()
    else:
        other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    back = desk.run("restore", saved, url=other)
    assert back.returncode == 0, back.stderr
    for command in (("inventory", "--json"), ("keys", "check"), ("keys", "list")):
        assert desk.run(*command, url=other).stdout == desk.run(*command).stdout
    assert "The audit log is complete and unchanged" in desk.run("audit", "verify", url=other).stdout
    again = desk.run("restore", saved, url=other)
    assert again.returncode == 1
    assert "not empty" in again.stderr


@pytest.fixture(scope="module")
def backed_up(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Path]:
    """A database that holds its own secrets, and its backup."""
    room = tmp_path_factory.mktemp("backed-up")
    shutil.copy(sqlite_template, room / "desk.sqlite3")
    desk, saved = new_desk(f"sqlite:///{room / 'desk.sqlite3'}"), room / "saved.jsonl"
    assert desk.run("keys", "list").returncode == 0
    assert desk.run("backup", saved).returncode == 0
    return desk, saved


def damaged(lines: list[str], damage: str) -> str:
    whole = "".join(lines)
    return {
        "cut": "".join(lines[:-1]),
        "changed": whole.replace('"own-key"', '"own-kez"', 1),
        "bytes": whole.replace('"wrapped_key":"', '"wrapped_key":"!', 1),
        "row": "".join([lines[0], '{"table":"own_secret","row":7}\n', *lines[1:]]),
        "twice": "".join([*lines[:2], lines[1], *lines[2:]]),
        "header": "".join(['{"format":"certdesk-backup","layout":2}\n', *lines[1:]]),
        "other": "hello\n",
        "ring": whole,
    }[damage]


@pytest.mark.parametrize("damage", ["cut", "changed", "bytes", "row", "twice", "header", "other", "ring"])
def test_a_bad_backup_leaves_nothing_behind(backed_up: tuple[Desk, Path], tmp_path: Path, damage: str) -> None:
    """Cut off, changed, another kind of file, or another ring: one sentence, and the database stays empty."""
    desk, good = backed_up
    bad = tmp_path / "damaged.txt"
    bad.write_text(damaged(good.read_text().splitlines(keepends=True), damage))
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    keys = KeyRing.new_entry("k1").get_secret_value() if damage == "ring" else None
    done = desk.run("restore", bad, url=other, keys=keys)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ("key ring" if damage == "ring" else "not a whole backup") in done.stderr
    # Which is taken by an empty database only.
    assert desk.run("restore", good, url=other).returncode == 0


def test_a_backup_that_somebody_changed_is_refused(backed_up: tuple[Desk, Path], tmp_path: Path) -> None:
    """A row is others, and count and SHA-256 fit again: nothing is restored, for the code under the ring does not."""
    desk, saved = backed_up
    *lines, end = saved.read_text().splitlines(keepends=True)
    lines.insert(2, '{"table":"pause","row":{"method":"chat.postMessage","until":"2099-01-01T00:00:00+00:00"}}\n')
    changed = {**json.loads(end), "end": len(lines) - 1, "sha256": sha256("".join(lines).encode()).hexdigest()}
    (tmp_path / "changed.txt").write_text("".join(lines) + json.dumps(changed) + "\n")
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    done = desk.run("restore", tmp_path / "changed.txt", "--unprotected", url=other)
    assert done.returncode == 1
    assert "was changed since it was made" in done.stderr
    assert desk.run("restore", saved, url=other).returncode == 0


def test_a_backup_of_an_earlier_version_is_restored(backed_up: tuple[Desk, Path], tmp_path: Path) -> None:
    """Its schema is made, filled and brought up to date; rows of a table that is gone since are left out."""
    desk, saved = backed_up
    header, *rows, _ = saved.read_text().splitlines()
    old = [json.dumps({**json.loads(header), "layout": 1, "revision": "0007"}), *rows]
    old.append('{"table":"search_term","row":{"term":"bank","version_id":"v1"}}')
    whole = "".join(f"{line}\n" for line in old)
    end = json.dumps({"end": len(old) - 1, "sha256": sha256(whole.encode()).hexdigest()})
    (tmp_path / "old.txt").write_text(f"{whole}{end}\n")
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    refused = desk.run("restore", tmp_path / "old.txt", url=other)
    assert refused.returncode == 1
    assert "--unprotected" in refused.stderr
    done = desk.run("restore", tmp_path / "old.txt", "--unprotected", url=other)
    assert done.returncode == 0, done.stderr
    assert "The audit log is complete and unchanged" in desk.run("audit", "verify", url=other).stdout


def test_the_schema_is_upgraded_by_a_command(tmp_path: Path) -> None:
    """A new database is made ready; a second time nothing is to be done."""
    desk = new_desk(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    for _ in range(2):
        assert desk.run("db", "upgrade").stdout == "The database is up to date.\n"


def test_settings_that_are_wrong_are_said() -> None:
    """An address that is none is a sentence, with status 2."""
    done = new_desk("mysql://x").run("keys", "list")
    assert done.returncode == 2
    assert "neither sqlite" in done.stderr


def test_a_certificate_is_handed_out_on_the_server(file_desk: Desk, folder: Path, tmp_path: Path) -> None:
    """Packed under a new password, readable by its owner alone, recorded, and announced in the channel."""
    imported(file_desk, folder)
    out = tmp_path / "alpha.p12"
    done = file_desk.run("hand-out", "orders/production", "alpha", "--out", out)
    assert done.returncode == 0, done.stderr
    key, certificate, _ = pkcs12.load_key_and_certificates(out.read_bytes(), done.stdout.strip().encode())
    assert key is not None
    assert certificate is not None
    assert out.stat().st_mode & 0o777 == 0o600

    async def known(store: Store) -> tuple[list[str], list[Any]]:
        async with store.reading() as tx:
            tags = [str(one.tag) async for one in audit.everything(tx)]
            return tags, list(await tx.session.scalars(select(DueRow.payload).where(DueRow.kind == "notice")))

    tags, notices = file_desk.do(known)
    assert audit.Tag.CERTIFICATE_REVEALED in tags
    assert [one["what"] for one in notices] == ["handed_out"]


def test_what_is_not_handed_out_on_the_server(file_desk: Desk, folder: Path, tmp_path: Path) -> None:
    """A label that is none, a file that exists, a protected environment: a sentence each, and no file."""
    imported(file_desk, folder)
    out = tmp_path / "out.p12"
    none = file_desk.run("hand-out", "orders/production", "none", "--out", out)
    assert (none.returncode, "There is no client certificate none" in none.stderr) == (1, True)
    there = file_desk.run("hand-out", "orders/production", "alpha", "--out", folder)
    assert (there.returncode, "already exists" in there.stderr) == (2, True)

    async def protect(store: Store) -> None:
        async with store.transaction() as tx:
            (place,) = await environments.all_(tx)
            await environments.set_access(tx, place.id, owners_only=False, protected=True, by="U1", at=NOW)

    file_desk.do(protect)
    guarded = file_desk.run("hand-out", "orders/production", "alpha", "--out", out)
    assert (guarded.returncode, "Ask in Slack, with /cert hand-out" in guarded.stderr) == (2, True)
    assert not out.exists()
