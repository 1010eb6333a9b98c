"""Very much that is owed to many channels, and what came of it: each item once, in its channel."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bot.desk.certificates.kinds import ROLLED_BACK
from bot.workspace import Workspace
from bot.workspace.core.people import BOT_USER, Channel
from store import Environment, Store, Version
from tests.store import facts
from tests.today import NOW


@dataclass(frozen=True)
class Owing:
    """What is owed: by what its message can be told apart, and the channel where it belongs."""

    channels: dict[str, str]
    places: tuple[str, ...]

    def came_of_it(self, workspace: Workspace) -> tuple[list[str], list[str], list[str]]:
        """What nobody saw, what was seen more than once, and what was seen in a wrong channel."""
        seen = Counter(
            (mark, channel)
            for channel, messages in workspace.state.messages.items()
            for message in messages
            for mark in _marks(message["text"])
        )
        times = Counter[str]()
        for (mark, _), number in seen.items():
            times[mark] += number
        lost = [mark for mark in self.channels if not times[mark]]
        twice = [mark for mark, number in times.items() if number > 1]
        return lost, twice, [mark for mark, channel in seen if self.channels.get(mark) != channel]

    def seen(self, workspace: Workspace) -> int:
        """How many messages there are."""
        return sum(len(workspace.state.messages.get(channel, ())) for channel in self.places)


def _marks(text: str) -> list[str]:
    return [word.strip("<@>.,") for word in text.split() if word.startswith("<@U7")]


async def owe(store: Store, workspace: Workspace, items: int, channels: int) -> Owing:
    """Put environments into new channels, and owe their channels that many messages, all of them now."""
    places = [await _place(store, workspace, number) for number in range(channels)]
    marks: dict[str, str] = {}
    now = NOW
    async with store.transaction() as tx:
        for number in range(items):
            (place, version), mark = places[number % channels], f"U7{number:07}"
            marks[mark] = place.channel
            key, payload = f"owed:{number}", {"by": mark}
            await ROLLED_BACK.schedule(tx, version.id, key=key, at=now, environment_id=place.id, payload=payload)
    return Owing(marks, tuple(place.channel for place, _ in places))


async def _place(store: Store, workspace: Workspace, number: int) -> tuple[Environment, Version]:
    channel = Channel(f"C7{number:05}", f"app{number}", members={BOT_USER})
    workspace.state.channels[channel.id] = channel
    async with store.transaction() as tx:
        place = await facts.an_environment(tx, f"app{number}/production", channel.id)
        return place, await facts.deposited(tx, place.id)
