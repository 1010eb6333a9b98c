"""Compose the application: the only place that chooses implementations.

Every resource opens and closes here (aiohttp's ``cleanup_ctx``, closed in reverse order), so that a test builds the
same app with another clock, database or Slack.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp

from bot import metrics
from bot.api import Api
from bot.desk.base.desk import Desk
from bot.desk.delivery.partners.watch import PartnerWatch, plan_round
from bot.desk.environments import ownerless
from bot.desk.kinds import KINDS
from bot.desk.outbox.results import Sender
from bot.desk.outbox.runner import run_due
from bot.desk.restarts.performer import Performer
from bot.entrance import Entrance
from bot.pages import Pages
from bot.pages.hand_out import HandOutPage
from bot.pages.upload import UploadPage
from bot.peers import Peers
from bot.platforms import open_session, restart_platforms
from bot.platforms.handshake import PartnerHandshakes
from bot.platforms.oidc import OidcIssuers
from bot.policy import opener, policy
from bot.ring import open_pool, open_ring
from bot.settings import Settings
from bot.slack import Client, InFlight, QueueClient, SlackFiles, build, build_courier
from bot.slack.bolt.health import SlackHealth
from bot.slack.bolt.people import People
from bot.slack.bolt.socket_mode import BOT_TOKEN, SlackRefusesUs, socket_handler, until_answered
from bot.slack.kit.errors import PLAIN, sentence
from store import Store, Unavailable, open_store, pauses, queue

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

# Slack waits three seconds for an answer and our slowest acknowledged work (opening a file) is bounded by its
# budget; past this the process would be killed by most supervisors anyway.
STOP_WITHIN_SECONDS = 20.0
# Slack hears of them one by one all the same; what is read before and marked after need not wait for that.
SAID_TOGETHER = 4
# A call of a platform waits and does nothing else; one that hangs keeps those beside it waiting for its few seconds.
RESTARTS_SIDE_BY_SIDE = 8
# Channels whose partners are looked at; each asks several servers at a time.
LOOKS_SIDE_BY_SIDE = 4

DESK = web.AppKey("desk", Desk)
STORE = web.AppKey("store", Store)
HTTP = web.AppKey("http", aiohttp.ClientSession)
CLIENT = web.AppKey("client", Client)
BOLT = web.AppKey("bolt", AsyncApp)
IN_FLIGHT = web.AppKey("in_flight", InFlight)
PEOPLE = web.AppKey("people", People)
FILES = web.AppKey("files", SlackFiles)
API = web.AppKey("api", Api)
ENTRANCE = web.AppKey("entrance", Entrance)
HEALTH = web.AppKey("health", SlackHealth)


REFUSALS = web.AppKey("refusals", list[SlackRefusesUs])


def utc_now() -> datetime:
    """Return the time of the wall clock, aware and in UTC."""
    return datetime.now(UTC)


def create_app(settings: Settings, *, clock: Clock = utc_now) -> web.Application:
    """Return the bot as an aiohttp application. Its startup opens all resources, its cleanup closes them."""
    # A body is inflated by nobody who does not know yet whose it is.
    app = web.Application(handler_args={"auto_decompress": False})
    app[ENTRANCE] = Entrance(settings.signing_secret, lambda: app[STORE])
    app[IN_FLIGHT] = InFlight()
    app[HEALTH] = SlackHealth()
    app[REFUSALS] = []
    app.router.add_post("/slack/events", _slack_events)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _for_scrapers(settings.metrics_token))
    peers = Peers(settings.trusted_proxies)
    app[API] = Api(lambda: app[DESK], peers)
    app[API].register(app.router)
    if settings.pages_url:
        pages = Pages(lambda: app[DESK], lambda: app[PEOPLE], peers, partial(sentence, voice=PLAIN))
        pages.set_up(app)
        HandOutPage(pages).register(app.router)
        UploadPage(pages, partial(_dropped, app)).register(app.router)
    app.on_shutdown.append(_let_go)
    app.cleanup_ctx.extend(
        [
            _http_session,
            _store(settings),
            _desk(settings, clock),
            _slack(settings),
            _due_runner(settings),
            _finish_acknowledged,
            _socket_mode(settings),
        ]
    )
    return app


async def _dropped(app: web.Application, file_id: str) -> bytes:
    """Return a file that was dropped in Slack."""
    return await app[FILES].fetch(file_id)


async def _let_go(app: web.Application) -> None:
    """Answer the apps that wait for a change: a server that stops waits for its requests."""
    app[API].close()


async def _http_session(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as session:
        app[HTTP] = session
        yield


def _store(settings: Settings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        async with (
            open_ring(settings) as ring,
            open_store(settings.database_url, ring, pool=open_pool(settings)) as store,
        ):
            app[STORE] = store
            yield
            await app[ENTRANCE].close()

    return context


def _desk(settings: Settings, clock: Clock) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        async with opener(settings) as workers, open_session(settings.webhook_hosts) as session:
            if workers.lacking:
                log.warning("workers_not_confined", lacking=", ".join(workers.lacking))
            platforms = restart_platforms(
                session, clock, deploy_api=settings.deploy_api_url, hosts=settings.webhook_hosts
            )
            app[DESK] = Desk(
                store=app[STORE],
                opener=workers,
                clock=clock,
                policy=policy(settings),
                platforms=platforms,
                handshakes=PartnerHandshakes(settings.webhook_hosts),
                pages_url=settings.pages_url,
                issuers=OidcIssuers(session, settings.oidc_issuers),
            )
            yield

    return context


def slack_client(settings: Settings, session: aiohttp.ClientSession, store: Store) -> Client:
    """Return the Slack client on the shared session. It shares the pauses that Slack asks for with other replicas."""

    async def told(method: str, seconds: float) -> None:
        try:
            async with store.transaction() as tx:
                await pauses.pause(tx, method, seconds)
        except Unavailable as away:  # this process keeps the pause all the same
            log.warning("pause_not_shared", method=method, reason=away.reason)

    return Client(
        token=settings.bot_token.get_secret_value(), base_url=settings.slack_api_url, session=session, told=told
    )


def _slack(settings: Settings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        client = app[CLIENT] = slack_client(settings, app[HTTP], app[STORE])
        people = app[PEOPLE] = People(client)
        app[FILES] = SlackFiles(
            client=client,
            http=app[HTTP],
            token=settings.bot_token,
            hosts=settings.allowed_file_hosts,
            most=app[DESK].policy.max_bytes,
        )
        secret = settings.signing_secret
        app[BOLT] = build(
            app[DESK],
            client=client,
            # Socket Mode's payloads come through an authenticated web socket and carry no signature.
            signing_secret=secret.get_secret_value() if secret else None,
            http=app[HTTP],
            file_hosts=settings.allowed_file_hosts,
            tracker=app[IN_FLIGHT],
            people=people,
            public_url=settings.public_url,
        )
        yield

    return context


async def _introduce(app: web.Application) -> None:
    """Call auth.test until Slack answers, and now and then afterwards; stop the bot if Slack refuses it at first."""
    try:
        await until_answered(app[CLIENT].auth_test, BOT_TOKEN)
    except SlackRefusesUs as refusal:
        _stop(app, refusal)
    else:
        try:
            await ownerless.bot_started(app[DESK])
            await plan_round(app[DESK])
        except Unavailable as away:  # the next start looks again
            log.warning("not_looked_at_what_changed", reason=away.reason)
        await app[HEALTH].watch(app[CLIENT])


def _due_runner(settings: Settings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        client = QueueClient(app[CLIENT], app[STORE])
        files = SlackFiles(
            client=client,
            http=app[HTTP],
            token=settings.bot_token,
            hosts=settings.allowed_file_hosts,
        )
        courier = build_courier(app[DESK], client=client, files=files)
        stop = asyncio.Event()
        desk, performer = app[DESK], Performer(app[DESK])
        lanes: dict[str, tuple[Sender, int]] = {
            queue.SAY: (courier, SAID_TOGETHER),
            queue.LOOK: (courier, settings.open_workers),
            queue.DO: (performer, RESTARTS_SIDE_BY_SIDE),
            queue.CALL: (PartnerWatch(desk), LOOKS_SIDE_BY_SIDE),
        }
        runners = [
            asyncio.create_task(run_due(desk, KINDS, sender, stop=stop, lane=lane, side_by_side=many), name=lane)
            for lane, (sender, many) in lanes.items()
        ]
        yield
        stop.set()
        app[DESK].nudge.set()
        # A message being sent is finished and marked, so that a restart does not say it twice.
        _, late = await asyncio.wait(runners, timeout=STOP_WITHIN_SECONDS)
        for runner in late:
            runner.cancel()

    return context


async def _finish_acknowledged(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[IN_FLIGHT].wait(timeout=STOP_WITHIN_SECONDS)


def _socket_mode(settings: Settings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        async with _cancelled_at_exit(asyncio.create_task(_introduce(app), name="introduce")):
            if settings.app_token is None:
                yield
                return
            handler = socket_handler(app[BOLT], app[CLIENT], settings.app_token, app[IN_FLIGHT], partial(_stop, app))
            app[HEALTH].socket = handler
            connecting = asyncio.create_task(handler.connect_async(), name="socket-mode")  # type: ignore[no-untyped-call]  # bolt leaves it so
            async with _cancelled_at_exit(connecting):
                yield
            # Answers go through the socket: what runs is finished first.
            await app[IN_FLIGHT].wait(timeout=STOP_WITHIN_SECONDS)
            await handler.close_async()  # type: ignore[no-untyped-call]  # bolt leaves it so

    return context


@asynccontextmanager
async def _cancelled_at_exit(task: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _stop(app: web.Application, refusal: SlackRefusesUs) -> None:
    """Stop the bot: supervisors restart what stops, but one without a token looks healthy and does nothing."""
    app[REFUSALS].append(refusal)
    asyncio.get_running_loop().call_soon(_exit_gracefully)


def _exit_gracefully() -> None:
    raise web.GracefulExit


async def _slack_events(request: web.Request) -> web.Response:
    admitted = await request.app[ENTRANCE].admit(request)
    if isinstance(admitted, web.Response):
        return admitted
    try:
        answer = await to_aiohttp_response(await request.app[BOLT].async_dispatch(admitted))
    except BaseException:
        await request.app[ENTRANCE].failed(request)
        raise
    if answer.status >= 500:
        await request.app[ENTRANCE].failed(request)
    return answer


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def _metrics(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    body = await metrics.rendered(
        desk.store,
        desk.opener,
        request.app[CLIENT].rate_limits,
        desk.clock(),
        api=request.app[API].outcomes,
        rejected=request.app[ENTRANCE].rejected,
    )
    return web.Response(body=body, headers={"Content-Type": metrics.CONTENT_TYPE_LATEST})


def _for_scrapers(token: SecretStr | None) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of the metrics: for everybody, or for who has the operator's token."""

    async def answer(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        wanted = b"Bearer " + token.get_secret_value().encode() if token else given
        if not hmac.compare_digest(given, wanted):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        return await _metrics(request)

    return answer


async def _readyz(request: web.Request) -> web.Response:
    checks = {
        "database": await _answers("database_unreachable", request.app[STORE].ping),
        "keys": await _answers("key_ring_unusable", request.app[STORE].prove_ring),
        "slack": await request.app[HEALTH].is_reached(),
    }
    ready = all(checks.values())
    return web.json_response({"ready": ready, **checks}, status=200 if ready else 503)


async def _answers(trouble: str, ask: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(2):
            await ask()
    except Exception as error:  # whatever stands between us and it, the answer is the same: not ready
        log.warning(trouble, reason=type(error).__name__)
        return False
    return True
