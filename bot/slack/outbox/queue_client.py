"""The client of the outbox: one call per method at a time, across replicas."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from bot.slack.bolt.client import Client, Paused
from store import Store, pauses

# A short pause is sat out, so that messages keep their order; for a longer one the queue goes on with something else.
_SAT_OUT_SECONDS = 3.0
_TURN_SECONDS = 15.0
_BUSY_SECONDS = 1.0


class QueueClient(Client):
    """Take turns (:mod:`store.pauses`), and never call a method inside a pause that any replica was told of."""

    def __init__(self, client: Client, store: Store) -> None:
        assert client.session is not None  # noqa: S101  its constructor wants one
        super().__init__(
            token=client.token or "", base_url=client.base_url, session=client.session, rate_limits=client.rate_limits
        )
        self._store = store

    async def api_call(self, api_method: str, **kwargs: Any) -> Any:
        """Call in turn; raise :class:`Paused` if nothing was called, :class:`Unavailable` for the database."""
        give_up = asyncio.get_running_loop().time() + _SAT_OUT_SECONDS
        while True:
            try:
                return await self._in_turn(api_method, kwargs)
            except Paused as paused:
                if asyncio.get_running_loop().time() + paused.seconds > give_up:
                    raise
                await asyncio.sleep(paused.seconds)

    async def _in_turn(self, method: str, kwargs: dict[str, Any]) -> Any:
        answer = None
        try:
            async with AsyncExitStack() as stack:
                turn = await self._turn(stack, method)
                if left := max(turn.left, self.rate_limits.left(method)):
                    raise Paused(method, left)
                try:
                    answer = await self.once(method, **kwargs)
                except Paused as paused:
                    await turn.pause(paused.seconds)
                    raise
        except Exception:
            # A turn that cannot be ended in order, with the database gone, does not undo what Slack has done.
            if answer is None:
                raise
        return answer

    async def _turn(self, stack: AsyncExitStack, method: str) -> pauses.Turn:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                return await stack.enter_async_context(pauses.turn(self._store, method))
        except TimeoutError:
            raise Paused(method, _BUSY_SECONDS) from None
