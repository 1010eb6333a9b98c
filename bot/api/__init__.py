"""The HTTP API below ``/v1``, for pipelines and apps."""

from bot.api.api import Api

__all__ = ["Api"]
