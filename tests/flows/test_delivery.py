"""An app fetches its certificates over HTTP, with a token that an owner made in Slack."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from bot.certificates.delivery.bundle import Form
from store import audit
from store.audit import Tag
from tests import making
from tests.flows.delivering import PRODUCTION, added, an_app, base_of, delivery_token
from tests.flows.test_hook import changed, made_token
from tests.flows.world import World, shown


async def events(world: World, tag: Tag) -> list[audit.Event]:
    async with world.desk.store.reading() as tx:
        return [one for one in await audit.events(tx, limit=500) if one.tag == tag]


async def test_an_app_gets_what_people_added(world: World) -> None:
    """Container, key, chain and CA certificates come in one answer; who got what is written down."""
    await world.has_environment()
    leaf = await added(world, "bank", pins="bank.example, Module.Service")
    await changed(world, "Partner Root")
    app = await an_app(world)
    got = await app.fetch()
    assert got.status == 200
    assert (got.headers["Cache-Control"], got.headers["Certdesk-Revision"]) == ("no-store", "2")
    (one,), (root,) = got.body["client_certificates"], got.body["ca_certificates"]
    assert (one["label"], one["version"], one["pins"]) == ("bank", 1, ["Module.Service", "bank.example"])
    assert one["sha256"] == leaf.sha256
    assert root["name"] == "Partner Root"
    key: Any
    key, certificate, chain = pkcs12.load_key_and_certificates(b64decode(one["pkcs12"]), one["password"].encode())
    assert key is not None
    assert certificate == leaf.certificate
    assert len(chain) == 2
    assert one["certificate"].encode() == leaf.certificate.public_bytes(Encoding.PEM)
    (event,) = await events(world, Tag.BUNDLE_DELIVERED)
    assert event.actor == f"app:{app.token[-4:]}"
    assert (event.detail["versions"], event.detail["revision"], event.detail["form"]) == ("bank@1", 2, "json")
    assert event.detail["where"].startswith("http:127.0.0.1:")


@pytest.mark.parametrize("form", list(Form))
async def test_an_empty_environment_is_valid_in_every_form(world: World, form: Form) -> None:
    """It is at revision 0, and says so."""
    await world.has_environment()
    got = await (await an_app(world)).fetch(form.value)
    assert (got.status, got.headers["Certdesk-Revision"]) == (200, "0")


async def test_the_same_revision_in_the_same_form_has_the_same_etag(world: World) -> None:
    """Who has it gets 304 and no key, by ETag and by number; another form, folder or revision has another one."""
    await world.has_environment()
    await added(world, "bank")
    app = await an_app(world)
    first = await app.fetch("runtime", directory="/run/certdesk")
    tag = first.headers["ETag"]
    assert (await app.fetch("runtime", directory="/run/certdesk")).headers["ETag"] == tag
    delivered = len(await events(world, Tag.BUNDLE_DELIVERED))
    for had in ({"etag": tag}, {"revision": 1}, {"etag": f'"other", {tag}'}):
        same = await app.fetch("runtime", directory="/run/certdesk", **had)
        assert (same.status, same.text, same.headers["ETag"]) == (304, "", tag)
    assert len(await events(world, Tag.BUNDLE_DELIVERED)) == delivered
    others = [await app.fetch("runtime", etag=tag), await app.fetch("files", etag=tag)]
    await changed(world, "Partner Root")
    others.append(await app.fetch("runtime", directory="/run/certdesk", etag=tag))
    assert [one.status for one in others] == [200, 200, 200]
    assert others[-1].headers["Certdesk-Revision"] == "2"


async def test_an_app_waits_for_a_change(world: World) -> None:
    """It is told within a moment of the change, and gets 304 where none came in time."""
    await world.has_environment()
    app = await an_app(world)
    assert (await app.fetch(revision=0, wait=1)).status == 304
    waiting = asyncio.create_task(app.fetch(revision=0, wait=30))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await changed(world, "Partner Root")
    got = await asyncio.wait_for(waiting, 10)
    assert (got.status, got.headers["Certdesk-Revision"]) == (200, "1")


async def test_a_bot_that_stops_lets_waiting_apps_go(world: World) -> None:
    """It does not wait for the rest of their minute."""
    await world.has_environment()
    app = await an_app(world)
    waiting = asyncio.create_task(app.fetch(revision=0, wait=60))
    await asyncio.sleep(0.5)
    async with asyncio.timeout(15):
        await world.stop()
    assert (await waiting).status == 304


async def test_what_cannot_be_asked_for(world: World) -> None:
    """Each mistake has a code of its own and a sentence, and nothing is delivered."""
    await world.has_environment()
    app = await an_app(world)
    wrong: dict[str, dict[str, Any]] = {
        "unknown_form": {"form": "pem"},
        "unknown_revision": {"revision": 12},
        "bad_revision": {"revision": "-1"},
        "bad_wait": {"wait": 61},
        "unknown_parameter": {"pretty": 1},
        "bad_directory": {"form": "runtime", "directory": "/run/a,b"},
    }
    found = {code: await app.fetch(**query) for code, query in wrong.items()}
    assert {code: one.error for code, one in found.items()} == {code: code for code in wrong}
    assert {one.status for one in found.values()} == {400, 409}
    assert not await events(world, Tag.BUNDLE_DELIVERED)


async def test_who_gets_nothing(world: World) -> None:
    """No token, one of another environment, one for restarts, an expired one, a revoked one, another network."""
    await world.has_environment()
    await world.has_environment("orders/test")
    app = await an_app(world, "30")
    confirming = await made_token(world)
    tries: dict[str, tuple[str, str]] = {
        "none": ("", PRODUCTION),
        "elsewhere": (app.token, "orders/test"),
        "nowhere": (app.token, "orders/nowhere"),
        "made up": ("cdd_" + "A" * 43, PRODUCTION),
        "restarts": (confirming, PRODUCTION),
        "network": (await delivery_token(world, "192.0.2.0/24 2001:db8::/32"), PRODUCTION),
    }
    found = {}
    for name, (token, path) in tries.items():
        app_there = type(app)(app.base, token, path)
        answers = [await app_there.fetch(), await app_there.loaded("app-1", 0)]
        found[name] = {(one.status, one.error) for one in answers}
    unknown = {(401, "unauthorized")}
    assert found == {
        **dict.fromkeys(("none", "elsewhere", "nowhere", "made up"), unknown),
        "restarts": {(403, "wrong_scope")},
        "network": {(403, "wrong_network")},
    }
    world.workspace.advance(timedelta(days=31))
    assert (await app.fetch()).error == "token_expired"
    await world.workspace.command(world.alice, world.orders, f"/cert env revoke {app.token[-4:]} {PRODUCTION}")
    await world.sees_privately(world.alice, "is revoked")
    assert (await app.fetch()).error == "unauthorized"
    assert not await events(world, Tag.BUNDLE_DELIVERED)


async def test_a_token_that_is_revoked_while_its_app_waits(world: World) -> None:
    """The change that comes afterwards is not delivered to it."""
    await world.has_environment()
    app = await an_app(world)
    waiting = asyncio.create_task(app.fetch(revision=0, wait=30))
    await asyncio.sleep(0.3)
    await world.workspace.command(world.alice, world.orders, f"/cert env revoke {app.token[-4:]} {PRODUCTION}")
    await world.sees_privately(world.alice, "is revoked")
    await changed(world, "Partner Root")
    assert (await asyncio.wait_for(waiting, 10)).error == "unauthorized"
    assert not await events(world, Tag.BUNDLE_DELIVERED)


async def test_two_tokens_rotate_without_a_gap(world: World) -> None:
    """A third is refused while two are valid, and made once one has expired; the list says what each is for."""
    await world.has_environment()
    old, new = await an_app(world, "5"), await an_app(world)
    assert [(await one.fetch()).status for one in (old, new)] == [200, 200]
    await world.workspace.command(world.alice, world.orders, f"/cert env delivery-token {PRODUCTION}")
    await world.sees_privately(world.alice, "has 2 tokens already")
    world.workspace.advance(timedelta(days=6))
    third = await an_app(world)
    assert [(await one.fetch()).status for one in (old, new, third)] == [401, 200, 200]
    await world.workspace.command(world.alice, world.orders, f"/cert env tokens {PRODUCTION}")
    listed = shown(await world.sees_privately(world.alice, "Tokens of"))
    assert "*expired on" in listed
    # The text stands in the message and in its block.
    assert listed.count("gets the certificates until") == 2 * 2
    assert "last used" in listed
    assert "from `127.0.0.1`" in listed


async def test_limits_that_are_none(world: World) -> None:
    """A number of days or a network that cannot be is refused with a sentence, and no token is made."""
    await world.has_environment()
    for typed in ("400", "0", "10.0.0.0/99", "soon"):
        await world.workspace.command(world.alice, world.orders, f"/cert env delivery-token {typed}")
        await world.sees_privately(world.alice, f"`{typed}` is neither a number of days")
    assert "cdd_" not in shown({"all": world.workspace.ephemerals(world.alice, world.orders)})


async def test_behind_a_proxy_that_is_not_trusted_its_address_counts(world: World) -> None:
    """Anybody can send X-Forwarded-For: it opens no network's limit."""
    await world.has_environment()
    app = await an_app(world, "192.0.2.0/24")
    assert (await app.fetch(headers={"X-Forwarded-For": "192.0.2.7"})).error == "wrong_network"


