"""A platform that nobody has heard of: its declaration alone brings the form, the restart and every sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.desk.base.platforms import Begun, DidNotStart, Field, PlatformKind, Words
from store import AppState, Environment, PerformedRestart
from tests.slack.office import ORDERS, Json, Office, open_office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
PHRASE = "canary-Kx7-of-a-pass-phrase"


@dataclass
class Harbour:
    """A ship that is docked and put to sea."""

    at_sea: bool = True
    storm: bool = False
    boarded: list[tuple[str, str]] = field(default_factory=list)

    async def stop(self) -> None:
        self.at_sea = False

    async def start(self) -> Begun:
        if self.storm:
            raise DidNotStart("STORM")
        self.at_sea = True
        return Begun(running=True)

    async def started(self, job: str) -> bool:
        return self.at_sea

    async def state(self) -> AppState:
        return AppState.RUNNING if self.at_sea else AppState.STOPPED


def _declared(harbour: Harbour) -> PlatformKind:
    def client(
        settings: Mapping[str, str], secret: SecretStr, _place: Environment, _run: PerformedRestart | None
    ) -> Harbour:
        harbour.boarded.append((settings["ship"], secret.get_secret_value()))
        return harbour

    return PlatformKind(
        name="harbour",
        words=Words(
            title="A harbour",
            summary="I dock the ship and put it to sea",
            about="I need the ship's name.",
            api="the harbour master",
            app="the ship",
            reasons={"STORM": "There is a storm outside. Wait until it is over."},
            console="at the *Quay*",
            start="*Cast off*",
        ),
        fields=(Field("ship", "Ship", error="Give a ship's name without digits.", fits=str.isalpha, clean=str.title),),
        secret=Field("phrase", "Pass phrase", error="Give the pass phrase.", fits=bool),
        target=lambda settings: settings["ship"],
        details=lambda settings: {"ship": settings["ship"]},
        client=client,
    )


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path, harbour: Harbour) -> AsyncIterator[Office]:
    async with open_office(tmp_path, more=(_declared(harbour),)) as opened:
        yield opened


async def _connected(office: Office) -> Json:
    await office.production()
    await office.workspace.command("U0ALICE", ORDERS, "/cert env connect")
    await office.modal("Connect an app")
    assert (await office.fill({"kind": "harbour"})).action == "update"
    wrong = await office.fill({"ship": "U 96", "phrase": PHRASE})
    assert wrong.errors == {"ship": "Give a ship's name without digits."}
    assert (await office.fill({"ship": "pinta", "phrase": PHRASE})).action == "clear"
    return await office.whispered(text="is connected to the harbour master: ship `Pinta`")


async def _restarted(office: Office) -> None:
    asked = await office.cert("restart now")
    assert "This is about the ship `Pinta`" in shown(asked)
    await office.click(asked, "perform_yes")


async def test_it_is_connected_and_restarted(office: Office, harbour: Harbour) -> None:
    """Its fields are checked, its secret reaches its client and nobody else, and its app is restarted."""
    said = await _connected(office)
    assert "I tried it: the app runs." in shown(said)
    await _restarted(office)
    await office.posted("It runs again")
    assert set(harbour.boarded) == {("Pinta", PHRASE)}
    assert PHRASE not in shown(office.workspace.messages(ORDERS))


async def test_its_trouble_is_said_in_its_words(office: Office, harbour: Harbour) -> None:
    """The alarm says why, where to look, and what to click there."""
    await _connected(office)
    harbour.storm = True
    await _restarted(office)
    alarm = shown(await office.posted("is STOPPED"))
    assert "There is a storm outside." in alarm
    assert "*Cast off*, at the *Quay*" in alarm
    assert "Mendix" not in alarm
