"""Certdesk for programs, over HTTP and JSON: routes and words. No rules; those are the desk's."""

from bot.api.hooks import Hooks

__all__ = ["Hooks"]