async def test_a_key_that_cannot_be_decrypted_is_told_and_written_down(world: World) -> None:
    """Nothing is delivered, the code is stable, and the audit log says whose key it is."""
    await world.has_environment()
    await added(world, "bank")
    app = await an_app(world)
    async with world.desk.store.transaction() as tx:
        connection = await tx.session.connection()
        await connection.exec_driver_sql("UPDATE version SET sealed_key = x'01'")
    got = await app.fetch()
    assert (got.status, got.error) == (500, "cannot_decrypt")
    assert "'bank'" in got.body["message"]
    assert len(await events(world, Tag.REVEAL_FAILED)) == 1
    assert not await events(world, Tag.BUNDLE_DELIVERED)


async def test_one_that_the_runtime_cannot_load_is_named(world: World) -> None:
    """A bundle is whole or it is none: an app without one of its certificates would fail later, and elsewhere."""
    await world.has_environment()
    await added(world, "bank")
    await added(world, "odd", making.make("odd.example", key=making.make_key("ed25519")))
    app = await an_app(world)
    async with world.desk.store.transaction() as tx:
        connection = await tx.session.connection()
        await connection.exec_driver_sql("UPDATE environment SET runtime = 'java-legacy'")
    got = await app.fetch()
    assert (got.status, got.error) == (409, "cannot_pack")
    assert "'odd'" in got.body["message"]
    assert "Ed25519" in got.body["message"]


