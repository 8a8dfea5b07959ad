"""The route tables, bundled."""

from handlers import calls, check, files, hooks, members, messages, pages, rooms
from handlers.accounts import (
    access,
    avatars,
    bots,
    devices,
    invites,
    operator,
    resets,
    sign_in,
    users,
)
from handlers.openapi.routes import routes_for
from handlers.searching import search
from handlers.socket import connect
from handlers.web import metrics

ROUTES = [
    *sign_in.ROUTES,
    *users.ROUTES,
    *operator.ROUTES,
    *avatars.ROUTES,
    *rooms.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *calls.ROUTES,
    *files.ROUTES,
    *search.ROUTES,
    *invites.ROUTES,
    *resets.ROUTES,
    *bots.ROUTES,
    *access.ROUTES,
    *devices.ROUTES,
    *hooks.ROUTES,
    *connect.ROUTES,
    *metrics.ROUTES,
    *check.ROUTES,
    *pages.ROUTES,
]
ROUTES.extend(routes_for(ROUTES))
