"""Sentences of the pages for what is refused."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.delivery.page_links import Flaw

# Whoever opens a link may be anybody: what they are told says nothing about whom it was made for.
FLAWS: Mapping[Flaw, tuple[int, str]] = {
    Flaw.UNKNOWN: (404, "This link does not exist. Open it as it stands in Slack, or ask for another one there."),
    Flaw.EXPIRED: (410, "This link was valid for ten minutes, and they are over. Ask for another one in Slack."),
    Flaw.USED: (
        410,
        "This link was opened before, and works only once. The person it was made for has been told in Slack. "
        "If that is you, ask for another one there.",
    ),
    Flaw.CODE: (
        403,
        "This is not the code of this link. It stands beside the link in Slack. Go back, and type it again.",
    ),
    Flaw.ENDED: (
        410,
        "The code was wrong three times, so this link does not work any more. Ask for another one in Slack.",
    ),
}
CANNOT_PACK = (
    "There is no container: the environment's runtime ({runtime}) could not read it ({reasons}). Replace the "
    "certificate in Slack."
)
AWAY = "Certdesk cannot do this right now. Nothing is lost: try again in a minute."
UNEXPECTED = "Something unexpected went wrong. Tell the person who runs Certdesk the number {}."
TOO_LARGE = "These files are larger than Certdesk takes. Choose the certificate alone."
UNREADABLE = "The form did not arrive whole. Go back, and send it again."
