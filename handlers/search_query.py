"""What somebody seeks, from what they wrote: words, and operators like `from:ann`."""

import re
from collections.abc import Set
from datetime import UTC, datetime

from handlers.schemas.forms import Search
from store.errors import Fault, Invalid, NotFound
from store.rooms import ROOM_NOT_FOUND
from store.search.query import Query
from store.search.terms import terms

MOST_TERMS = 8
HAS = ("file", "link")
_OPERATOR = re.compile(r"(from|in|before|after|has):(.*)", re.IGNORECASE)


def understand(form: Search, user: str, rooms: Set[str]) -> Query:
    """The query of a user who is in these rooms.

    Raises:
        Invalid: if an operator is not understood, or nothing is sought.
        NotFound: if the room is not one of theirs.
    """
    words, asked = _split(form)
    sought = terms(" ".join(words))
    if len(sought) > MOST_TERMS:
        raise _invalid("q", f"Search for at most {MOST_TERMS} words.")
    if not sought and not asked.keys() & {"from", "in", "has"}:
        raise _invalid("q", "Nothing is sought; give a word.")
    inside = {_room(name, user) for name in asked.get("in", ())}
    if not inside <= rooms:
        raise NotFound(ROOM_NOT_FOUND)
    if len(inside) > 1:
        raise _invalid("q", "A message is in one room; give in: once.")
    return Query(
        rooms=inside or rooms,
        terms=sought,
        special={
            *(f"@{_sender(name, user)}" for name in asked.get("from", ())),
            *(f"!{_kind(kind)}" for kind in asked.get("has", ())),
        },
        since=max((_time(text) for text in asked.get("after", ())), default=None),
        until=min((_time(text) for text in asked.get("before", ())), default=None),
    )


def _split(form: Search) -> tuple[list[str], dict[str, list[str]]]:
    """The words, and the values of each operator."""
    words: list[str] = []
    asked: dict[str, list[str]] = {}
    given = [("in", form.room), ("from", form.sender), ("before", form.before)]
    for part in form.q.split():
        if operator := _OPERATOR.fullmatch(part):
            if not operator[2]:
                raise _invalid("q", f"Say something after {operator[0].lower()}")
            given.append((operator[1].lower(), operator[2]))
        else:
            words.append(part)
    for name, value in given:
        if value:
            asked.setdefault(name, []).append(value)
    return words, asked


def _sender(name: str, user: str) -> str:
    name = name.removeprefix("@").lower()
    return user if name == "me" else name


def _room(name: str, user: str) -> str:
    """A room by its name, or the direct room with somebody."""
    name = name.lower()
    if name.startswith("@"):
        return "~".join(sorted({name[1:], user}))
    return name.removeprefix("#")


def _kind(kind: str) -> str:
    if kind.lower() not in HAS:
        raise _invalid("q", f"has: takes {' or '.join(HAS)}.")
    return kind.lower()


def _time(text: str) -> datetime:
    """A day, which begins at midnight UTC, or a time."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _invalid("q", f"{text!r} is no date; write 2026-12-31.") from None


def _invalid(field: str, reason: str) -> Invalid:
    return Invalid(f"{field}: {reason}", Fault(field, reason))
