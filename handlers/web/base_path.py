"""The path at which the app is mounted."""

from urllib.parse import urlsplit

from aiohttp import web

from handlers.services import SERVICES

INDEX = "index"  # the route that says where we are mounted


def home(request: web.Request) -> str:
    """The path where people find us: behind a proxy, or in an app we are mounted in."""
    if public_url := request.app[SERVICES].settings.public_url:
        return urlsplit(public_url).path + "/"
    return request.app.router[INDEX].url_for().path
