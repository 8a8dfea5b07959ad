"""The route tables, bundled."""

from handlers import (
    accounts,
    described,
    invites,
    members,
    messages,
    metrics,
    pages,
    rooms,
    socket,
    users,
)

ROUTES = [
    *accounts.ROUTES,
    *users.ROUTES,
    *rooms.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *invites.ROUTES,
    *socket.ROUTES,
    *described.ROUTES,
    *metrics.ROUTES,
    *pages.ROUTES,
]
