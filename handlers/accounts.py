"""Accounts: signing up, in and out."""

from collections.abc import Collection

from aiohttp import hdrs, web

from handlers.membership import bring_in
from handlers.rules import require_free_name, require_good_password
from handlers.schemas import forms, responses
from handlers.services import ADDRESS, SERVICES, SESSION, TOKEN, USER, Services
from handlers.web import bodies, cookies, routes
from handlers.web.auth import public, require_own_origin, signed_in
from handlers.web.client_network import client_network
from handlers.web.json_response import json_response
from handlers.web.security_log import note, note_sign_in
from hub import SIGN_IN
from store import invites, rooms, sessions, tokens, users
from store.database import DEFAULT_ROOM
from store.errors import ApiError, Forbidden, Unauthenticated
from store.records import Role, User


@public
async def register(request: web.Request) -> web.Response:
    """Sign up: by the owner's link, by an invite, or freely, as the settings say."""
    services = request.app[SERVICES]
    form = await bodies.read(request, forms.Register)
    if hdrs.ORIGIN in request.headers:
        require_own_origin(request)
    db, credentials = services.db, services.credentials
    db.require()
    services.log.require()
    credentials.require()
    require_good_password(services, form.name, form.password)
    require_free_name(form.name)
    key = f"sign-up {client_network(request[ADDRESS])}"
    services.rates.sign_ups.take(key)
    services.rates.sign_ins.take(key)
    is_owner = bool(form.invite) and credentials.is_owner_code(form.invite, db.epoch)
    by_invite = not is_owner and await _use_invite(request, form.invite)
    try:
        user = await users.create(
            db,
            form.name,
            display_name=tidy(form.display_name) or form.name,
            password_hash=await credentials.hash(form.password),
            role=Role.OWNER if is_owner else Role.MEMBER,
            founder=is_owner,
        )
    except ApiError:
        if by_invite:
            await invites.give_back(db, form.invite)
        raise
    await settle_in(services, user)
    services.rates.sign_ins.give_back(key)
    note("signed_up", user=user.name, role=user.role)
    return await _signed_in(request, user, status=201)


@public
async def token(request: web.Request) -> web.Response:
    """Sign in, with JSON or the OAuth2 password form."""
    services = request.app[SERVICES]
    form, is_json = await bodies.read_sign_in(request)
    if is_json and hdrs.ORIGIN in request.headers:
        require_own_origin(request)
    db = services.db
    db.require()
    services.credentials.require()
    keys = (f"name {form.name}", f"address {client_network(request[ADDRESS])}")
    services.rates.sign_ins.take(*keys)
    try:
        user = await users.find(db, form.name)
        right = await services.credentials.check(
            form.password,
            user.password_hash or None if user else None,  # A bot has none.
        )
    except Exception:
        services.rates.sign_ins.give_back(*keys)  # We could not look: no guess of theirs.
        raise
    if user is None or not right or user.disabled:
        note_sign_in(services, form.name, well=False)
        raise Unauthenticated("The name or the password is wrong.")
    services.rates.sign_ins.give_back(*keys)
    note_sign_in(services, user.name, well=True)
    return await _signed_in(request, user, cookie=is_json)


async def verify(request: web.Request) -> web.Response:
    """Say who is asking."""
    asker = responses.Asker(responses.User.of(request[USER]))
    if TOKEN in request:
        asker.token = responses.Token.of(request[TOKEN])
    else:
        asker.session = responses.Session.of(request[SESSION], request[SESSION].id)
    return json_response(asker)


async def logout(request: web.Request) -> web.Response:
    """End this session and close its sockets."""
    services = request.app[SERVICES]
    session = signed_in(request)
    await sessions.end(services.db, session.user, session.id)
    close_sockets(services, session.user, session.id)
    response = web.Response(status=204)
    cookies.drop(request, response)
    return response


