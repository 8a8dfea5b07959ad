"""How things look from outside: the only maker of JSON. docs/api.md describes it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub import encode
from store.records import (
    File,
    Head,
    Member,
    Message,
    Room,
    User,
)

Json = dict[str, Any]
PAGE = 50  # messages in a page, if nobody says otherwise
MOST_CHANGES = 1_000  # behind which a connection starts afresh


def json_response(
    content: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> web.Response:
    """An answer of JSON."""
    return web.Response(
        body=encode(content), status=status, headers=headers, content_type=content_type
    )


def user_json(user: User) -> Json:
    """A user, as everybody sees them; `avatar` is the tag of their picture."""
    seen: Json = {
        "type": "user",
        "name": user.name,
        "display_name": user.display_name,
        "role": user.role,
        "disabled": user.disabled,
        "created_at": moment(user.created_at),
    }
    if user.avatar:
        seen["avatar"] = user.avatar
    return seen


def room_json(
    room: Room,
    head: Head,
    member: Member | None = None,
    *,
    read: int = 0,
    mentions: int = 0,
) -> Json:
    """A room, as one user sees it; `member` is their membership."""
    seen: Json = {
        "type": "room",
        "name": room.name,
        "title": room.title,
        "topic": room.topic,
        "kind": room.kind,
        "archived": room.archived,
        "created_by": room.created_by,
        "created_at": moment(room.created_at),
        "seq": head.seq,
        "rev": head.rev,
        "role": member.role if member else None,
    }
    if member:
        seen |= {
            "read": read,
            "unread": head.seq - read,
            "mentions": mentions,
            "favorite": member.favorite,
            "notify": member.notify,
        }
    return seen


def read_json(room: str, read: int, unread: int, mentions: int) -> Json:
    """Where a user's read mark is now."""
    return {
        "type": "read",
        "room": room,
        "seq": read,
        "unread": unread,
        "mentions": mentions,
    }


def member_json(member: Member, *, joined: bool = True) -> Json:
    """A member, as the room sees them; or that they left."""
    seen: Json = {
        "type": "member", "room": member.room, "user": member.user, "joined": joined
    }  # fmt: skip
    if joined:
        seen |= {"role": member.role, "joined_at": moment(member.joined_at)}
    return seen


def message_json(message: Message) -> Json:
    """A message in its latest state; what is empty is left out."""
    seen: Json = {
        "type": "message",
        "room": message.room,
        "seq": message.seq,
        "rev": message.rev,
        "id": message.id,
        "sender": message.sender,
        "text": message.text,
    }
    if message.html is not None:
        seen["html"] = message.html
    seen["created_at"] = moment(message.created_at)
    if message.edited_at:
        seen["edited_at"] = moment(message.edited_at)
    if message.deleted:
        seen["deleted"] = True
    if message.reply_to:
        seen["reply_to"] = message.reply_to
    if message.reactions:
        seen["reactions"] = message.reactions
    if via := message.via:
        shown = {"name": via.name, "emoji": via.emoji, "icon_url": via.icon_url}
        seen["via"] = {name: value for name, value in shown.items() if value}
    if message.files:
        seen["files"] = [file_json(file) for file in message.files]
    return seen


def file_json(file: File) -> Json:
    """A file; `type` is what its bytes say that it is."""
    seen: Json = {
        "id": file.id,
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "path": f"/api/files/{file.id}/{quote(file.name, safe='')}",
    }
    if file.width:
        seen |= {"width": file.width, "height": file.height}
    if file.has_preview:
        seen["preview"] = f"/api/previews/{file.id}"
    return seen


def messages_json(messages: Iterable[Message], **more: Any) -> Json:
    """A page of messages."""
    return {"messages": [message_json(message) for message in messages], **more}


@lru_cache(maxsize=64)  # All messages of a batch have the same.
def moment(time: datetime) -> str:
    """A time as RFC 3339 in UTC, with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
