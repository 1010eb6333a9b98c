"""``certdesk hand-out``: a certificate with its key, for who runs Certdesk."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from bot.cli.given import usage

_PASSED_BY = "its second person would be passed by. Ask in Slack, with /cert hand-out."


def hand_out(
    environment: Annotated[
        str,
        typer.Argument(
            metavar="APP/ENVIRONMENT", help="Where the certificate is, such as orders/production.", show_default=False
        ),
    ],
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The certificate's label.", show_default=False)],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The file to write. It must not exist yet.", show_default=False)
    ],
    password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The container's password. If the file does not exist, a password is generated and written to it.",
        ),
    ] = None,
) -> None:
    """Write a certificate with its private key, packed for its environment's runtime.

    It is written to the audit log, and announced in the environment's channel. A protected environment refuses.
    """
    from bot.cli.store.opened import run
    from bot.cli.written import new_password, write

    if out.exists():
        usage(f"{out} already exists: choose another name, or delete it first.")
    made, password = new_password(password_file)
    packed = run(lambda: _packed(environment, label, password))
    write(packed, out, password if made else None, password_file)


async def _packed(environment: str, label: str, password: SecretStr) -> bytes:
    from bot.cli.store.opened import FAILED, environment_of, opened, operator, settings
    from bot.desk.base.desk import Desk
    from bot.desk.base.errors import DeskError, KeyBroken
    from bot.desk.delivery import handing_out
    from bot.desk.delivery.refusals import NotDelivered
    from bot.policy import opener, policy

    given = settings()
    async with opened() as store, opener(given) as workers:
        desk = Desk(store, workers, lambda: datetime.now(UTC), policy(given))
        place = await environment_of(store, environment, _PASSED_BY)
        try:
            return await handing_out.to_operator(desk, place, label, password, by=operator())
        except NotDelivered as error:
            sentence = f"Nothing was written: {place.runtime} could not open the container ({error.detail['reasons']})."
        except KeyBroken:
            sentence = f"The private key of {label} cannot be decrypted: certdesk keys check says why."
        except DeskError:
            sentence = f"There is no client certificate {label} in {environment}: certdesk inventory lists them."
    typer.echo(sentence, err=True)
    raise typer.Exit(FAILED)
