"""Accounts: signing up, in and out."""

from collections.abc import Collection

from aiohttp import hdrs, web

from handlers.rules import require_free_name, require_good_password
from handlers.schemas import forms
from handlers.schemas.answers import session_json, token_json
from handlers.schemas.responses import json_response, member_json, user_json
from handlers.services import (
    ADDRESS,
    CREDENTIALS,
    DB,
    HUB,
    LOG,
    SESSION,
    SETTINGS,
    SIGN_INS,
    SIGN_UPS,
    TOKEN,
    USER,
)
from handlers.web import bodies, cookies
from handlers.web.auth import public, require_own_origin, signed_in
from handlers.web.client_network import place
from handlers.web.security_log import note, note_sign_in
from hub import SIGN_IN
from store import invites, members, sessions, tokens, users
from store.database import DEFAULT_ROOM
from store.errors import Forbidden, Refusal, Unauthenticated
from store.records import Role, User


@public
async def register(request: web.Request) -> web.Response:
    """Sign up: by the owner's link, by an invite, or freely, as the settings say."""
    form = await bodies.read(request, forms.Register)
    if hdrs.ORIGIN in request.headers:
        require_own_origin(request)
    db, credentials = request.app[DB], request.app[CREDENTIALS]
    db.require()
    request.app[LOG].require()
    credentials.require()
    require_good_password(request.app, form.name, form.password)
    require_free_name(form.name)
    key = f"sign-up {place(request[ADDRESS])}"
    request.app[SIGN_UPS].take(key)
    request.app[SIGN_INS].take(key)
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
    except Refusal:
        if by_invite:
            await invites.give_back(db, form.invite)
        raise
    await settle_in(request.app, user)
    request.app[SIGN_INS].give_back(key)
    note("signed_up", user=user.name, role=user.role)
    return await _signed_in(request, user, status=201)


@public
async def token(request: web.Request) -> web.Response:
    """Sign in, with JSON or the OAuth2 password form."""
    form, is_json = await bodies.read_sign_in(request)
    if is_json and hdrs.ORIGIN in request.headers:
        require_own_origin(request)
    db = request.app[DB]
    db.require()
    request.app[CREDENTIALS].require()
    keys = (f"name {form.name}", f"address {place(request[ADDRESS])}")
    request.app[SIGN_INS].take(*keys)
    try:
        user = await users.find(db, form.name)
        right = await request.app[CREDENTIALS].check(
            form.password,
            user.password_hash or None if user else None,  # A bot has none.
        )
    except Exception:
        request.app[SIGN_INS].give_back(*keys)  # We could not look: no guess of theirs.
        raise
    if user is None or not right or user.disabled:
        note_sign_in(request.app, form.name, well=False)
        raise Unauthenticated("The name or the password is wrong.")
    request.app[SIGN_INS].give_back(*keys)
    note_sign_in(request.app, user.name, well=True)
    return await _signed_in(request, user, cookie=is_json)


async def verify(request: web.Request) -> web.Response:
    """Say who is asking."""
    if TOKEN in request:
        by = {"token": token_json(request[TOKEN])}
    else:
        by = {"session": session_json(request[SESSION], request[SESSION].id)}
    return json_response({"user": user_json(request[USER]), **by})


async def logout(request: web.Request) -> web.Response:
    """End this session and close its sockets."""
    session = signed_in(request)
    await sessions.end(request.app[DB], session.user, session.id)
    close_sockets(request.app, session.user, session.id)
    response = web.Response(status=204)
    cookies.drop(request, response)
    return response


async def password(request: web.Request) -> web.Response:
    """Change the password; all other sessions end, and tokens stay."""
    current = signed_in(request).id
    form = await bodies.read(request, forms.ChangePassword)
    user, db = request[USER], request.app[DB]
    require_good_password(request.app, user.name, form.password)
    key = f"password {user.name}"
    request.app[SIGN_INS].take(key)
    if not await request.app[CREDENTIALS].check(form.current, user.password_hash):
        note("password_wrong", bad=True)
        raise Forbidden("The current password is wrong.")
    request.app[SIGN_INS].give_back(key)
    hashed = await request.app[CREDENTIALS].hash(form.password)
    await users.change(db, user.name, password_hash=hashed)
    note("password_changed")
    await sessions.end_all(db, user.name, but=current)
    kept = {current, *(each.id for each in await tokens.of_users(db, [user.name]))}
    close_sockets(request.app, user.name, but=kept)
    return web.Response(status=204)


async def list_sessions(request: web.Request) -> web.Response:
    """List the asker's sessions."""
    found = await sessions.of_user(request.app[DB], request[USER].name)
    current = request[SESSION].id if SESSION in request else ""
    return json_response({"sessions": [session_json(each, current) for each in found]})


async def end_session(request: web.Request) -> web.Response:
    """End one of the asker's sessions and close its sockets."""
    sid = request.match_info["sid"]
    await sessions.end(request.app[DB], request[USER].name, sid)
    note("session_ended", session=sid)
    close_sockets(request.app, request[USER].name, sid)
    return web.Response(status=204)


async def settle_in(app: web.Application, user: User) -> None:
    """Make a new user a member of the default room; everybody hears of them."""
    head = app[LOG].head(DEFAULT_ROOM)
    member, _ = await members.add(app[DB], DEFAULT_ROOM, user.name, read=head.seq)
    app[HUB].tell(app[HUB].everyone(), user_json(user))
    app[HUB].tell(app[HUB].of_room(DEFAULT_ROOM), member_json(member))


def close_sockets(
    app: web.Application, user: str, id: str = "", *, but: Collection[str] = ()
) -> None:
    """Close a user's sockets: those of one session or token, or all but those of some."""
    ended = [
        each
        for each in app[HUB].of_user(user)
        if (each.session == id if id else each.session not in but)
    ]
    app[HUB].cut(ended, SIGN_IN, "The session has ended; please sign in.")


async def _use_invite(request: web.Request, code: str) -> bool:
    how = request.app[SETTINGS].registration
    if how == "closed" or (how == "invite" and not code):
        reason = (
            "Registration is by invite." if how == "invite" else "Registration is closed."
        )
        raise Forbidden(reason)
    if how == "invite":
        await invites.use(request.app[DB], code)
    return how == "invite"


async def _signed_in(
    request: web.Request, user: User, *, status: int = 200, cookie: bool = True
) -> web.Response:
    settings = request.app[SETTINGS]
    agent = request.headers.get(hdrs.USER_AGENT, "")
    session = await sessions.start(
        request.app[DB], user.name, settings.session_days, agent, request[ADDRESS]
    )
    access_token = request.app[CREDENTIALS].issue(session)
    seconds = settings.session_days * 86_400
    content = {
        "user": user_json(user),
        "access_token": access_token,
        "token_type": "bearer",
        "expires_in": seconds,
    }
    response = json_response(content, status=status)
    if cookie and hdrs.ORIGIN in request.headers:  # A browser, and not a program.
        cookies.keep(request, response, access_token, seconds)
    return response


def tidy(text: str) -> str:
    """A line without space around it, and with one between words."""
    return " ".join(text.split())


ROUTES = [
    web.post("/api/auth/register", register),
    web.post("/api/auth/token", token),
    web.get("/api/auth/verify", verify),
    web.post("/api/auth/logout", logout),
    web.post("/api/auth/password", password),
    web.get("/api/sessions", list_sessions),
    web.delete("/api/sessions/{sid}", end_session),
]