async def password(request: web.Request) -> web.Response:
    """Change the password; all other sessions end, and tokens stay."""
    services = request.app[SERVICES]
    current = signed_in(request).id
    form = await bodies.read(request, forms.ChangePassword)
    user, db = request[USER], services.db
    require_good_password(services, user.name, form.password)
    key = f"password {user.name}"
    services.rates.sign_ins.take(key)
    if not await services.credentials.check(form.current, user.password_hash):
        note("password_wrong", bad=True)
        raise Forbidden("The current password is wrong.")
    services.rates.sign_ins.give_back(key)
    hashed = await services.credentials.hash(form.password)
    await users.change(db, user.name, password_hash=hashed)
    note("password_changed")
    await sessions.end_all(db, user.name, but=current)
    kept = {current, *(each.id for each in await tokens.of_users(db, [user.name]))}
    close_sockets(services, user.name, but=kept)
    return web.Response(status=204)


async def list_sessions(request: web.Request) -> web.Response:
    """List the asker's sessions."""
    found = await sessions.of_user(request.app[SERVICES].db, request[USER].name)
    current = request[SESSION].id if SESSION in request else ""
    listed = [responses.Session.of(each, current) for each in found]
    return json_response(responses.Sessions(listed))


async def end_session(request: web.Request) -> web.Response:
    """End one of the asker's sessions and close its sockets."""
    services = request.app[SERVICES]
    sid = request.match_info["sid"]
    await sessions.end(services.db, request[USER].name, sid)
    note("session_ended", session=sid)
    close_sockets(services, request[USER].name, sid)
    return web.Response(status=204)


async def settle_in(services: Services, user: User) -> None:
    """Make a new user a member of the default room; everybody hears of them."""
    services.hub.tell(services.hub.everyone(), responses.User.of(user))
    room = await rooms.require(services.db, DEFAULT_ROOM)
    await bring_in(services, room, user, by="")


def close_sockets(
    services: Services, user: str, id: str = "", *, but: Collection[str] = ()
) -> None:
    """Close a user's sockets: those of one session or token, or all but those of some."""
    ended = [
        each
        for each in services.hub.of_user(user)
        if (each.session == id if id else each.session not in but)
    ]
    services.hub.cut(ended, SIGN_IN, "The session has ended; please sign in.")


async def _use_invite(request: web.Request, code: str) -> bool:
    services = request.app[SERVICES]
    how = services.settings.registration
    if how == "closed" or (how == "invite" and not code):
        reason = (
            "Registration is by invite." if how == "invite" else "Registration is closed."
        )
        raise Forbidden(reason)
    if how == "invite":
        await invites.use(services.db, code)
    return how == "invite"


async def _signed_in(
    request: web.Request, user: User, *, status: int = 200, cookie: bool = True
) -> web.Response:
    services = request.app[SERVICES]
    settings = services.settings
    agent = request.headers.get(hdrs.USER_AGENT, "")
    session = await sessions.start(
        services.db, user.name, settings.session_days, agent, request[ADDRESS]
    )
    access_token = services.credentials.issue(session)
    seconds = settings.session_days * 86_400
    signed_in = responses.SignedIn(
        user=responses.User.of(user), access_token=access_token, expires_in=seconds
    )
    response = json_response(signed_in, status=status)
    if cookie and hdrs.ORIGIN in request.headers:  # A browser, and not a program.
        cookies.keep(request, response, access_token, seconds)
    return response


def tidy(text: str) -> str:
    """A line without space around it, and with one between words."""
    return " ".join(text.split())


ROUTES = [
    routes.post(
        "/api/auth/register",
        register,
        responses.SignedIn,
        status=(201,),
        body=forms.Register,
        refuses=(403, 404, 409, 429, 503),
    ),
    routes.post(
        "/api/auth/token",
        token,
        responses.SignedIn,
        body=forms.SignIn,
        other_bodies={"application/x-www-form-urlencoded": forms.OAuth2Form},
        refuses=(401, 403, 429, 503),
    ),
    routes.get("/api/auth/verify", verify, responses.Asker),
    routes.post("/api/auth/logout", logout),
    routes.post("/api/auth/password", password, body=forms.ChangePassword, refuses=(429,)),
    routes.get("/api/sessions", list_sessions, responses.Sessions),
    routes.delete("/api/sessions/{sid}", end_session),
]
