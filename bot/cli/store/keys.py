"""``certdesk keys``: the key ring that encrypts private keys."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

keys_commands = typer.Typer(
    help="Manage the key ring that encrypts private keys.", no_args_is_help=True, rich_markup_mode="markdown"
)


@keys_commands.command("new")
def new(
    name: Annotated[str | None, typer.Option(help="A name for the key; without it, one is made up.")] = None,
) -> None:
    """Print a new key for CERTDESK_KEYS or the key file.

    The key is not stored anywhere else.
    """
    from bot.cli.given import usage
    from store import KeyRing, RingError

    try:
        entry = KeyRing.new_entry(name or f"k{secrets.token_hex(4)}")
    except RingError as error:
        usage(str(error))
    typer.echo(entry.get_secret_value())


@keys_commands.command("list")
def list_() -> None:
    """List the keys by name, with the number of secrets that each encrypts.

    The keys themselves are never printed.
    """
    from bot.cli.store.opened import opened, run
    from bot.cli.wording import counted
    from store.operations import rotation

    async def work() -> tuple[str, frozenset[str], dict[str, int]]:
        async with opened() as store, store.reading() as tx:
            return store.ring.first, store.ring.names, await rotation.secrets_by_key(tx)

    first, names, counts = run(work)
    for name in sorted(names | counts.keys(), key=lambda one: (one != first, one)):
        use = "encrypts new secrets" if name == first else "decrypts" if name in names else "MISSING in the ring"
        typer.echo(f"{name:<34}{use:<22}  {counted(counts.get(name, 0), 'secret')}")


@keys_commands.command("check")
def check() -> None:
    """Decrypt every secret, to prove that the key ring is complete.

    Names what cannot be decrypted, with exit status 1.
    """
    from bot.cli.store.opened import FAILED, note, opened, run
    from bot.cli.wording import counted
    from store import audit
    from store.operations import rotation

    async def work() -> rotation.Checked:
        async with opened() as store:
            checked = await rotation.check(store)
            await note(store, audit.Tag.KEYS_CHECKED, sound=checked.sound, broken=len(checked.broken))
            return checked

    checked = run(work)
    typer.echo(f"Decrypted {counted(checked.sound, 'secret')}.")
    for id_ in checked.broken[:20]:
        typer.echo(f"The secret of {id_} cannot be decrypted.", err=True)
    if checked.broken:
        lost = counted(len(checked.broken), "secret")
        typer.echo(f"Cannot decrypt {lost}: a key is missing in the ring, or the stored bytes were changed.", err=True)
        raise typer.Exit(FAILED)


@keys_commands.command("rotate")
def rotate(
    batch: Annotated[
        int, typer.Option(min=1, max=5000, help="How many secrets to re-encrypt in one transaction.")
    ] = 200,
) -> None:
    """Re-encrypt every secret with the first key of the ring, while the bot runs.

    Before: put the new key in front of the ring, and restart the bot with it. After: remove the old key. If this is
    interrupted, run it again: it continues where it stopped.
    """
    from datetime import UTC, datetime

    from bot.cli.progress import progress_bar
    from bot.cli.store.opened import FAILED, opened, operator, run
    from bot.cli.wording import counted
    from store.operations import rotation

    async def work() -> rotation.Rotation:
        async with opened() as store:
            async with store.reading() as tx:
                counts = await rotation.secrets_by_key(tx)
            total = sum(count for name, count in counts.items() if name != store.ring.first)
            with progress_bar("re-encrypting", total) as bar:
                return await rotation.rotate(
                    store, by=operator(), clock=lambda: datetime.now(UTC), batch=batch, told=bar.advance
                )

    done = run(work)
    typer.echo(f"Re-encrypted {counted(done.rewrapped, 'secret')}.")
    for name, count in sorted(done.left.items()):
        left = counted(count, "secret")
        typer.echo(
            f"The key {name} is still needed for {left}: it is missing in the ring, or they cannot be decrypted.",
            err=True,
        )
    if done.left:
        raise typer.Exit(FAILED)
    typer.echo("The older keys are not needed any more: you can remove them from the ring.")
