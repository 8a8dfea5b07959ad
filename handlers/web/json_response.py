"""Answers of JSON."""

from collections.abc import Mapping

from aiohttp import web

from hub import encode


def json_response(
    content: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> web.Response:
    """An answer of JSON: of an object of `schemas/responses.py`, or of plain data."""
    return web.Response(
        body=encode(content), status=status, headers=headers, content_type=content_type
    )
