"""All routes of the API, and its description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.api.bundle import BUNDLE_OUTCOMES, BundleRoutes
from bot.api.loaded import LOADED_OUTCOMES, LoadedRoutes
from bot.api.openapi import DOCUMENT
from bot.api.restarted import HOOK_OUTCOMES, Restarted
from bot.api.routes import answer, nothing_there, other_method
from bot.desk.base.desk import Desk
from bot.peers import Peers

DESCRIPTION = "/v1/openapi.json"
API_OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "restarted": HOOK_OUTCOMES,
    "bundle": BUNDLE_OUTCOMES,
    "loaded": LOADED_OUTCOMES,
}


class Api:
    """The routes; ``desk`` gives the desk once the app has started."""

    def __init__(self, desk: Callable[[], Desk], peers: Peers | None = None) -> None:
        believed = peers or Peers()
        self._restarted = Restarted(desk, believed)
        self._bundle = BundleRoutes(desk, believed)
        self._loaded = LoadedRoutes(desk, believed)

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer below ``/v1``, in JSON whatever is asked."""
        for routes in (self._restarted, self._bundle, self._loaded):
            routes.register(router)
        router.add_get(DESCRIPTION, _describe)
        router.add_route("*", DESCRIPTION, other_method("GET"))
        router.add_route("*", "/v1/{tail:.*}", nothing_there)

    @property
    def outcomes(self) -> Mapping[str, Counter[str]]:
        """Return what came of requests, by route."""
        return {
            "restarted": self._restarted.outcomes,
            "bundle": self._bundle.outcomes,
            "loaded": self._loaded.outcomes,
        }

    def close(self) -> None:
        """Let go of the apps that wait for a change: the bot stops."""
        self._bundle.shared.revisions.close()


async def _describe(_request: web.Request) -> web.Response:
    return answer(200, DOCUMENT)
