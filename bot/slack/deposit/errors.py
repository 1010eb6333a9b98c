"""Sentences for errors about dropped and chosen files and their forms."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.base import errors
from bot.slack.kit.errors import Sentence, fixed


def of_file(reason: str) -> str:
    """Return why a file cannot be read."""
    return {
        "gone": "The file is not there any more. Run /cert add and choose it again, or drop it once more.",
        "link": "This is a link to a file outside Slack, which I cannot read. Save it, then choose it in /cert add.",
        "foreign": "The file belongs to another workspace and I may not read it. Save it, then choose it in /cert add.",
        "not_yours": "This file was shared by somebody else, who alone can add it. Choose a file of your own.",
        "too_large": "The file is larger than any certificate is, so I left it there. Choose the certificate itself.",
        "login_page": "Slack does not let me read files. Ask a workspace admin to reinstall Certdesk with files:read.",
    }.get(reason, "Slack did not hand out the file. Try again in a minute.")


DEPOSIT_SENTENCES: Mapping[type[errors.DeskError], Sentence] = {
    errors.NotYours: lambda error, voice: (
        f"This file was shared by {voice.member(error.owner)}, who alone is asked about it."
        " Drop your own, or use /cert add."
    ),
    errors.UploadGone: fixed("This form is not known any more. Run /cert add, or drop the file once more."),
    errors.AlreadyStored: fixed("This file was added before. /cert list shows what there is."),
    errors.BadLabel: fixed("Give a label of letters, digits, dots and dashes, such as partner-bank (64 at most)."),
    errors.FileTrouble: lambda error, _voice: of_file(error.reason),
}
DEPOSIT_FIELDS: Mapping[type[errors.DeskError], str] = {
    errors.BadLabel: "label",
    errors.FileTrouble: "files",
}
