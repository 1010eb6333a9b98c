"""``certdesk keys``: the key ring that seals private keys."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

keys = typer.Typer(help="The key ring that seals private keys.", no_args_is_help=True)


@keys.command("new")
def new(
    name: Annotated[str | None, typer.Option(help="A name for the entry; made up when left out.")] = None,
) -> None:
    """Print a new entry for CERTDESK_KEYS or the key file. It is shown once and kept nowhere."""
    from store import KeyRing

    typer.echo(KeyRing.new_entry(name or f"k{secrets.token_hex(4)}").get_secret_value())


@keys.command("list")
def list_() -> None:
    """Each key by its name: whether the ring has it, and how many secrets are sealed with it. Never a key itself."""
    from bot.cli.store.opened import opened, run
    from store.operations import rotation

    async def work() -> tuple[str, frozenset[str], dict[str, int]]:
        async with opened() as store, store.reading() as tx:
            return store.ring.first, store.ring.names, await rotation.secrets_by_key(tx)

    first, names, counts = run(work)
    for name in sorted(names | counts.keys(), key=lambda one: (one != first, one)):
        what = "seals" if name == first else "opens" if name in names else "MISSING in the ring"
        typer.echo(f"{name:<34}{what:<22}{counts.get(name, 0):>10,} secrets")


@keys.command("check")
def check() -> None:
    """Open every sealed secret there is, and count what does not open. Status 1 where any does not."""
    from bot.cli.store.opened import FAILED, opened, run
    from store.operations import rotation

    async def work() -> rotation.Checked:
        async with opened() as store:
            return await rotation.check(store)

    checked = run(work)
    typer.echo(f"{checked.sound:,} secrets open.")
    for id_ in checked.broken[:20]:
        typer.echo(f"The secret of {id_} does not open.", err=True)
    if checked.broken:
        typer.echo(f"{len(checked.broken):,} do not open: their bytes were changed, or their key is missing.", err=True)
        raise typer.Exit(FAILED)


@keys.command("rotate")
def rotate(
    batch: Annotated[int, typer.Option(min=1, max=5000, help="Rows in one transaction.")] = 200,
) -> None:
    """Seal everything anew under the ring's first key, while the bot runs. Stopped, it goes on where it was.

    Give the bot the ring with the new key in front first, and take the old key out when nothing needs it any more.
    """
    from datetime import UTC, datetime

    from bot.cli.progress import counting
    from bot.cli.store.opened import FAILED, opened, operator, run
    from store.operations import rotation

    async def work() -> rotation.Rotation:
        async with opened() as store:
            async with store.reading() as tx:
                counts = await rotation.secrets_by_key(tx)
            total = sum(count for name, count in counts.items() if name != store.ring.first)
            with counting("sealing anew", total) as told:
                return await rotation.rotate(
                    store, by=operator(), clock=lambda: datetime.now(UTC), batch=batch, told=told
                )

    done = run(work)
    typer.echo(f"{done.rewrapped:,} keys were sealed anew.")
    for name, count in sorted(done.left.items()):
        typer.echo(f"{count:,} still need the key {name}: it is missing in the ring, or they do not open.", err=True)
    if done.left:
        raise typer.Exit(FAILED)
    typer.echo("Nothing needs an older key any more.")
