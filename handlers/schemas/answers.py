"""JSON that only answers hold: refusals, limits, and what its owner alone may see."""

from collections.abc import Iterable

from handlers.schemas.responses import MOST_CHANGES, Json, moment
from settings import Limits
from store.errors import Fault
from store.records import Hook, Invite, Session, Token, now

_PUBLISHED = (
    "text", "frame", "page", "password", "rooms", "connections", "sends", "burst",
    "searches", "reactions", "file", "files", "pixels", "hello", "heartbeat",
)  # fmt: skip


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
