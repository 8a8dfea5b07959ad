"""Conditions of a request: what its sender has already, or takes alone (RFC 9110)."""

from aiohttp import ETag, web

ANY = "*"


def knows(request: web.Request, tag: str) -> bool:
    """True if the asker has what has this tag."""
    return _has(request.if_none_match, tag)


def wants_another(request: web.Request, tag: str) -> bool:
    """True if the asker takes only something else than what has this tag."""
    return request.if_match is not None and not _has(request.if_match, tag)


def _has(given: tuple[ETag, ...] | None, tag: str) -> bool:
    return not {tag, ANY}.isdisjoint(each.value for each in given or ())
