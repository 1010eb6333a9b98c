"""People in tests of the desk: they are members of the company, and in every channel."""

from __future__ import annotations

from bot.desk.base.desk import Member


class Everywhere:
    """See :class:`bot.desk.base.desk.Channels`."""

    async def ask(self, channel: str) -> None:
        """Nobody needs to be asked."""

    def has(self, channel: str) -> bool:
        return True

    async def companies(self, channel: str) -> tuple[str, ...]:
        return ()


EVERYWHERE = Everywhere()


class Everybody:
    """See :class:`bot.desk.base.desk.People`; there is no user group."""

    async def member(self, id_: str) -> Member:
        return Member(id_, channels=EVERYWHERE)

    async def group(self, id_: str) -> frozenset[str]:
        return frozenset()

    async def admins(self) -> tuple[str, ...]:
        return ()


EVERYBODY = Everybody()
