"""The platforms that Certdesk can restart an app on: the Mendix Deploy API, and a webhook of one's own."""

from bot.platforms.calling import open_session
from bot.platforms.connected import Connected

__all__ = ["Connected", "open_session"]
