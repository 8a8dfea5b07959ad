"""The route tables, bundled."""

from handlers import (
    accounts,
    avatars,
    bots,
    described,
    files,
    hooks,
    invites,
    members,
    messages,
    metrics,
    pages,
    rooms,
    search,
    socket,
    tokens,
    users,
)

ROUTES = [
    *accounts.ROUTES,
    *users.ROUTES,
    *avatars.ROUTES,
    *rooms.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *files.ROUTES,
    *search.ROUTES,
    *invites.ROUTES,
    *bots.ROUTES,
    *tokens.ROUTES,
    *hooks.ROUTES,
    *socket.ROUTES,
    *described.ROUTES,
    *metrics.ROUTES,
    *pages.ROUTES,
]
