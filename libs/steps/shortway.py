"""A short way for steps: straight from the server to the endpoint, past the web framework.

The framework's layers cost more than deciding, sealing and storing a step together (measured, see
docs/performance.md). The same endpoints stay in its routes, which describe them and answer
whatever is not exactly a step: another method, a path that is nearly one.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.serving.edge import Edge

ROOT = "/complaints"


class ShortWay:
    """Answers POST /complaints and /complaints/{complaint}/{action} of `steps`; `app` the rest."""

    def __init__(self, app: ASGIApp, steps: APIRouter, service: str) -> None:
        self._app = app
        self._edge = Edge(_take, service)
        routes = [route for route in steps.routes if isinstance(route, APIRoute)]
        self._routes = {route.path.rpartition("/")[2]: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to a step's endpoint, or to the application."""
        route = self._route(scope) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
        else:
            scope["route"] = route
            await self._edge(scope, receive, send)

    def _route(self, scope: Scope) -> APIRoute | None:
        path: str = scope["path"]
        if scope["method"] != "POST" or not path.startswith(ROOT):
            return None
        match path.split("/"):
            case ["", name]:
                scope["path_params"] = {}
            case ["", _, complaint, name] if complaint:
                scope["path_params"] = {"complaint": complaint}
            case _:
                return None
        route = self._routes.get(name)
        # What the whole path looks like must fit too: /complaints/x/complaints is no registration.
        return route if route and route.path.count("/") == path.count("/") else None


async def _take(scope: Scope, receive: Receive, send: Send) -> None:
    response = await scope["route"].endpoint(Request(scope, receive))
    await response(scope, receive, send)
