"""The manifest asks for what the code listens to, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from slack_bolt.async_app import AsyncApp

from bot.desk.base.desk import Desk
from bot.slack import COMMAND_HINTS, SCOPES, Client, InFlight, build

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "app_manifest.yml").read_text())
    return loaded


@pytest.fixture
async def registered(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, set[str]]]:
    """What `build` listens to, by kind of payload."""
    heard: dict[str, set[str]] = {}
    for kind in ("event", "command", "action", "view", "shortcut", "options"):
        monkeypatch.setattr(AsyncApp, kind, _recording(heard.setdefault(kind, set())))
    async with aiohttp.ClientSession() as http:
        desk = Desk(None, None, None)  # type: ignore[arg-type]  # building touches none of them
        client = Client(token="xoxb-x", base_url="https://slack.example/api/", session=http)
        build(desk, client=client, signing_secret="s", http=http, file_hosts=frozenset(), tracker=InFlight())
        yield heard


def _recording(into: set[str]) -> Any:
    def method(_app: AsyncApp, name: str, **_matchers: Any) -> Any:
        into.add(name)
        return lambda listener: listener

    return method


async def test_events_and_commands_have_listeners(manifest: dict[str, Any], registered: dict[str, set[str]]) -> None:
    """Each subscribed event (bolt acknowledges no other), each command, and no more of either."""
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == registered["event"]
    assert {one["command"] for one in manifest["features"]["slash_commands"]} == registered["command"]
    assert manifest["features"].get("shortcuts", []) == sorted(registered["shortcut"])


async def test_interactivity_is_on_for_the_buttons(manifest: dict[str, Any], registered: dict[str, set[str]]) -> None:
    """Buttons and modals need it."""
    assert registered["action"]
    assert registered["view"]
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}


def test_scopes_are_those_the_code_names(manifest: dict[str, Any]) -> None:
    """No scope more than the bot uses."""
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert set(manifest["oauth_config"]["scopes"]) == {"bot", "bot_optional"}
    assert set(manifest["oauth_config"]["scopes"]["bot_optional"]) < SCOPES


def test_every_method_that_is_called_is_covered_by_a_scope() -> None:
    """And every scope by a method or an event that needs it."""
    needs = {
        "chat_postMessage": "chat:write",
        "conversations_history": "channels:history groups:history",
        "chat_postEphemeral": "chat:write",
        "chat_update": "chat:write",
        "files_info": "files:read",
        "files_delete": "files:write",
        "users_info": "users:read",
        "users_list": "users:read",
        "auth_test": None,
        "conversations_info": "channels:read groups:read",
        "team_info": "team:read",
        "usergroups_list": "usergroups:read",
        "usergroups_users_list": "usergroups:read",
        "conversations_members": "channels:read groups:read",
        "users_conversations": "channels:read groups:read",
        "views_open": None,
        "views_update": None,
        "views_publish": None,
    }
    source = "".join(path.read_text() for path in (ROOT / "bot" / "slack").rglob("*.py"))
    called = set(re.findall(r"client\.([a-z]+_[A-Za-z_]+)\(", source))
    # Those are response_url's, and Socket Mode's own.
    assert called - {"send_dict", "is_connected"} == set(needs)
    asked = {scope for method in called & needs.keys() for scope in (needs[method] or "").split()}
    assert asked | {"commands"} == SCOPES


def test_slacks_limits_of_a_manifest_hold(manifest: dict[str, Any]) -> None:
    """Name, description and hint fit; Socket Mode needs no addresses."""
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in (ROOT / "app_manifest.yml").read_text()


def test_the_hints_name_every_command() -> None:
    """Completion knows what the help knows."""
    assert [hint.text for hint in COMMAND_HINTS][:2] == ["/cert", "/cert add"]
    assert all(hint.about for hint in COMMAND_HINTS)
