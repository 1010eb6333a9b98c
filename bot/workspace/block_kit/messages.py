"""The bot's messages: checked, with ids on their blocks, and with the mentions in them."""

from __future__ import annotations

import copy
from typing import Any

from bot.workspace.block_kit import inputs
from bot.workspace.block_kit.limits import check_message
from bot.workspace.block_kit.mentions import mentions
from bot.workspace.core.people import APP, BOT, BOT_USER

Json = dict[str, Any]


def bot_message(text: Any, blocks: Any) -> Json:
    """Return a message of the bot, complete but for its ``ts``. Raises SlackRefused if Slack would not take it."""
    text = "" if text is None else str(text)
    check_message(text, blocks)
    return {
        "user": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "text": text,
        "blocks": inputs.fill_ids(copy.deepcopy(blocks or [])),
        "mentions": mentions(text, blocks),
    }
