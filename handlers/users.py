"""People."""

from typing import Any

from aiohttp import web
from msgspec import UNSET

from handlers import bodies, requests
from handlers.accounts import close_sockets
from handlers.keys import DB, HUB, USER
from handlers.representations import json_response, user_json
from handlers.security import note
from store import sessions, users
from store.errors import Fault, Forbidden, Invalid
from store.records import Role, User


async def list_users(request: web.Request) -> web.Response:
    """List everybody who has an account."""
    return json_response(
        {"users": [user_json(user) for user in await users.everyone(request.app[DB])]}
    )


async def show_user(request: web.Request) -> web.Response:
    """Show one user."""
    return json_response(user_json(await users.require(request.app[DB], _name(request))))


async def change_user(request: web.Request) -> web.Response:
    """Change a display name, a role, or whether an account is disabled; everybody hears."""
    form = await bodies.read(request, requests.ChangeUser)
    db, asker = request.app[DB], request[USER]
    user = await users.require(db, _name(request))
    fields = _allowed(asker, user, form)
    if fields:
        user = await users.change(db, user.name, **fields)
        request.app[HUB].tell(request.app[HUB].everyone(), user_json(user))
    for field in fields.keys() & {"role", "disabled"}:
        note(f"{field}_changed", of=user.name, to=fields[field])
    if fields.get("disabled"):
        await sessions.end_all(db, user.name)
        close_sockets(request.app, user.name)
    return json_response(user_json(user))


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    return request[USER].name if name == "me" else name


def _allowed(asker: User, user: User, form: requests.ChangeUser) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if form.display_name is not UNSET:
        if asker.name != user.name:
            raise Forbidden("Everybody chooses their own display name.")
        fields["display_name"] = " ".join(form.display_name.split())
        if not fields["display_name"]:
            raise Invalid(
                "display_name: It is empty.", Fault("display_name", "It is empty.")
            )
    if form.role is not UNSET or form.disabled is not UNSET:
        if not asker.is_admin:
            raise Forbidden("Only admins may do this.")
        if asker.role is not Role.OWNER and (
            user.is_admin or form.role in {"owner", "admin"}
        ):
            raise Forbidden("Only owners may do this.")
    if form.role is not UNSET:
        fields["role"] = Role(form.role).value
    if form.disabled is not UNSET:
        fields["disabled"] = form.disabled
    return fields


ROUTES = [
    web.get("/api/users", list_users),
    web.get("/api/users/{name}", show_user),
    web.patch("/api/users/{name}", change_user),
]
