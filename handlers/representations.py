"""How things look from outside: the only maker of JSON. docs/api.md describes it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub import encode
from settings import Limits
from store.errors import Fault
from store.records import (
    File,
    Head,
    Hook,
    Invite,
    Member,
    Message,
    Room,
    Session,
    Token,
    User,
    now,
)

Json = dict[str, Any]
PAGE = 50  # messages in a page, if nobody says otherwise
MOST_CHANGES = 1_000  # behind which a connection starts afresh
_PUBLISHED = (
    "text", "frame", "page", "password", "rooms", "connections", "sends", "burst",
    "searches", "reactions", "file", "files", "pixels", "hello", "heartbeat",
)  # fmt: skip


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


def problem_json(status: int, word: str, detail: str, faults: Iterable[Fault]) -> Json:
    """A problem document, RFC 9457."""
    document: Json = {
        "type": f"urn:hearth:{word}",
        "title": word.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
    }
    if listed := [{"field": fault.field, "reason": fault.reason} for fault in faults]:
        document["faults"] = listed
    return document


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


def session_json(session: Session, current: str) -> Json:
    """A session, as its user sees it."""
    return {
        "type": "session",
        "id": session.id,
        "current": session.id == current,
        "created_at": moment(session.created_at),
        "last_seen_at": moment(session.last_seen_at),
        "expires_at": moment(session.expires_at),
        "user_agent": session.user_agent,
        "address": session.address,
    }


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


def invite_json(invite: Invite, code: str | None = None) -> Json:
    """An invite; with its code, only for whoever made it."""
    seen: Json = {
        "type": "invite",
        "id": invite.id,
        "created_by": invite.created_by,
        "created_at": moment(invite.created_at),
        "expires_at": moment(invite.expires_at),
        "uses_left": invite.uses_left,
        "note": invite.note,
    }
    if code:
        seen |= {"code": code, "path": f"/join/{code}"}
    return seen


def token_json(token: Token, secret: str | None = None, *, in_use: bool = False) -> Json:
    """A token; with its secret, only for whoever made it. An open socket uses it now."""
    used = now() if in_use else token.last_used_at
    seen: Json = {
        "type": "token",
        "id": token.id,
        "user": token.user,
        "note": token.note,
        "created_by": token.created_by,
        "created_at": moment(token.created_at),
        "last_used_at": moment(used) if used else None,
    }
    return seen | {"secret": secret} if secret else seen


def hook_json(hook: Hook, secret: str | None = None) -> Json:
    """A hook; with its secret, only for whoever made it."""
    used = hook.last_used_at
    seen: Json = {
        "type": "hook",
        "id": hook.id,
        "room": hook.room,
        "display_name": hook.display_name,
        "created_by": hook.created_by,
        "created_at": moment(hook.created_at),
        "last_used_at": moment(used) if used else None,
    }
    return seen | {"secret": secret, "path": f"/hooks/{secret}"} if secret else seen


def limits_json(limits: Limits) -> Json:
    """What the server allows; seconds, bytes and characters as in the README's table."""
    return {name: getattr(limits, name) for name in _PUBLISHED} | {"changes": MOST_CHANGES}


def moment(time: datetime) -> str:
    """A time as RFC 3339 in UTC, with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
