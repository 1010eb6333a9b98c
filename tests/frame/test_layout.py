"""The layout of the code: arrows between folders, the size of folders, and names that need no alias."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOZEN = 12
FLOORS = ("store", "bot/certificates", "bot/platforms", "bot/desk", "bot/slack", "bot/cli", "bot/workspace")
# What a floor may import of ours beside itself.
BELOW: Mapping[str, frozenset[str]] = {
    "store": frozenset(),
    "bot/certificates": frozenset(),
    "bot/workspace": frozenset(),
    "bot/desk": frozenset({"store", "bot/certificates"}),
    "bot/platforms": frozenset({"store", "bot/certificates", "bot/desk"}),
    "bot/slack": frozenset({"store", "bot/certificates", "bot/desk", "bot"}),
    "bot/pages": frozenset({"store", "bot/certificates", "bot/desk", "bot"}),
    "bot/api": frozenset({"store", "bot/certificates", "bot/desk", "bot"}),
}
# Features in their order: one imports only what stands before it. Those of one group do not import one another.
ORDER: Mapping[str, Sequence[frozenset[str]]] = {
    "bot/certificates": [
        frozenset({"findings"}),
        frozenset({"model"}),
        frozenset({"encryption"}),
        frozenset({"refusals"}),
        frozenset({"formats"}),
        frozenset({"foreign"}),
        frozenset({"wrapping"}),
        frozenset({"pkcs12", "keystores"}),
        frozenset({"checks"}),
        frozenset({"collect"}),
        frozenset({"client", "authority", "survey", "packing", "pins"}),
        frozenset({"delivery"}),
    ],
    "bot/desk": [
        # The opener knows the certificate logic alone, and the desk holds one.
        frozenset({"opener"}),
        frozenset({"base"}),
        frozenset({"outbox"}),
        frozenset({"requests"}),
        frozenset({"restarts", "expiry"}),
        frozenset({"environments"}),
        frozenset({"certificates"}),
        frozenset({"deposit"}),
        frozenset({"delivery"}),
        frozenset({"home", "kinds", "deeds"}),
    ],
    "bot/slack": [
        frozenset({"kit"}),
        frozenset({"bolt"}),
        frozenset({"outbox"}),
        frozenset({"requests"}),
        frozenset({"restarts", "expiry"}),
        frozenset({"environments"}),
        frozenset({"certificates"}),
        frozenset({"deposit"}),
        frozenset({"delivery"}),
        frozenset({"help"}),
        frozenset({"home", "renderers"}),
        frozenset({"commands"}),
        frozenset({"app"}),
    ],
}


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name; migrations stand apart, for nothing imports them."""
    found = [path for top in ("bot", "store") for path in (ROOT / top).rglob("*.py")]
    return {_dotted(path): path for path in found if "versions" not in path.parts}


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, known: Mapping[str, Path]) -> Iterator[tuple[str, ast.alias]]:
    """The modules of ours that a file imports, inside functions and for type checking too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((one.name, one) for one in node.names if one.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            for one in node.names:
                whole = f"{node.module}.{one.name}"
                if whole in known or node.module in known:
                    yield (whole if whole in known else node.module), one


KNOWN = modules()
ARROWS = {name: {target for target, _ in imported(path, KNOWN)} - {name} for name, path in KNOWN.items()}


def floor_of(module: str) -> str:
    parts = module.split(".")
    if parts[0] == "store" or len(parts) == 1:
        return parts[0]
    return "/".join(parts[:2]) if (ROOT / parts[0] / parts[1]).is_dir() else parts[0]


def feature_of(module: str, floor: str) -> str:
    """The folder or module directly below the floor; empty for the floor's own ``__init__``."""
    inner = module.removeprefix(floor.replace("/", ".")).lstrip(".")
    return inner.split(".")[0]


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """The names along one cycle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_cycle_between_modules() -> None:
    """No module imports itself in a circle, not even for type checking or inside a function."""
    without_doors = {
        name: {target for target in targets if KNOWN[target].name != "__init__.py"}
        for name, targets in ARROWS.items()
        if KNOWN[name].name != "__init__.py"
    }
    assert cycle(without_doors) == []


@pytest.mark.parametrize("floor", FLOORS)
def test_no_cycle_between_the_folders_of_a_floor(floor: str) -> None:
    """The folders and modules directly below a floor import one another in one direction only."""
    graph: dict[str, set[str]] = defaultdict(set)
    for name, targets in ARROWS.items():
        if floor_of(name) != floor or not (here := feature_of(name, floor)):
            continue
        there = {feature_of(one, floor) for one in targets if floor_of(one) == floor}
        graph[here] |= there - {here, ""}
    assert cycle(graph) == []


@pytest.mark.parametrize("floor", sorted(BELOW))
def test_a_floor_imports_what_lies_below_it(floor: str) -> None:
    """The store and the certificate logic import nothing of ours; nothing imports a floor above it."""
    allowed = BELOW[floor] | {floor}
    wrong = {
        f"{name} imports {target}"
        for name, targets in ARROWS.items()
        if floor_of(name) == floor
        for target in targets
        if floor_of(target) not in allowed
    }
    assert wrong == set()


@pytest.mark.parametrize("floor", sorted(ORDER))
def test_a_feature_imports_what_stands_before_it(floor: str) -> None:
    """Features have one order; a feature imports those before it, and none beside or after it."""
    place = {feature: number for number, group in enumerate(ORDER[floor]) for feature in group}
    wrong = set()
    for name, targets in ARROWS.items():
        if floor_of(name) != floor or not (here := feature_of(name, floor)):
            continue
        assert here in place, f"{name}: give the feature {here} its place in the order"
        for target in targets:
            there = feature_of(target, floor)
            if floor_of(target) == floor and there and there != here and place[there] >= place[here]:
                wrong.add(f"{name} imports {target}")
    assert wrong == set()


def test_a_dozen_files_in_a_folder() -> None:
    """A folder of code holds a dozen files at most."""
    folders: dict[Path, int] = defaultdict(int)
    for top in ("bot", "store"):
        for path in (ROOT / top).rglob("*.py"):
            folders[path.parent.relative_to(ROOT)] += 1
    assert {str(folder): count for folder, count in folders.items() if count > DOZEN} == {}


def test_our_modules_need_no_alias() -> None:
    """Nothing of ours is imported under another name: where importers rename, the name is wrong."""
    renamed = {
        f"{path.relative_to(ROOT)}: {alias.name} as {alias.asname}"
        for path in [*KNOWN.values(), *(ROOT / "tests").rglob("*.py")]
        for _, alias in imported(path, KNOWN)
        if alias.asname and alias.asname != alias.name
    }
    assert renamed == set()


# What reads the wall clock on purpose, and why that is no date of a test.
_WALL_CLOCK = {
    "tests/today.py": "makes the moment at which tests begin",
    "tests/clock/sitecustomize.py": "hands it on to other processes",
}


def test_no_test_reads_the_date() -> None:
    """Tests take the moment from :mod:`tests.today`: whoever runs them, on whatever day, sees the same."""
    readers = {"now", "utcnow", "today"}
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("*.py")
        if str(path.relative_to(ROOT)) not in _WALL_CLOCK
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in readers
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    }
    assert found == set()
