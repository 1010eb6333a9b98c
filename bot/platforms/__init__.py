"""The platforms that Certdesk can restart an app on: the Mendix Deploy API, and a webhook of one's own."""

from bot.platforms.calling import open_session
from bot.platforms.registry import restart_platforms

__all__ = ["open_session", "restart_platforms"]
