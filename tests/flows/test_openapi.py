"""The running API keeps to its description, whatever it is asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from bot.api.openapi import DOCUMENT
from tests.flows.delivering import PRODUCTION, added, base_of, delivery_token
from tests.flows.test_hook import made_token
from tests.flows.world import World, open_world

ROUTES = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}


class Running:
    """A bot in a thread of its own: schemathesis asks from this one, and waits for each answer."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self.base = ""
        self.tokens: dict[str, str] = {}

    def __enter__(self) -> Running:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(60)

    async def _run(self) -> None:
        async with open_world(self._home) as world:
            await self._fill(world)
            self._ready.set()
            await self._ended.wait()

    async def _fill(self, world: World) -> None:
        await world.has_environment()
        await added(world, "bank", pins="bank.example")
        self.tokens = {"delivery": await delivery_token(world), "confirm": await made_token(world)}
        self.base = base_of(world)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("api")) as bot:
        yield bot


def test_the_description_is_valid() -> None:
    """It is OpenAPI 3.1, and describes the three routes."""
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    assert len(ROUTES) == 3


@pytest.mark.parametrize(("path", "method"), sorted(ROUTES))
def test_every_answer_is_as_described(running: Running, path: str, method: str) -> None:
    """Status, headers and body of each answer are in the description; with a token of the environment, and without."""
    schema = schemathesis.openapi.from_url(f"{running.base}/v1/openapi.json")
    operation = schema[path][method.upper()]
    (scheme,) = DOCUMENT["paths"][path][method]["security"][0]
    app, environment = PRODUCTION.split("/")

    @given(case=operation.as_strategy())
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        # A valid body can be refused for what it says: a revision that was never there, other fingerprints.
        excluded = [positive_data_acceptance]
        case.query.pop("wait", None)
        case.call_and_validate(excluded_checks=excluded)
        case.path_parameters = {"app": app, "environment": environment}
        token = {"Authorization": f"Bearer {running.tokens[scheme]}"}
        case.call_and_validate(headers=token, excluded_checks=excluded)

    ask()
