"""A member's channels in tests of the desk: they are in every one."""

from __future__ import annotations


class Everywhere:
    """See :class:`bot.desk.base.desk.Channels`."""

    async def ask(self, channel: str) -> None:
        """Nobody needs to be asked."""

    def has(self, channel: str) -> bool:
        return True

    async def companies(self, channel: str) -> tuple[str, ...]:
        return ()


EVERYWHERE = Everywhere()
