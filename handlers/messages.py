"""Messages: each act is one function, for HTTP and for the socket alike."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import replace

from handlers import attachments
from handlers.markup.characters import is_seen
from handlers.markup.emoji import as_typed, qualified
from handlers.permissions import hand_over, may_manage, may_write, writable
from handlers.rendering import rendered
from handlers.schemas import forms, responses
from handlers.schemas.responses import PAGE_MESSAGES
from handlers.services import ACCESS, SERVICES, USER, Services
from handlers.web import bodies, routes
from handlers.web.auth import counted
from handlers.web.json_response import json_response
from handlers.web.quotas import take_message
from handlers.web.security_log import note
from store import members, messages
from store.errors import ApiError, Conflict, Forbidden, Invalid, NotFound
from store.records import Access, Draft, Message, Pin, now, tombstone

MAX_PINS = 50  # in a room


async def post(
    services: Services, by: Access, room: str, form: forms.PostMessage
) -> "asyncio.Future[tuple[Message, bool]]":
    """Hand a message to the log; the future is done when it is stored."""
    user = by.user
    text = _typed(services, form.text, may_be_empty=bool(form.files))
    take_message(services, user, text)
    shown = await rendered(services, text, by=user)
    id = secrets.token_urlsafe(12) if form.id is UNSET else form.id
    taken = await attachments.take(services, room, user, id, form.files)
    draft = Draft(
        room=room,
        sender=user,
        id=id,
        text=text,
        html=shown.html,
        mentions=shown.mentions,
        reply_to=form.reply_to,
        files=taken,
    )
    try:
        stored = await hand_over(
            may_write(services, by, room, to_readers=True),
            partial(services.log.post, draft),
        )
    except ApiError:
        attachments.release(services, draft)
        raise
    attachments.release_if_refused(services, stored, draft)
    return stored


@counted
async def post_message(request: web.Request) -> web.Response:
    """Post a message to a room; everyone who is listening hears it."""
    form = await bodies.read(request, forms.PostMessage)
    stored = await post(
        request.app[SERVICES], request[ACCESS], request.match_info["room"], form
    )
    message, is_new = await stored
    return json_response(responses.Message.of(message), status=201 if is_new else 200)


@counted
async def edit_message(request: web.Request) -> web.Response:
    """Give a message another text."""
    form = await bodies.read(request, forms.EditMessage)
    services, user = request.app[SERVICES], request[USER]
    text = _typed(services, form.text, may_be_empty=True)
    take_message(services, user.name, text)
    shown = await rendered(services, text, by=user.name)

    def edit(message: Message) -> Message:
        if message.sender != user.name:
            raise Forbidden("Only its sender may edit a message.")
        if message.call:
            raise Conflict("A call's message cannot be edited.")
        if not message.files:
            _require_words(text)
        if message.text == text:
            return message
        return replace(
            message,
            text=text,
            html=shown.html,
            mentions=shown.mentions,
            edited_at=now(),
        )

    return await _change(request, edit)


@counted
async def delete_message(request: web.Request) -> web.Response:
    """Delete a message and its files; an empty tombstone keeps its place."""
    services = request.app[SERVICES]
    room, user = request.match_info["room"], request[USER]
    member = await members.require(services.db, room, user.name)
    before: list[Message] = []

    def delete(message: Message) -> Message:
        before.append(message)
        if message.sender != user.name and not may_manage(member, user):
            raise Forbidden("Only its sender, the room's owners and admins may delete it.")
        if message.call and not message.call.ended_at:
            raise Conflict(
                "The call goes on; its message can be deleted when it has ended."
            )
        return tombstone(message)

    services.rates.sends.take(user.name)  # It makes room, so nothing else is asked.
    doomed = await attachments.mark_for_check(services, room, _seq(request))
    answer = await _change(request, delete, to_deleted=True)
    await attachments.drop(services, doomed)
    await messages.forget_digest(services.db, before[-1].id)
    if (sender := before[-1].sender) != user.name:
        note("message_removed", room=room, seq=request.match_info["seq"], of=sender)
    return answer


@counted
async def react(request: web.Request) -> web.Response:
    """Add the asker's reaction to a message, or take it back (DELETE)."""
    services, user = request.app[SERVICES], request[USER].name
    written, wanted = request.match_info["emoji"], request.method == "PUT"
    emoji = qualified(written) or ("" if wanted else written)  # What is old may be odd.
    if not emoji:
        raise Invalid("This is no emoji.", "emoji")
    take_message(services, user)

    def change(message: Message) -> Message:
        reactions = _in_one_form(message.reactions)
        users_of = reactions.get(emoji, ())
        if (user in users_of) == wanted:
            return message
        others = tuple(each for each in users_of if each != user)
        reactions[emoji] = (*others, user) if wanted else others
        if not reactions[emoji]:
            del reactions[emoji]
        if len(reactions) > (most := services.settings.limits.reactions):
            raise Conflict(f"A message has at most {most} kinds of reactions.")
        return replace(message, reactions=reactions)

    return await _change(request, change)


