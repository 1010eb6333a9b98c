"""What is said of a chain agrees with OpenSSL; ``-m tests.verdicts.chains`` compares many more."""

from __future__ import annotations

import random

import pytest

from tests.required import tool
from tests.verdicts.chains import chain, ours, theirs

# OpenSSL takes a CA as a client, and partners do not.
ONLY_WE = "is a CA certificate, which identifies no client"


@pytest.mark.parametrize("seed", range(4))
def test_a_partner_refuses_what_we_say_and_nothing_else(seed: int) -> None:
    """Of every chain that ``openssl verify -purpose sslclient`` refuses there is a warning, and of no other."""
    tool("openssl")
    source = random.Random(seed)  # noqa: S311  the same chains each time
    for _ in range(40):
        made = chain(source)
        said, refused = ours(made), theirs(made)
        only_we = bool(said) and all(ONLY_WE in one for one in said)
        assert bool(said) == bool(refused) or (only_we and not refused), (said, refused)
