"""The route tables, bundled."""

from handlers import accounts, invites, members, messages, pages, rooms, socket, users

ROUTES = [
    *accounts.ROUTES,
    *users.ROUTES,
    *rooms.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *invites.ROUTES,
    *socket.ROUTES,
    *pages.ROUTES,
]