async def test_nothing_that_is_kept_holds_a_delivered_key(world: World) -> None:
    """Neither the key nor a container's password stands in what the bot said to Slack, nor is the token anywhere."""
    await world.has_environment()
    await added(world, "bank")
    app = await an_app(world)
    one = (await app.fetch()).body["client_certificates"][0]
    said = json.dumps([world.workspace.messages(world.orders), [one.payload for one in world.workspace.deliveries]])
    for secret in (one["password"], one["private_key"].splitlines()[1], one["pkcs12"][:60]):
        assert secret not in said
    assert not re.findall(re.escape(app.token), json.dumps(world.workspace.messages(world.orders)))


async def test_the_description_is_there_for_everybody(world: World) -> None:
    """Without a token: it says how to get in, not what is inside."""
    await world.has_environment()
    app = await an_app(world)
    app.token = ""
    assert (await app.fetch()).error == "unauthorized"
    async with aiohttp.ClientSession() as session, session.get(f"{base_of(world)}/v1/openapi.json") as answer:
        described = await answer.json()
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == {f"/v1/environments/{{app}}/{{environment}}/{one}" for one in _ROUTES}


_ROUTES = ("bundle", "loaded", "restarted")


async def test_identifiers_arrive_as_they_were_typed(world: World) -> None:
    """In quotation marks, with capitals and spaces, or with a slash: the app finds the name that it uses."""
    await world.has_environment()
    await added(world, "bank", pins='"Bank prod", partner.example')
    app = await an_app(world)
    assert (await app.fetch()).body["client_certificates"][0]["pins"] == ["Bank prod", "partner.example"]
    await world.workspace.command(world.alice, world.orders, '/cert pin bank "Bank prod" /bla/bla orders.Service')
    await world.sees_privately(world.alice, "has the pins")
    pins = (await app.fetch()).body["client_certificates"][0]["pins"]
    assert sorted(pins) == ["/bla/bla", "Bank prod", "orders.Service"]
    await world.workspace.command(world.alice, world.orders, "/cert pin bank Bank prod")
    asked = shown(await world.sees_privately(world.alice, "Is `Bank prod` one identifier"))
    assert "`bank, prod` for hosts" in asked
