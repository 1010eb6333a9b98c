"""Whatever is sent to the hook's address, by whomever: a refusal, never a failure."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import quote, urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import audit
from store.audit import Tag
from tests.flows.test_hook import ORDERS, address, made_token
from tests.flows.world import World

# One world for all examples: what they leave behind is part of what they try.
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
GOOD = b"<the good token>"

moments = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.from_regex(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,30})?([Zz]|[+-]\d{2}:\d{2})", fullmatch=True),
    st.text(max_size=40),
)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=300),
    st.binary(min_size=4000, max_size=9000),
    moments.map(lambda moment: json.dumps({"at": moment}).encode("utf-8", "surrogatepass")),
    values.map(lambda value: json.dumps({"at": value}).encode("utf-8", "surrogatepass")),
    values.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
)
lines = st.binary(max_size=60).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b""))
tokens = st.one_of(st.just(GOOD), st.just(b"cdh_" + b"A" * 43), lines)
headers = st.lists(
    st.sampled_from(
        [
            b"Content-Type: application/json",
            b"Content-Encoding: gzip",
            b"Content-Encoding: deflate",
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
            b"Authorization: Bearer x",
            b"X-Forwarded-For: <!channel>",
        ]
    )
    | lines.map(lambda line: b"X-Odd: " + line),
    max_size=3,
)
paths = st.one_of(st.just(ORDERS), st.text(max_size=30).map(lambda text: quote(text.encode("utf-8", "surrogatepass"))))


async def sent(world: World, raw: bytes) -> int:
    """The status of the answer; 0 where the connection was closed without one, or more is still waited for."""
    host = urlsplit(str(world.workspace.bot_url))
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    try:
        writer.write(raw)
        await writer.drain()
        line = await asyncio.wait_for(reader.readline(), 1)
    except (ConnectionError, TimeoutError):
        return 0
    finally:
        writer.close()
    return int(line.split()[1]) if line else 0


async def test_nothing_that_is_sent_fails(world: World) -> None:
    """Odd paths, tokens, headers and bodies, with a good token and without: statuses below 500, and a whole trail."""
    await world.has_environment()
    good = (await made_token(world)).encode()
    statuses: set[int] = set()
    loop = asyncio.get_running_loop()

    @many
    @given(paths, st.sampled_from([b"Bearer ", b"bearer  ", b"Basic ", b""]), tokens, headers, bodies)
    def tried(path: str, scheme: bytes, token: bytes, more: list[bytes], body: bytes) -> None:
        where = urlsplit(address(world, path)).path.encode()
        head = [
            b"POST " + where + b" HTTP/1.1",
            b"Host: certdesk.example",
            b"Authorization: " + scheme + token.replace(GOOD, good),
            *([] if b"Transfer-Encoding: chunked" in more else [b"Content-Length: %d" % len(body)]),
            *more,
        ]
        sending = sent(world, b"\r\n".join(head) + b"\r\n\r\n" + body)
        status = asyncio.run_coroutine_threadsafe(sending, loop).result(30)
        statuses.add(status)
        assert status < 500

    await asyncio.to_thread(tried)
    assert {200, 400, 401} <= statuses
    async with world.desk.store.transaction() as tx:
        assert (await audit.verify(tx)).ok
        refused = [one for one in await audit.events(tx) if one.tag == Tag.ATTEMPT_REFUSED]
    assert 0 < len(refused) <= 20
