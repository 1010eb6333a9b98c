"""Tokens of apps: the channel is told before one expires, and when an app stops using it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.desk.outbox.kind import Sent
from bot.desk.restarts.token_watch import TOKEN_LOOK, TokenLook
from store import DueItem
from store.models import DueRow
from store.restarts import tokens
from tests.flows.delivering import App, added, an_app
from tests.flows.world import World, shown

DAY = timedelta(days=1, minutes=1)


async def days_of_use(world: World, app: App, days: int) -> None:
    for _ in range(days):
        assert (await app.fetch()).status == 200
        world.workspace.advance(DAY)


def told(world: World, text: str) -> int:
    return sum(text in shown(one) for one in world.workspace.messages(world.orders))


async def test_an_app_that_stops_fetching_is_missed(world: World) -> None:
    """Used on three days in a row and not any more: the channel is told, once; and again only after it was used."""
    await world.has_environment()
    await added(world, "bank")
    app = await an_app(world)
    await days_of_use(world, app, 3)
    assert told(world, "has stopped getting its certificates") == 0
    world.workspace.advance(DAY)
    (message,) = await world.sees("has stopped getting its certificates")
    assert "used on 3 days in a row" in shown(message)
    world.workspace.advance(DAY)
    await world.has_environment("orders/test")  # the look of that day has been by now, or comes too late to count
    assert told(world, "has stopped getting its certificates") == 1


async def test_the_end_of_a_token_is_announced(world: World) -> None:
    """Two weeks, a week, three days and a day before, with what to do; where the next one is there, it says so."""
    await world.has_environment()
    await an_app(world, "15")
    world.workspace.advance(2 * DAY)
    (message,) = await world.sees("expires on")
    assert "An owner makes the next one with `/cert env delivery-token orders/production`" in shown(message)
    assert f"<@{world.alice}>" in shown(message)
    await an_app(world, "90")
    world.workspace.advance(7 * DAY)
    await world.sees("expires on", count=2)
    assert "Another one is valid longer" in shown(world.workspace.messages(world.orders)[-1])
    world.workspace.advance(4 * DAY)
    await world.sees("expires on", count=3)


async def test_a_look_plans_the_next_by_when_it_was_taken(world: World) -> None:
    """A day later, also where it is marked done when that day is over: no day is left out."""
    await world.has_environment()
    await an_app(world)
    async with world.desk.store.transaction() as tx:
        (place,) = await world.environments(tx)
        (token,) = await tokens.live(tx, place.id)
        taken = world.desk.clock()
        look = TokenLook(place, token, None, False, taken)
        item = DueItem("i", TOKEN_LOOK.name, token.id, "k", taken, 0, None, None)
        await TOKEN_LOOK.after(Sent(tx, world.desk, item, look, None, taken + 3 * DAY))
        rows = await tx.session.scalars(select(DueRow.due_at).where(DueRow.kind == TOKEN_LOOK.name))
        assert max(rows) < taken + 1.5 * DAY
