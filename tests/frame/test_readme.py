"""The README's promises that a program can check."""

from __future__ import annotations

import re
from pathlib import Path

from bot.settings import IN_FILES, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def shell_lines() -> list[str]:
    return [
        line
        for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
        for line in block.split("\n")
    ]


def test_ci_runs_the_very_test_command() -> None:
    """The command that the README gives for the tests stands in .ci/run as it is."""
    (command,) = [line for line in shell_lines() if line.endswith(".venv/bin/pytest")]
    assert command in (ROOT / ".ci/run").read_text().splitlines()


def test_every_setting_is_in_the_table() -> None:
    """Each environment variable that is read stands with the configuration, and no other; so do those of files."""
    read = {field.validation_alias.choices[0] for field in Settings.model_fields.values()}  # type: ignore[union-attr]  # always one AliasChoices
    read |= {f"{name}_FILE" for name in IN_FILES}
    told = set(re.findall(r"`((?:SLACK|CERTDESK)_[A-Z_]+)`", README.split("## Configuration")[1].split("##")[0]))
    assert told == read


def test_the_picture_is_there() -> None:
    """Every picture and file that the README points to exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).is_file(), target