@counted
async def pin_message(request: web.Request) -> web.Response:
    """Pin a message of a room, so that all find it, or unpin it (DELETE)."""
    services, user = request.app[SERVICES], request[USER].name
    room, wanted = request.match_info["room"], request.method == "PUT"
    take_message(services, user)

    def change(message: Message) -> Message:
        if wanted == bool(message.pinned):
            return message
        return replace(message, pinned=Pin(user, now()) if wanted else None)

    async with services.pin_lock:
        await writable(services, room, user)
        pins = await messages.pinned(services.db, room) if wanted else []
        is_one = _seq(request) in {each.seq for each in pins}
        if len(pins) >= MAX_PINS and not is_one:
            raise Conflict(f"A room has at most {MAX_PINS} pins; take one down first.")
        return await _change(request, change)


async def list_pins(request: web.Request) -> web.Response:
    """List a room's pinned messages, the latest pinned first."""
    services, room = request.app[SERVICES], await _readable(request)
    found = await messages.pinned(services.db, room)
    return json_response(responses.Pins(_shown(found)))


async def list_answers(request: web.Request) -> web.Response:
    """List the answers to a message, in order."""
    form = bodies.query(request, forms.Answers)
    services, room = request.app[SERVICES], await _readable(request)
    limit = min(form.limit or PAGE_MESSAGES, services.settings.limits.page)
    seq = _seq(request)
    if not await messages.by_seq(services.db, [(room, seq)]):
        raise NotFound("There is no such message.")
    found = await messages.answers(
        services.db, room, seq, after=form.after, limit=limit + 1
    )
    more = len(found) > limit
    return json_response(responses.Answers(_shown(found[:limit]), has_newer=more))


async def list_messages(request: web.Request) -> web.Response:
    """Show a page of a room: the newest, or before, after or around a seq."""
    form = bodies.query(request, forms.Page)
    services, room = request.app[SERVICES], await _readable(request)
    limit = min(form.limit or PAGE_MESSAGES, services.settings.limits.page)
    if sum(each is not None for each in (form.before, form.after, form.around)) > 1:
        raise Invalid("Give one of before, after and around.")
    if form.around is not None:
        older = await messages.page(
            services.db,
            room,
            limit=limit // 2,
            before=form.around,
            max_bytes=messages.MAX_PAGE_BYTES // 2,
        )
        last = older[-1].seq if older else form.around - 1
        newer = await messages.page(
            services.db,
            room,
            limit=limit - len(older),
            after=last,
            max_bytes=messages.MAX_PAGE_BYTES // 2,
        )
        found = [*older, *newer]
    else:
        found = await messages.page(
            services.db, room, limit=limit, before=form.before, after=form.after
        )
    head = services.log.head(room).seq
    if found:
        has_older, has_newer = found[0].seq > 1, found[-1].seq < head
    else:
        has_older = form.after is not None and head > 0
        has_newer = form.before is not None and head > 0
    return json_response(responses.Page(_shown(found), has_older, has_newer))


