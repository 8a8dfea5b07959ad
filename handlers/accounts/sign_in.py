"""Accounts: signing up, in and out."""

from contextlib import suppress
from http import HTTPStatus

from aiohttp import hdrs, web
from msgspec import UNSET

from handlers.accounts.access import close_sockets, end_sessions
from handlers.accounts.invites import require_joinable
from handlers.accounts.rules import require_free_name, require_good_password
from handlers.markup.characters import visible
from handlers.membership import bring_in
from handlers.schemas import forms, responses
from handlers.services import ACCESS, ADDRESS, SERVICES, USER, Services
from handlers.web import bodies, cookies, routes
from handlers.web.auth import public, require_own_origin, require_still, signed_in
from handlers.web.forwarded import client_network
from handlers.web.json_response import json_response
from handlers.web.security_log import note, note_sign_in
from store import access, invites, resets, rooms, users
from store.database import DEFAULT_ROOM
from store.errors import ApiError, Conflict, Forbidden, NotFound, Unauthenticated
from store.records import AccessKind, Role, User

WRONG = "The name or the password is wrong."


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
    require_free_name(form.name)
    key = f"sign-up {client_network(request[ADDRESS])}"
    services.rates.sign_ins.take(key)  # A password that is refused takes work, too.
    names = (form.name, form.display_name)
    await require_good_password(services, names, form.password)
    services.rates.sign_ups.take(key)
    is_owner = bool(form.invite) and credentials.is_owner_code(form.invite, db.epoch)
    if is_owner and await users.founded(db):
        raise Conflict("The owner's link has been used already.")
    by_invite = not is_owner and await _use_invite(request, form.invite)
    try:
        user = await users.create(
            db,
            form.name,
            display_name=visible(form.display_name) or form.name,
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
    if hdrs.ORIGIN in request.headers:
        require_own_origin(request)
    db, name = services.db, form.name.strip().lower()
    db.require()
    services.credentials.require()
    keys = (f"name {name}", f"address {client_network(request[ADDRESS])}")
    services.rates.sign_ins.take(*keys)
    try:
        user = await users.find(db, name)
        right = await services.credentials.check(
            form.password,
            user.password_hash or None if user else None,  # A bot has none.
        )
    except Exception:
        services.rates.sign_ins.give_back(*keys)  # We could not look: no guess of theirs.
        raise
    if user is None or not right or user.disabled:
        note_sign_in(services, name, well=False)
        raise Unauthenticated(WRONG)
    services.rates.new_sessions.take(user.name)
    services.rates.sign_ins.give_back(*keys)
    return await _signed_in(request, user, cookie=is_json)


async def verify(request: web.Request) -> web.Response:
    """Say who is asking."""
    asker = responses.Asker(responses.User.of(request[USER]))
    by = request[ACCESS]
    if by.kind is AccessKind.TOKEN:
        asker.token = responses.Token.of(by)
    else:
        asker.session = responses.Session.seen_from(by, by.id)
    return json_response(asker)


async def logout(request: web.Request) -> web.Response:
    """End this session and close its sockets."""
    services = request.app[SERVICES]
    session = signed_in(request)
    await access.revoke(services.db, session)
    await close_sockets(services, session.user, only=[session.id])
    response = web.Response(status=204)
    cookies.drop(request, response)
    return response


async def password(request: web.Request) -> web.Response:
    """Change the password; all other sessions end, and tokens stay."""
    services = request.app[SERVICES]
    by, credentials = signed_in(request), services.credentials
    form = await bodies.read(request, forms.ChangePassword)
    user = await require_still(services, by)
    services.rates.sign_ins.take(f"password {user.name}")
    names = (user.name, user.display_name)
    await require_good_password(services, names, form.password, is_known=True)
    if not await credentials.check(form.current, user.password_hash, is_known=True):
        note("password_wrong", bad=True)
        raise Forbidden("The current password is wrong.")
    hashed = await credentials.hash(form.password, is_known=True)
    await require_still(services, by)
    await users.change(
        services.db,
        user.name,
        was={"password_hash": user.password_hash},
        password_hash=hashed,
    )
    note("password_changed")
    await end_sessions(services, user.name, but=by.id)
    return web.Response(status=204)


async def settle_in(services: Services, user: User) -> None:
    """Make a new user a member of the default room; everybody hears of them."""
    services.hub.tell(services.hub.everyone(), responses.User.of(user))
    room = await rooms.require(services.db, DEFAULT_ROOM)
    await bring_in(services, room, user, by="")


async def _use_invite(request: web.Request, code: str) -> bool:
    services = request.app[SERVICES]
    how = services.settings.registration
    if how == "closed" or (how == "invite" and not code):
        reason = (
            "Registration is by invite." if how == "invite" else "Registration is closed."
        )
        raise Forbidden(reason)
    if how == "invite":
        await require_joinable(services, code)
        await invites.use(services.db, code)
    return how == "invite"


async def _signed_in(
    request: web.Request, user: User, *, status: int = 200, cookie: bool = True
) -> web.Response:
    services = request.app[SERVICES]
    settings = services.settings
    agent = request.headers.get(hdrs.USER_AGENT, "")
    session, ended = await access.start_session(
        services.db, user.name, settings.session_days, agent, request[ADDRESS]
    )
    if ended:
        await close_sockets(services, user.name, only={each.id for each in ended})
    # Only now: whoever ends the user's sessions finds this one. If they did so while the
    # password was being checked, we find out here.
    found = await users.find(services.db, user.name)
    if found is None or found.disabled or found.password_hash != user.password_hash:
        with suppress(NotFound):
            await access.revoke(services.db, session)
        note_sign_in(services, user.name, well=False)
        raise Unauthenticated(WRONG)
    if status == HTTPStatus.OK:
        note_sign_in(services, user.name, well=True)
    access_token = services.credentials.issue(session)
    seconds = settings.session_days * 86_400
    notice = await resets.take_notice(services.db, user.name)
    signed_in = responses.SignedIn(
        user=responses.User.of(user),
        access_token=access_token,
        expires_in=seconds,
        password_reset=responses.PasswordReset.of(notice) if notice else UNSET,
    )
    response = json_response(signed_in, status=status)
    if cookie and hdrs.ORIGIN in request.headers:  # A browser, and not a program.
        cookies.keep(request, response, access_token, seconds)
    return response


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
    routes.post(
        "/api/auth/password", password, body=forms.ChangePassword, refuses=(409, 429)
    ),
]
