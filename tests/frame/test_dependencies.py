"""The lock file: everything that a deployment installs, at releases that pyproject.toml takes, with hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPLOYED = [
    *PROJECT["dependencies"],
    *(one for name in ("aws", "postgres") for one in PROJECT["optional-dependencies"][name]),
]


def locked() -> dict[str, str]:
    """The release of each package, by its canonical name."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", LOCK, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("wanted", DEPLOYED)
def test_the_lock_has_what_the_project_asks_for(wanted: str) -> None:
    """Who changes a bound renews the lock file with it."""
    requirement = Requirement(wanted)
    assert requirement.specifier.contains(locked()[canonicalize_name(requirement.name)])


def test_every_release_has_its_hashes() -> None:
    """Whoever serves the packages cannot put in others."""
    for block in re.split(r"\n(?=[a-z0-9])", LOCK.partition("\n")[2]):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_every_dependency_has_a_lower_bound() -> None:
    """Without one, a release with known faults would do; time zones alone are better the newer they are."""
    free = {Requirement(one).name for one in DEPLOYED if ">=" not in one}
    assert free == {"tzdata"}


def test_no_registry_is_named() -> None:
    """Where packages come from is for the machine to say."""
    assert "://" not in LOCK
