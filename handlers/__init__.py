"""The route tables, bundled."""

from handlers import (
    accounts,
    bots,
    hooks,
    invites,
    members,
    messages,
    pages,
    rooms,
    socket,
    tokens,
    users,
)

ROUTES = [
    *accounts.ROUTES,
    *users.ROUTES,
    *rooms.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *invites.ROUTES,
    *bots.ROUTES,
    *tokens.ROUTES,
    *hooks.ROUTES,
    *socket.ROUTES,
    *pages.ROUTES,
]
