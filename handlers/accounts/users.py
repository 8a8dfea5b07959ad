"""Users: people and bots."""

from typing import Any

from aiohttp import web
from msgspec import UNSET

from handlers.accounts.access import end_lapsed, end_sessions
from handlers.markup.characters import visible
from handlers.membership import settle_rooms_of
from handlers.schemas import forms, responses
from handlers.services import SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.auth import for_operator, user_in_path
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import users
from store.errors import Conflict, Forbidden, Invalid
from store.records import Role, User


async def list_users(request: web.Request) -> web.Response:
    """List everybody who has an account."""
    found = await users.everyone(request.app[SERVICES].db)
    return json_response(responses.Users([responses.User.of(user) for user in found]))


async def show_user(request: web.Request) -> web.Response:
    """Show one user."""
    user = await users.require(request.app[SERVICES].db, user_in_path(request))
    return json_response(responses.User.of(user))


@for_operator
async def change_user(request: web.Request) -> web.Response:
    """Change a display name, a role, or whether an account is disabled; everybody hears."""
    services = request.app[SERVICES]
    form = await bodies.read(request, forms.ChangeUser)
    user = await users.require(services.db, user_in_path(request))
    fields = _allowed(request[USER], user, form)
    if fields:
        user = await apply(services, user.name, **fields)
    return json_response(responses.User.of(user))


async def apply(services: Services, name: str, **fields: Any) -> User:
    """Change a user; everybody hears, and access that they lost ends."""
    user = await users.change(services.db, name, **fields)
    await tell_user(services, name)
    for field in sorted(fields.keys() & {"role", "disabled"}):
        note(f"{field}_changed", of=user.name, to=fields[field])
    if "password_hash" in fields:
        await end_sessions(services, name)
    if fields.keys() & {"role", "disabled"}:
        await end_lapsed(services, user, is_switched="disabled" in fields)
    if "disabled" in fields:
        await settle_rooms_of(services, name)
    return user


async def tell_user(services: Services, name: str) -> None:
    """Tell everybody how a user is now, whoever else is changing them."""
    if user := await users.find(services.db, name):
        services.hub.tell(services.hub.everyone(), responses.User.of(user))


def _allowed(asker: User, user: User, form: forms.ChangeUser) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if form.display_name is not UNSET:
        if asker.name != user.name and not (user.role is Role.BOT and asker.is_admin):
            raise Forbidden("Everybody chooses their own display name.")
        fields["display_name"] = visible(form.display_name)
        if not fields["display_name"]:
            raise Invalid("It is empty.", "display_name")
    if form.role is not UNSET or form.disabled is not UNSET:
        if not asker.is_admin:
            raise Forbidden("Only admins may do this.")
        if asker.role is not Role.OWNER and (
            user.is_admin or form.role in {"owner", "admin"}
        ):
            raise Forbidden("Only owners may do this.")
    if form.role is not UNSET:
        if user.role is Role.BOT:
            raise Conflict("A bot stays a bot.")
        fields["role"] = Role(form.role).value
    # Who is enabled already keeps their sessions.
    if form.disabled is not UNSET and form.disabled != user.disabled:
        fields["disabled"] = form.disabled
    return fields


ROUTES = [
    routes.get("/api/users", list_users, responses.Users),
    routes.get("/api/users/{name}", show_user, responses.User),
    routes.patch(
        "/api/users/{name}",
        change_user,
        responses.User,
        body=forms.ChangeUser,
        refuses=(409,),
    ),
]
