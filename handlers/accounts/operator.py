"""Acts of the operator: the command line of who can read the server's secret."""

from aiohttp import web

from handlers.accounts.rules import require_free_name, require_good_password
from handlers.accounts.sign_in import settle_in
from handlers.accounts.users import apply
from handlers.markup.characters import visible
from handlers.schemas import forms, responses
from handlers.services import ACCESS, SERVICES
from handlers.web import bodies, routes
from handlers.web.auth import for_operator
from handlers.web.json_response import json_response
from store import users
from store.errors import Conflict, Forbidden
from store.records import AccessKind, Role


@for_operator
async def add_user(request: web.Request) -> web.Response:
    """Make an account, however registration is set."""
    form = await bodies.read(request, forms.AddUser)
    _require_operator(request)
    services, role = request.app[SERVICES], Role(form.role)
    require_free_name(form.name)
    names = (form.name, form.display_name)
    await require_good_password(services, names, form.password, is_known=True)
    user = await users.create(
        services.db,
        form.name,
        display_name=visible(form.display_name) or form.name,
        password_hash=await services.credentials.hash(form.password, is_known=True),
        role=role,
        founder=role is Role.OWNER and not await users.founded(services.db),
    )
    await settle_in(services, user)
    return json_response(responses.User.of(user), status=201)


@for_operator
async def set_password(request: web.Request) -> web.Response:
    """Give somebody a new password; their sessions end."""
    form = await bodies.read(request, forms.NewPassword)
    _require_operator(request)
    services = request.app[SERVICES]
    user = await users.require(services.db, request.match_info["name"])
    if user.role is Role.BOT:
        raise Conflict("It is a bot, which has no password.")
    names = (user.name, user.display_name)
    await require_good_password(services, names, form.password, is_known=True)
    hashed = await services.credentials.hash(form.password, is_known=True)
    user = await apply(services, user.name, password_hash=hashed)
    return json_response(responses.User.of(user))


@for_operator
async def show_database(request: web.Request) -> web.Response:
    """Say where the database is: of the private one, only the server knows."""
    _require_operator(request)
    services = request.app[SERVICES]
    await services.read_marks.flush()  # so that whoever reads it misses none
    return json_response(responses.DatabaseAddress(services.db.url))


@for_operator
async def show_owner_link(request: web.Request) -> web.Response:
    """Say by which link somebody becomes owner, while there is none."""
    _require_operator(request)
    services = request.app[SERVICES]
    if await users.founded(services.db):
        found = await users.everyone(services.db)
        owners = [
            each.name for each in found if each.role is Role.OWNER and not each.disabled
        ]
        raise Conflict(
            f"Owner is {' and '.join(owners)}. For a new password: hearth user link NAME; "
            "to make somebody else owner: hearth user role NAME owner."
        )
    code = services.credentials.owner_code(services.db.epoch)
    return json_response(responses.OwnerLink(f"/join/{code}"))


def _require_operator(request: web.Request) -> None:
    if request[ACCESS].kind is not AccessKind.OPERATOR:
        raise Forbidden("Only the command line on the server's machine may do this.")


ROUTES = [
    routes.post(
        "/api/users",
        add_user,
        responses.User,
        status=(201,),
        body=forms.AddUser,
        refuses=(409,),
    ),
    routes.put(
        "/api/users/{name}/password",
        set_password,
        responses.User,
        body=forms.NewPassword,
        refuses=(409,),
    ),
    routes.get("/api/database", show_database, responses.DatabaseAddress, refuses=(403,)),
    routes.get("/api/owner-link", show_owner_link, responses.OwnerLink, refuses=(403, 409)),
]
