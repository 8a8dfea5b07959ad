"""Route tables whose lines say what a route reads, answers and refuses.

`openapi/build.py` describes the API from them, and tests hold both against what happens.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MediaTypes = Mapping[str, type | None]

FILE: MediaTypes = {"application/octet-stream": None}


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. An answer is a schema, or a media type, or nothing at all.

    Errors that follow from the rest need no mention: 400, 413 and 415 from a body, 400
    from a query, 404 from a parameter in the path, and 401, 403 (a foreign Origin), 429
    and 503 from asking for a user.
    """

    answer: type | str | None = None
    status: tuple[int, ...] = ()  # by default 200, or 204 without an answer
    body: type | None = None
    body_is_optional: bool = False
    query: type | None = None
    parameters: tuple[str, ...] = ()  # in the query, beside or without a form
    refuses: tuple[int, ...] = ()
    other_bodies: MediaTypes = field(default_factory=dict)  # that are no JSON

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of its answers."""
        return self.status or ((200,) if self.answer else (204,))


@dataclass(frozen=True, slots=True)
class Route(web.AbstractRouteDef):
    """A line of a route table."""

    method: str
    path: str
    handler: Handler
    operation: Operation
    name: str | None = None

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """Add it to a router; aiohttp calls this."""
        line = web.route(self.method, self.path, self.handler, name=self.name)
        return line.register(router)


def route(
    method: str,
    path: str,
    handler: Handler,
    answer: type | str | None = None,
    *,
    name: str | None = None,
    **more: Any,
) -> Route:
    """A line of a route table; `more` are fields of its `Operation`."""
    return Route(method, path, handler, Operation(answer, **more), name)


get = partial(route, "GET")
post = partial(route, "POST")
put = partial(route, "PUT")
patch = partial(route, "PATCH")
delete = partial(route, "DELETE")
