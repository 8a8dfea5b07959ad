"""Errors as they are worded, over HTTP and over the socket."""

import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import hdrs, web
from msgspec import UNSET

from handlers.schemas.error_codes import BY_STATUS, STATUS
from handlers.schemas.events import Error
from handlers.schemas.responses import Problem
from handlers.services import SERVICES, Services
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store.errors import (
    ApiError,
    Fault,
    Invalid,
    NotServing,
    TooMany,
    Unauthenticated,
    Unavailable,
    is_away,
)

log = logging.getLogger("hearth.http")

MISTAKE = "The server made a mistake; it has been noted."


@web.middleware
async def error_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every refusal into a problem document."""
    services = request.app[SERVICES]
    try:
        return await handler(request)
    except web.HTTPException as error:  # the router's own, and redirects
        if error.status < 400 or error.status not in BY_STATUS:
            raise
        word = BY_STATUS[error.status]
        services.counts.refusals.labels("http", word).inc()
        return _problem(error.status, word, error.reason, _kept(error))
    except Exception as error:
        if request.writer is not None and request.writer.output_size > 0:
            raise  # A socket is open: a document would land in the middle of it.
        refusal = as_api_error(services, error)
        count_error(services, refusal, "http")
        if refusal is None:
            resource = request.match_info.route.resource  # A path may hold a secret.
            place = resource.canonical if resource else "(nowhere)"
            log.exception("%s %s failed", request.method, place)
            return _problem(500, "internal", MISTAKE, {})
        return _refuse(refusal)


def as_api_error(services: Services, error: BaseException) -> ApiError | None:
    """The error as the asker hears it; None if it is our mistake."""
    if isinstance(error, ApiError):
        return error
    if is_away(error):
        services.db.lost()
        return Unavailable("The database is away; please try again.")
    if isinstance(error, TimeoutError):  # Ours, which says nothing about the database.
        return Unavailable("This took too long; please try again.")
    return None


def count_error(
    services: Services, refusal: ApiError | None, over: str, **about: str
) -> None:
    """Count a refusal, or a mistake of ours; who is too fast is noted, now and then."""
    word = worded(STATUS, refusal)[1] if refusal else "internal"
    services.counts.refusals.labels(over, word).inc()
    if isinstance(refusal, TooMany):
        pace = services.rates.notes
        note("rate_limited", bad=True, pace=pace, over=over, why=str(refusal), **about)


def worded(
    words: Mapping[type[ApiError], tuple[int, str]], refusal: ApiError
) -> tuple[int, str]:
    """The status and the word of a refusal: its own, or else its parent's."""
    return next(words[kind] for kind in type(refusal).__mro__ if kind in words)


def error_event(refusal: ApiError | None, id: str | None = None) -> Error:
    """An error as the socket words it; none is a mistake of ours."""
    later = refusal.retry_after if isinstance(refusal, TooMany | Unavailable) else None
    return Error(
        id=UNSET if id is None else id,
        code=worded(STATUS, refusal)[1] if refusal else "internal",
        detail=str(refusal or MISTAKE),
        retry_after=UNSET if later is None else round(later, 3),
    )


def _refuse(refusal: ApiError) -> web.Response:
    status, word = worded(STATUS, refusal)
    if isinstance(refusal, NotServing) and refusal.status:
        status = refusal.status
    headers = {}
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="Hearth"'
    if isinstance(refusal, TooMany | Unavailable):
        headers["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
    faults = refusal.faults if isinstance(refusal, Invalid) else ()
    return _problem(status, word, str(refusal), headers, faults)


def _problem(
    status: int,
    word: str,
    detail: str,
    headers: Mapping[str, str],
    faults: Iterable[Fault] = (),
) -> web.Response:
    return json_response(
        Problem.because(status, word, detail, faults),
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )


def _kept(error: web.HTTPException) -> dict[str, str]:
    """The headers of the router's answers that mean something."""
    return {"Allow": error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}
