"""The client of the Deploy API by itself: what a call may have done is told apart, and no redirect is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr

from bot.desk.base.platforms import Begun, NotReached, PlatformError, Refused, Unclear
from bot.platforms import deploy_api, open_session
from bot.workspace.deploy_api import BAD_APPS, JOB, START, STATE, STOP, DeployApi, Trouble
from store import AppState
from tests.platforms.troubles import HTML, answers, cuts, hangs, says

CALLS: dict[str, Callable[[deploy_api.DeployApi], Awaitable[object]]] = {
    STOP: lambda client: client.stop(),
    START: lambda client: client.start(),
    JOB: lambda client: client.started("j"),
    STATE: lambda client: client.state(),
}


@pytest.fixture
async def cloud() -> AsyncIterator[DeployApi]:
    made = DeployApi()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(cloud: DeployApi) -> AsyncIterator[deploy_api.DeployApi]:
    async with open_session(seconds=0.3) as session:
        key = SecretStr("key-of-the-tests")
        yield deploy_api.DeployApi(session, cloud.base_url, "orders", "Production", "a@b.example", key)


async def test_the_whole_way(client: deploy_api.DeployApi, cloud: DeployApi) -> None:
    """Running, stopped, starting, running; started a second time it says that it runs."""
    assert await client.state() is AppState.RUNNING
    await client.stop()
    assert await client.state() is AppState.STOPPED
    cloud.start_seconds = 1e6
    begun = await client.start()
    assert begun.job
    assert not await client.started(begun.job)
    cloud.apps["orders"].ready_at = 0
    assert await client.started(begun.job)
    assert await client.start() == Begun(running=True)


@pytest.mark.parametrize("operation", CALLS)
async def test_what_a_call_may_have_done(client: deploy_api.DeployApi, cloud: DeployApi, operation: str) -> None:
    """Refused and not reached say that it did nothing; whatever makes no sense says that nobody knows."""
    cases: list[tuple[Trouble, type[PlatformError], str]] = [
        (says(404, "ENVIRONMENT_NOT_FOUND"), Refused, "ENVIRONMENT_NOT_FOUND"),
        (says(400, "SOMETHING_NEW"), Refused, "SOMETHING_NEW"),
        (says(500, "SOMETHING_NEW"), Unclear, "SOMETHING_NEW"),
        (says(500, "START_FAILED"), Refused, "START_FAILED"),
        (says(400, "<!channel>"), Refused, "http_400"),
        (answers(401, HTML), Refused, "http_401"),
        (answers(503, HTML), Unclear, "http_503"),
        (answers(200, HTML), Unclear, "not_json"),
        (answers(200, "[" * 60_000), Unclear, "not_json"),
        (answers(307, "", Location=cloud.base_url), Unclear, "redirected"),
        (answers(429, "", Retry_After="9"), NotReached, "busy"),
        (answers(429, "", Retry_After="0"), NotReached, "busy"),
        (answers(429, "", Retry_After="²"), NotReached, "busy"),
        (answers(429, "", Retry_After="9" * 5000), NotReached, "busy"),
        (hangs, Unclear, "no_answer"),
        (cuts, Unclear, "no_answer"),
    ]
    for trouble, kind, name in cases:
        before = len(cloud.calls)
        # aiohttp asks once more by itself where nothing but a question was cut off.
        times = 2 if trouble is cuts and operation in {JOB, STATE} else 1
        cloud.troubles[operation].extend([trouble] * times)
        with pytest.raises(kind) as caught:
            await CALLS[operation](client)
        assert caught.value.name == name
        assert not isinstance(caught.value, NotReached) or 1 <= caught.value.seconds <= 60
        assert len(cloud.calls) == before + times
    await cloud.stop()
    with pytest.raises(NotReached):
        await CALLS[operation](client)


async def test_what_the_demo_has_for_it(client: deploy_api.DeployApi, cloud: DeployApi) -> None:
    """App ids that go wrong: each does so in its own way."""
    found = []
    for app in BAD_APPS:
        bad = deploy_api.DeployApi(client.session, cloud.base_url, app, "Test", "u", SecretStr("key-of-the-tests"))
        try:
            await bad.stop()
            begun = await bad.start()
            found.append(str(await bad.started(begun.job or "")))
        except PlatformError as error:
            found.append(error.name)
    assert found == ["STOP_FAILED", "STARTUP_ACTION_FAILED", "False", "no_answer"]


async def test_nothing_prints_the_key(client: deploy_api.DeployApi) -> None:
    """Neither the client nor an error of it."""
    assert "key-of-the-tests" not in repr(client)
    with pytest.raises(PlatformError) as caught:
        await client.started("no such job/../../stop")
    assert "key-of-the-tests" not in repr(caught.value)
    assert caught.value.name == "NO_SUCH_STARTJOB"
