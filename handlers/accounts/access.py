"""Access: the sessions and tokens of people and bots, and how they end."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from functools import partial

from aiohttp import web
from msgspec import UNSET

from handlers.permissions import hand_over
from handlers.schemas import forms, responses
from handlers.services import ACCESS, SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.auth import require_still, signed_in
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from hub import SIGN_IN
from store import access, invites, members, rooms, users
from store.errors import ApiError, Forbidden, NotFound
from store.records import Access, AccessKind, Draft, Role, User, now


async def list_sessions(request: web.Request) -> web.Response:
    """List the asker's sessions."""
    services, asker = request.app[SERVICES], request[USER]
    found = await access.listed(services.db, AccessKind.SESSION, [asker.name])
    current = request[ACCESS].id
    listed = [responses.Session.seen_from(each, current) for each in found]
    return json_response(responses.Sessions(listed))


async def end_session(request: web.Request) -> web.Response:
    """End one of the asker's sessions and close its sockets."""
    services, sid = request.app[SERVICES], request.match_info["sid"]
    session = await access.require(services.db, AccessKind.SESSION, sid)
    if session.user != request[USER].name:
        raise NotFound("There is no such session.")
    await access.revoke(services.db, session)
    note("session_ended", session=sid)
    await close_sockets(services, session.user, only=[sid])
    return web.Response(status=204)


async def list_tokens(request: web.Request) -> web.Response:
    """List the asker's tokens; for admins, those of all bots too."""
    services = request.app[SERVICES]
    db, asker, hub = services.db, request[USER], services.hub
    names = {asker.name}
    if asker.is_admin:
        names |= {each.name for each in await users.everyone(db) if each.role is Role.BOT}
    found = await access.listed(db, AccessKind.TOKEN, names)
    used = {each.session for name in names for each in hub.of_user(name)}
    listed = [responses.Token.of(token) for token in found]
    for token in listed:
        if token.id in used:  # An open socket uses it now.
            token.last_used_at = responses.moment(now())
    return json_response(responses.Tokens(listed))


async def create_token(request: web.Request) -> web.Response:
    """Make a token; its secret is shown this once."""
    form = await bodies.read_optional(request, forms.CreateToken)
    by = signed_in(request)
    services, asker = request.app[SERVICES], request[USER]
    user = asker if form.user is UNSET else await users.require(services.db, form.user)
    token, secret = await make_token(services, by, user, form.note)
    note("token_made", token=token.id, of=user.name)
    if user.role is Role.BOT:
        await _tell_rooms(services, user, f"{asker.name} has made a new key to me.")
    return json_response(responses.Token.of(token, secret=secret), status=201)


async def make_token(
    services: Services, by: Access, user: User, text: str = ""
) -> tuple[Access, str]:
    """Make a token for a user, with a note, if whoever asks may.

    Raises:
        Forbidden: if they may not, or no longer.
    """
    _require_may_make(await require_still(services, by), user)
    token, secret = await access.create_token(services.db, user.name, note=text, by=by.user)
    try:
        _require_may_make(await require_still(services, by), user)
    except ApiError:  # Their right ended meanwhile; this must not outlive it.
        await access.revoke(services.db, token)
        raise
    return token, secret


async def revoke_token(request: web.Request) -> web.Response:
    """Revoke a token; its sockets close at once."""
    services = request.app[SERVICES]
    db = services.db
    token = await access.require(db, AccessKind.TOKEN, request.match_info["id"])
    if not _may_manage(request[USER], await users.require(db, token.user)):
        raise NotFound("There is no such token.")
    await access.revoke(db, token)
    note("token_revoked", token=token.id, of=token.user)
    await close_sockets(services, token.user, only=[token.id])
    return web.Response(status=204)


async def close_sockets(
    services: Services,
    user: str,
    *,
    only: Collection[str] | None = None,
    but: Collection[str] = (),
) -> None:
    """Close a user's sockets: those of some sessions and tokens only, or all but those.

    What was said by them before is stored when this is over, and nothing is afterwards.
    """
    ended = [
        each
        for each in services.hub.of_user(user)
        if (each.session not in but if only is None else each.session in only)
    ]
    services.hub.cut(ended, SIGN_IN, "The session has ended; please sign in.")
    await services.log.flush()


async def end_sessions(services: Services, user: str, *, but: str = "") -> None:
    """End a user's sessions, but perhaps one, and close their sockets; tokens stay."""
    await access.revoke_all(services.db, user, kind=AccessKind.SESSION, but=but)
    tokens = await access.listed(services.db, AccessKind.TOKEN, [user])
    await close_sockets(services, user, but={but, *(each.id for each in tokens)})


async def end_lapsed(services: Services, user: User, *, is_switched: bool) -> None:
    """End what a user lost with a role, or with being disabled (or enabled again).

    Their own sessions and tokens, for good: a key that came to life again with its account
    would do so unseen. A bot's stay, as admins see them. Invites, and the keys to bots that
    the user may no longer make, go with the right to make them.
    """
    db = services.db
    if is_switched and user.role is not Role.BOT:
        await access.revoke_all(db, user.name)
    if user.disabled or not user.is_admin:
        await invites.revoke_of(db, user.name)
    revoked = []
    for token in await access.made_by(db, user.name):
        bot = await users.find(db, token.user)
        if bot is None or not _may_make(user, bot):
            with suppress(NotFound):
                await access.revoke(db, token)
            note("token_revoked", token=token.id, of=token.user)
            revoked.append(token)
    for token in revoked:
        await close_sockets(services, token.user, only=[token.id])
    if user.disabled:
        await close_sockets(services, user.name)


async def _tell_rooms(services: Services, bot: User, text: str) -> None:
    """Have a bot say something in all its rooms."""
    for name in await members.rooms_of(services.db, bot.name):
        room = await rooms.find(services.db, name)
        if room and not room.archived:
            id = secrets.token_urlsafe(12)
            draft = Draft(room=name, sender=bot.name, id=id, text=text)
            with suppress(NotFound):  # It was taken out of the room meanwhile.
                is_there = members.require(services.db, name, bot.name)
                await (await hand_over(is_there, partial(services.log.post, draft)))


def _may_make(maker: User, user: User) -> bool:
    """True if somebody may make keys to an account: who has one reads its rooms.

    One's own, and bots': owners of the server, and the admin who made the bot.
    """
    if maker.disabled or user.role is not Role.BOT:
        return maker.name == user.name and not maker.disabled
    made_it = maker.is_admin and maker.name == user.created_by
    return maker.role is Role.OWNER or made_it


def _require_may_make(maker: User, user: User) -> None:
    if not _may_make(maker, user):
        raise Forbidden("Only for yourself; for a bot, whoever made it, and owners.")


def _may_manage(asker: User, user: User) -> bool:
    return asker.name == user.name or (user.role is Role.BOT and asker.is_admin)


ROUTES = [
    routes.get("/api/sessions", list_sessions, responses.Sessions),
    routes.delete("/api/sessions/{sid}", end_session),
    routes.get("/api/tokens", list_tokens, responses.Tokens),
    routes.post(
        "/api/tokens",
        create_token,
        responses.Token,
        status=(201,),
        body=forms.CreateToken,
        body_is_optional=True,
        refuses=(404, 409),
    ),
    routes.delete("/api/tokens/{id}", revoke_token),
]
