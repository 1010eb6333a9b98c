"""The server on loopback: who may talk to it, and what it says of its pages."""

from __future__ import annotations

import ast
from pathlib import Path

import aiohttp
import pytest

import bot.workspace
from bot.workspace import Workspace

HERE = Path(bot.workspace.__file__).parent


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_only_loopbacks_own_pages_may_ask(workspace: Workspace, headers: dict[str, str], status: int) -> None:
    """Names that resolve to loopback, and pages from elsewhere, are turned away."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{workspace.base_url}/client/state", headers=headers) as answer,
    ):
        assert answer.status == status


async def test_the_page_and_its_policy(workspace: Workspace) -> None:
    """The page comes with a policy that lets nothing in from elsewhere; nothing beside it is served."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{workspace.base_url}/") as answer:
            assert answer.status == 200
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
        async with http.get(f"{workspace.base_url}/js/main.js") as answer:
            assert answer.status == 200
        for path in ("/../workspace.py", "/%2e%2e/workspace.py", "/js/"):
            async with http.get(workspace.base_url + path) as answer:
                assert answer.status in {403, 404}


def test_it_knows_nothing_of_ours() -> None:
    """The practice workspace imports nothing of Certdesk's but itself."""
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] in {"bot", "store", "tests"}]
            assert all(name.startswith("bot.workspace") for name in ours), path


async def test_two_workspaces_do_not_meet() -> None:
    """A taken port is an OSError, and what one workspace holds the other does not see."""
    first = Workspace(signing_secret="s", bot_token="a", scopes=frozenset())
    second = Workspace(signing_secret="s", bot_token="b", scopes=frozenset())
    address = await first.start()
    try:
        with pytest.raises(OSError, match="address already in use"):
            await second.start(port=int(address.rsplit(":", 1)[1]))
        first.say("U0ALICE", "C0ORDERS", "x")
        assert not second.messages("C0ORDERS")
    finally:
        await first.stop()
        await second.stop()
