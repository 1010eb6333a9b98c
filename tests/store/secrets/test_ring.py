"""The key ring: how it is written, what is wrong with it in one sentence, and its file."""

from __future__ import annotations

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from store import KeyRing, RingError

ONE = base64.b64encode(bytes(32)).decode()
TWO = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize("between", [",", " ", "\n", ", ", ",\r\n\t"])
def test_entries_stand_between_commas_and_white_space(between: str) -> None:
    """The first entry seals; whatever separates them, and a separator at the end, is no matter."""
    ring = KeyRing.parse(SecretStr(f"new:{TWO}{between}old:{ONE}{between}"))
    assert ring.first == "new"
    assert {name: key.get_secret_value() for name, key in ring.keys.items()} == {
        "new": bytes(range(32)),
        "old": bytes(32),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The key ring is empty"),
        (" ,\n", "The key ring is empty"),
        (TWO, "Entry 1 of the key ring is not name:base64"),
        (f"a:{ONE} {TWO}", "Entry 2 of the key ring is not name:base64"),
        (f"{TWO}:a", "Entry 1 of the key ring is not name:base64"),
        (f"a:{ONE},a:{TWO}", "two entries named a"),
        ("a:AAEC", "The key a of the key ring is not 32 bytes"),
        (f"a:{TWO}AAAA", "The key a of the key ring is not 32 bytes"),
        (f"a:{TWO[:-1]}", "The key a of the key ring is not 32 bytes"),
        ("a:ÄÖÜ", "The key a of the key ring is not 32 bytes"),
        (f"bad/name:{TWO}", "Entry 1 of the key ring is not name:base64"),
    ],
)
def test_what_is_wrong_is_one_sentence_without_a_key(text: str, sentence: str) -> None:
    """The operator reads which entry is wrong, and never the key that stands in it."""
    with pytest.raises(RingError, match=sentence) as caught:
        KeyRing.parse(SecretStr(text))
    said = str(caught.value)
    assert TWO not in said
    assert ONE not in said
    assert "\n" not in said


def test_a_new_entry_is_read_back() -> None:
    """What is made for an operator is what the ring reads."""
    ring = KeyRing.parse(KeyRing.new_entry("2026-11"))
    assert ring.first == "2026-11"
    assert len(ring.keys["2026-11"].get_secret_value()) == 32


def test_new_entries_differ_and_have_sound_names() -> None:
    """Each is random; a name that the ring could not read back is refused."""
    assert KeyRing.new_entry("a").get_secret_value() != KeyRing.new_entry("a").get_secret_value()
    with pytest.raises(RingError):
        KeyRing.new_entry("no spaces")


def test_the_embedded_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Made once with mode 0600, whatever the umask, and read from then on."""
    path = tmp_path / "certdesk.keys"
    before = os.umask(0)
    try:
        made = KeyRing.embedded(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.embedded(path) == made
    assert [one.name for one in tmp_path.iterdir()] == ["certdesk.keys"]


def test_processes_that_start_together_share_one_file(tmp_path: Path) -> None:
    """Whoever is first makes the file; all read the same ring."""
    path = tmp_path / "certdesk.keys"
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(KeyRing.embedded, [path] * 8))
    assert all(ring == rings[0] for ring in rings)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """A key file that others may read or write is not used, and the sentence says the command."""
    path = tmp_path / "certdesk.keys"
    KeyRing.embedded(path)
    path.chmod(mode)
    with pytest.raises(RingError, match="chmod 600"):
        KeyRing.embedded(path)
    path.chmod(0o600)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Missing, or not text: one sentence each."""
    with pytest.raises(RingError, match="cannot be read"):
        KeyRing.from_file(tmp_path / "missing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "binary").chmod(0o600)
    with pytest.raises(RingError, match="cannot be read"):
        KeyRing.from_file(tmp_path / "binary")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The embedded file is not made in a folder that does not exist."""
    with pytest.raises(RingError, match="cannot be made"):
        KeyRing.embedded(tmp_path / "missing" / "certdesk.keys")
