"""The route tables, bundled."""

from handlers import (
    access,
    accounts,
    avatars,
    bots,
    files,
    hooks,
    invites,
    members,
    messages,
    operator,
    pages,
    resets,
    rooms,
    search,
    users,
)
from handlers.openapi import routes
from handlers.socket import connect
from handlers.web import metrics

ROUTES = [
    *accounts.ROUTES,
    *users.ROUTES,
    *operator.ROUTES,
    *avatars.ROUTES,
    *rooms.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *files.ROUTES,
    *search.ROUTES,
    *invites.ROUTES,
    *resets.ROUTES,
    *bots.ROUTES,
    *access.ROUTES,
    *hooks.ROUTES,
    *connect.ROUTES,
    *routes.ROUTES,
    *metrics.ROUTES,
    *pages.ROUTES,
]
