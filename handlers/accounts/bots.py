"""Bots: users without a password, made by admins for programs."""

from aiohttp import web

from handlers.accounts.access import make_token
from handlers.accounts.rules import require_free_name
from handlers.accounts.sign_in import settle_in
from handlers.markup.characters import visible
from handlers.permissions import require_admin
from handlers.schemas import forms, responses
from handlers.services import SERVICES, USER
from handlers.web import bodies, routes
from handlers.web.auth import signed_in
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import users
from store.records import Role


async def create_bot(request: web.Request) -> web.Response:
    """Make a bot and its first token, whose secret is shown this once."""
    services = request.app[SERVICES]
    form = await bodies.read(request, forms.CreateBot)
    require_admin(request[USER])
    by = signed_in(request)
    require_free_name(form.name)
    db = services.db
    bot = await users.create(
        db,
        form.name,
        display_name=visible(form.display_name) or form.name,
        password_hash="",
        role=Role.BOT,
        created_by=request[USER].name,
    )
    await settle_in(services, bot)
    token, secret = await make_token(services, by, bot)
    note("bot_made", of=bot.name, token=token.id)
    made = responses.MadeBot(
        responses.User.of(bot), responses.Token.of(token, secret=secret)
    )
    return json_response(made, status=201)


ROUTES = [
    routes.post(
        "/api/bots",
        create_bot,
        responses.MadeBot,
        status=(201,),
        body=forms.CreateBot,
        refuses=(409,),
    ),
]