async def list_changes(request: web.Request) -> web.Response:
    """Show what has changed since a rev: the catch-up of the socket, for who has none."""
    form = bodies.query(request, forms.Changes)
    services, room = request.app[SERVICES], await _readable(request)
    limit = min(form.limit or PAGE_MESSAGES, services.settings.limits.page)
    head = services.log.head(room).rev
    found = await messages.changes(
        services.db,
        room,
        since=form.since,
        until=head,
        limit=limit,
        max_bytes=messages.MAX_PAGE_BYTES,
    )
    rev = found[-1].rev if found else form.since
    return json_response(responses.Changes(_shown(found), rev, has_newer=rev < head))


async def _change(
    request: web.Request,
    change: Callable[[Message], Message],
    *,
    to_deleted: bool = False,
) -> web.Response:
    services, room = request.app[SERVICES], request.match_info["room"]
    seq = _seq(request)

    def unless_deleted(message: Message) -> Message:
        if message.deleted and not to_deleted:
            raise Conflict("The message was deleted.")
        return change(message)

    message = await (
        await hand_over(
            may_write(services, request[ACCESS], room),
            partial(services.log.change, room, seq, unless_deleted),
        )
    )
    return json_response(responses.Message.of(message))


def _shown(found: Iterable[Message]) -> list[responses.Message]:
    return [responses.Message.of(each) for each in found]


def _seq(request: web.Request) -> int:
    seq = request.match_info["seq"]
    if not seq.isascii() or not seq.isdigit() or len(seq) > 15:
        raise NotFound("There is no such message.")
    return int(seq)


async def _readable(request: web.Request) -> str:
    room = request.match_info["room"]
    await members.require(request.app[SERVICES].db, room, request[USER].name)
    return room


def _typed(services: Services, text: str, *, may_be_empty: bool = False) -> str:
    """A text as it is stored: with emoji where their names were typed."""
    if not may_be_empty:
        _require_words(text)
    if len(text) > (most := services.settings.limits.text):
        raise Invalid(f"It is over {most} characters.", "text")
    return as_typed(text)


def _require_words(text: str) -> None:
    if not is_seen(text):
        raise Invalid("It is empty.", "text")


def _in_one_form(reactions: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Reactions with one kind for each emoji; older ones may be there in several forms."""
    found: dict[str, tuple[str, ...]] = {}
    for written, users_of in reactions.items():
        emoji = qualified(written) or written
        found[emoji] = tuple(dict.fromkeys((*found.get(emoji, ()), *users_of)))
    return found


_MESSAGES = "/api/rooms/{room}/messages"
ROUTES = [
    routes.get(_MESSAGES, list_messages, responses.Page, query=forms.Page),
    routes.post(
        _MESSAGES,
        post_message,
        responses.Message,
        status=(200, 201),
        body=forms.PostMessage,
        refuses=(409, 429, 507),
    ),
    routes.patch(
        _MESSAGES + "/{seq}",
        edit_message,
        responses.Message,
        body=forms.EditMessage,
        refuses=(409, 429, 507),
    ),
    routes.delete(
        _MESSAGES + "/{seq}", delete_message, responses.Message, refuses=(409, 429)
    ),
    routes.put(
        _MESSAGES + "/{seq}/reactions/{emoji}",
        react,
        responses.Message,
        refuses=(400, 409, 429, 507),
    ),
    routes.delete(
        _MESSAGES + "/{seq}/reactions/{emoji}",
        react,
        responses.Message,
        refuses=(400, 409, 429, 507),
    ),
    routes.put(
        _MESSAGES + "/{seq}/pin",
        pin_message,
        responses.Message,
        refuses=(409, 429, 507),
    ),
    routes.delete(
        _MESSAGES + "/{seq}/pin",
        pin_message,
        responses.Message,
        refuses=(409, 429, 507),
    ),
    routes.get(
        _MESSAGES + "/{seq}/answers", list_answers, responses.Answers, query=forms.Answers
    ),
    routes.get("/api/rooms/{room}/pins", list_pins, responses.Pins),
    routes.get(
        "/api/rooms/{room}/changes", list_changes, responses.Changes, query=forms.Changes
    ),
]
