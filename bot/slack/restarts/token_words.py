"""What is said in Slack about a pipeline's tokens."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.kit import times
from bot.slack.kit.escape import code
from bot.slack.kit.people import named
from store import Environment, HookToken

PLACEHOLDER = "https://certdesk.example"
VARIABLE = "CERTDESK_TOKEN"


def made(environment: Environment) -> str:
    """Above a new token."""
    return (
        f"*A token for {environment.path}.* You see it this once, and nobody else does: put it into your pipeline's "
        f"secrets as {code(VARIABLE)} now. It can confirm restarts of this environment and nothing else."
    )


def call(environment: Environment, public_url: str) -> str:
    """What the pipeline runs; a public address that is not set is to be filled in."""
    address = f"{public_url or PLACEHOLDER}/v1/environments/{environment.path}/restarted"
    hint = "" if public_url else f"\nPut the address at which your pipeline reaches Certdesk in place of {PLACEHOLDER}."
    return (
        "After each restart of the app let the pipeline run:\n"
        f'```curl -fsS -X POST -H "Authorization: Bearer ${VARIABLE}" {address}```{hint}'
    )


def lost(environment: Environment, token: HookToken) -> str:
    """Below a new token."""
    return f"Lost or seen by others? {code(f'/cert env revoke {token.hint} {environment.path}')}, and make another."


def listed(environment: Environment, tokens: Sequence[HookToken]) -> str:
    """`/cert env tokens`."""
    if not tokens:
        return f"*{environment.path}* has no tokens. {code(f'/cert env token {environment.path}')} makes one."
    lines = [f"•  {_line(one, environment)}" for one in tokens]
    return "\n".join([f"*Tokens of {environment.path}*, with which pipelines confirm restarts", *lines])


def _line(token: HookToken, environment: Environment) -> str:
    made = f"made by {named(token.created_by)}, {times.minute(token.created_at, environment.timezone)}"
    used = f"last used {times.minute(token.used_at, environment.timezone)}" if token.used_at else "never used"
    return f"{code('…' + token.hint)} {made}; {used}"


LISTED_TIP = "`/cert env revoke HINT` revokes one, at once; HINT is its last characters as they stand here."


def revoked(environment: Environment, hint: str, left: int) -> str:
    """`/cert env revoke`."""
    rest = f"{times.count(left, 'token')} {'is' if left == 1 else 'are'} left." if left else "None is left."
    return f"The token {code('…' + hint)} of *{environment.path}* is revoked: nobody can use it any more. {rest}"
