"""Instances say what they run; a restart that all of them have loaded ends by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import audit, instances
from store.audit import Tag
from tests.flows.delivering import PRODUCTION, added, an_app
from tests.flows.test_hook import changed, made_token, waiting
from tests.flows.world import World, shown


async def reminder(world: World, text: str) -> str:
    """The restart reminder as it stands now, once it holds the text."""
    (message,) = await world.sees(text)
    return shown(message)


async def test_a_restart_ends_when_every_instance_runs_the_change(world: World) -> None:
    """Two of three do not end it, and its message counts them; the third does, and the message names the version."""
    await world.has_environment()
    app = await an_app(world)
    for name in ("app-1", "app-2", "app-3"):
        await app.loaded(name, 0)
    for _ in range(2):
        await added(world, "bank")
    assert await waiting(world) == ["bank", "bank"]
    standings = [(await app.comes_up(name)).body for name in ("app-1", "app-2")]
    assert [(one["instances"], one["current"], one["confirmed"]) for one in standings] == [(3, 1, False), (3, 2, False)]
    world.workspace.advance(timedelta(seconds=20))
    so_far = await reminder(world, "2 of 3 instances run `bank` version 2")
    assert "closes by itself once all of them do" in so_far
    last = (await app.comes_up("app-3")).body
    assert (last["confirmed"], last["pending"]) == (True, 0)
    ended = await reminder(world, "3 of 3 instances run `bank` version 2")
    assert "restart_done" not in ended
    assert "restart_undo" not in ended
    assert await waiting(world) == []


async def test_what_was_changed_meanwhile_stays_pending(world: World) -> None:
    """Instances that run the first of two changes prove that one and not the other."""
    await world.has_environment()
    await added(world, "bank")
    app = await an_app(world)
    bundle = (await app.fetch()).body
    await changed(world, "Partner Root")
    fingerprints = [one["sha256"] for one in bundle["client_certificates"]]
    standing = (await app.loaded("app-1", bundle["revision"], fingerprints)).body
    assert (standing["confirmed"], standing["current"], standing["pending"]) == (True, 0, 1)
    assert await waiting(world) == ["Partner Root"]


async def test_instances_that_end_or_are_not_seen_hold_nothing_up(world: World) -> None:
    """One says goodbye, one is silent for a day: those that are left prove it."""
    await world.has_environment()
    app = await an_app(world)
    for name in ("silent", "ended", "here"):
        assert (await app.loaded(name, 0)).status == 200
    world.workspace.advance(timedelta(hours=25))
    assert (await app.loaded("ended", 0)).status == 200
    await changed(world, "Partner Root")
    assert not (await app.comes_up("here")).body["confirmed"]
    assert (await app.loaded("ended", stopped=True)).body == {
        "environment": PRODUCTION,
        "revision": 1,
        "instances": 2,
        "current": 1,
        "confirmed": False,
        "pending": 1,
    }
    world.workspace.advance(timedelta(minutes=6))
    await reminder(world, "1 of 1 instance runs this change")


async def test_an_instance_that_is_restarted_counts_meanwhile(world: World) -> None:
    """It says goodbye and comes back: the others alone prove nothing in between, and all are counted."""
    await world.has_environment()
    app = await an_app(world)
    for name in ("app-1", "app-2"):
        await app.loaded(name, 0)
    await changed(world, "Partner Root")
    for name in ("app-1", "app-2"):
        assert not (await app.loaded(name, stopped=True)).body["confirmed"]
        said = (await app.comes_up(name)).body
    assert (said["instances"], said["current"], said["confirmed"]) == (2, 2, True)
    await reminder(world, "2 of 2 instances run this change")
    world.workspace.advance(timedelta(minutes=6))
    assert await waiting(world) == []


async def test_an_instance_that_comes_up_with_older_certificates_is_reported(world: World) -> None:
    """Once for several of them, and not again while they say the same; the audit log knows each."""
    await world.has_environment()
    app = await an_app(world)
    old = (await app.fetch()).body["revision"]
    await changed(world, "Partner Root")
    assert (await app.comes_up("app-1")).body["confirmed"]
    for name in ("app-2", "app-3", "app-2"):
        await app.loaded(name, old)
    world.workspace.advance(timedelta(seconds=30))
    (told,) = await world.sees("run older certificates")
    assert "2 instances (`app-2`, `app-3`)" in shown(told)
    async with world.desk.store.reading() as tx:
        found = [one.detail["instance"] for one in await audit.events(tx) if one.tag == Tag.INSTANCE_BEHIND]
    assert sorted(found) == ["app-2", "app-3"]
    assert len([one for one in world.workspace.messages(world.orders) if "older certificates" in shown(one)]) == 1


async def test_a_person_confirms_what_is_not_proven(world: World) -> None:
    """The message says so, and how many instances run it."""
    await world.has_environment()
    app = await an_app(world)
    await app.loaded("app-1", 0)
    await changed(world, "Partner Root")
    (message,) = await world.sees("restart_done")
    await world.workspace.click(world.bob, message["ts"], "restart_done")
    ended = await reminder(world, "That is not proven")
    assert f"<@{world.bob}> confirmed it" in ended
    assert "0 of 1 instance run this change" in ended


async def test_without_instances_nothing_is_said_of_proof(world: World) -> None:
    """An app that does not report is confirmed by people and pipelines, as ever."""
    await world.has_environment()
    await changed(world, "Partner Root")
    (message,) = await world.sees("restart_done")
    assert "instance" not in shown(message)
    await world.workspace.click(world.bob, message["ts"], "restart_done")
    assert "proven" not in await reminder(world, f"<@{world.bob}> confirmed it")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ({"revision": 9}, "unknown_revision"),
        ({"revision": -1}, "unknown_revision"),
        ({"revision": 1}, "fingerprints_differ"),
        ({"revision": 1, "fingerprints": ["ab" * 32]}, "fingerprints_differ"),
        ({"revision": 1, "fingerprints": ["AB" * 32]}, "bad_fingerprints"),
        ({"revision": True}, "bad_body"),
        ({}, "bad_body"),
        ({"revision": 1, "host": "x"}, "unknown_field"),
        ({"instance": "", "revision": 0}, "bad_instance"),
        ({"instance": "a\nb", "revision": 0}, "bad_instance"),
        ({"instance": "x" * 121, "revision": 0}, "bad_instance"),
    ],
)
async def test_a_report_that_proves_nothing(world: World, report: dict[str, object], code: str) -> None:
    """It has a code and a sentence; no instance is known by it, and the restart goes on waiting."""
    await world.has_environment()
    await added(world, "bank")
    app = await an_app(world)
    given = {"instance": "app-1", **report}
    got = await app._call("POST", "loaded", json=given)
    assert got.error == code
    assert got.body["message"].endswith((".", "]}."))
    async with world.desk.store.reading() as tx:
        (place,) = await world.environments(tx)  # type: ignore[arg-type]  # it only reads
        assert await instances.count(tx, place.id) == 0
    assert await waiting(world) == ["bank"]


async def test_a_token_for_restarts_proves_nothing(world: World) -> None:
    """It confirms, as it always did, and cannot report instances; none is known by it."""
    await world.has_environment()
    app = await an_app(world)
    app.token = await made_token(world)
    assert (await app.loaded("app-1", 0)).error == "wrong_scope"
    async with world.desk.store.transaction() as tx:
        (place,) = await world.environments(tx)
        assert await instances.count(tx, place.id) == 0


async def test_many_instances_at_once(world: World) -> None:
    """Thirty come up at the same time: the restart ends with the last, once."""
    await world.has_environment()
    app = await an_app(world)
    names = [f"app-{number}" for number in range(30)]
    await asyncio.gather(*(app.loaded(name, 0) for name in names))
    await changed(world, "Partner Root")
    bundle = (await app.fetch()).body
    found = await asyncio.gather(*(app.loaded(name, bundle["revision"]) for name in names))
    assert [one.status for one in found] == [200] * 30
    assert sum(one.body["confirmed"] for one in found) == 1
    await reminder(world, "30 of 30 instances run this change")
