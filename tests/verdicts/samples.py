"""What a container in the corpus is, and what is known of it because we made it."""

from __future__ import annotations

from dataclasses import dataclass, field

ASCII, EMPTY, ABSENT = "correct horse 7", "", None
LATIN1, CYRILLIC, EMOJI = "pässwörd ñ7", "пароль 77", "pass\N{KEY}word7"
WRONG = ("wrong horse 7", "", "wröng hørse", "wrong\N{KEY}")


@dataclass(frozen=True)
class Sample:
    """A container with the password it was made with; ``mac_password`` where its MAC has another."""

    tool: str
    name: str
    data: bytes = field(repr=False)
    password: str | None
    mac_password: str | None = None
    has_key: bool = True
    # No password opens it because nothing in it is locked and no MAC says that one is wrong.
    any_password: bool = False
    # Nothing here decrypts it; the finding must name this.
    unsupported: str | None = None

    @property
    def title(self) -> str:
        return f"{self.tool} {self.name}"
