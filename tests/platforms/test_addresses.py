"""Where a webhook may go: a member chooses it, and the machine it is called from must not be opened by it."""

from __future__ import annotations

import socket

import pytest

from bot.platforms.addresses import Resolver, is_allowed

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "url",
    [
        "https://pipeline.example/restart",
        "https://pipeline.example:8443/restart?job=1",
        "https://10.1.2.3/restart",
        "https://[fd12::1]/restart",
        "https://9to5.example/x",
        "https://pipeline.example./restart",
    ],
)
def test_encrypted_addresses_are_allowed(url: str) -> None:
    """Private networks included: a pipeline may stand on one's own premises."""
    assert is_allowed(url, NONE)


@pytest.mark.parametrize(
    "url",
    [
        "http://pipeline.example/restart",
        "ftp://pipeline.example/",
        "https://user:password@pipeline.example/",
        "https://user@pipeline.example/",
        "https://pipeline.example/#part",
        "https://pipeline.example/a b",
        "https://pipeline.example/\n",
        "https://pipeline.example:99999/",
        "https:///restart",
        "https://localhost/",
        "https://a.localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://100.100.100.200/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::]/",
        "https://[64:ff9b:1::a9fe:a9fe]/",
        "https://[::a9fe:a9fe]/",
        "https://[::127.0.0.1]/",
        "https://[2001:0:4136:e378:8000:63bf:5601:5601]/",
        "https://127.0.0.1./",
        "https://localhost./",
        "https://hooks..example/x",
        "https://.example/x",
        "https://" + "x" * 64 + ".example/x",
        "https://p\N{CYRILLIC SMALL LETTER A}y.example/",
        "https://pipeline.example/" + "x" * 500,
        "not an address",
        "",
    ],
)
def test_what_is_not(url: str) -> None:
    """Unencrypted, with credentials, to this machine or to where clouds keep theirs, however it is spelled."""
    assert not is_allowed(url, NONE)


def test_an_operators_list_is_all_there_is() -> None:
    """Its hosts alone, and those unencrypted and on this machine as well; the metadata service all the same not."""
    listed = frozenset({"127.0.0.1", "pipeline.example", "169.254.169.254"})
    assert is_allowed("http://127.0.0.1:9000/x", listed)
    assert is_allowed("https://PIPELINE.example/x", listed)
    assert not is_allowed("https://other.example/x", listed)
    assert not is_allowed("http://169.254.169.254/x", listed)


async def test_a_name_that_leads_to_this_machine_is_not_called() -> None:
    """Found out when it is looked up, which is when it counts."""
    with pytest.raises(OSError, match="no address"):
        await Resolver(NONE).resolve("localhost", 443, socket.AF_INET)
    assert await Resolver(frozenset({"localhost"})).resolve("localhost", 443, socket.AF_INET)
