"""The parser of search queries: words, and operators like `from:ann`."""

import re
from collections.abc import Set
from datetime import UTC, datetime

from handlers.schemas.forms import Search
from store.errors import Invalid, NotFound
from store.rooms import ROOM_NOT_FOUND
from store.search.query import Query
from store.search.terms import Phrase, Sought, in_a_row, terms

MAX_TERMS = 8
HAS = ("file", "link")
_PART = re.compile(
    r'(-?)(?:"([^"]*)"|(from|to|in|before|after|has):(\S*)|(\S+))', re.IGNORECASE
)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
Given = dict[str, list[str]]


def understand(form: Search, user: str, rooms: Set[str]) -> tuple[Query, Set[str]]:
    """The query of a user who is in these rooms, and the people whom it names.

    Raises:
        Invalid: if an operator is not understood, or nothing is sought.
        NotFound: if the room is not one of theirs.
    """
    sought, without, asked, refused = _split(form)
    inside = {_room(name, user) for name in asked.get("in", ())}
    if not inside <= rooms:
        raise NotFound(ROOM_NOT_FOUND)
    if len(inside) > 1:
        raise Invalid("A message is in one room; give in: once.", "q")
    if refused.keys() & {"before", "after"}:
        raise Invalid("before: and after: take no minus.", "q")
    special, gone = _special(asked, user), _special(refused, user)
    gone += [{f"#{_room(name, user)}"} for name in refused.get("in", ())]
    names = {key[1:] for keys in (*special, *gone) for key in keys if key[0] in "@>"}
    query = Query(
        rooms=inside or rooms,
        terms=sought,
        special=special,
        without=without,
        without_special={key for keys in gone for key in keys},
        since=max((_time(text) for text in asked.get("after", ())), default=None),
        until=min((_time(text) for text in asked.get("before", ())), default=None),
    )
    return query, names - {"all"}


def _split(form: Search) -> tuple[list[Sought], list[Sought], Given, Given]:
    """The terms to find, those to exclude, and the values of each operator."""
    words: list[str] = []
    sought: list[Sought] = []
    without: list[Sought] = []
    asked: Given = {}
    refused: Given = {}
    for minus, phrase, operator, value, word in _PART.findall(form.q.translate(_QUOTES)):
        if operator:
            if not value:
                raise Invalid(f"Say something after {operator.lower()}:", "q")
            given = refused if minus else asked
            given.setdefault(operator.lower(), []).append(value)
        elif (phrase or (minus and word[:1] != "-")) and (row := in_a_row(phrase or word)):
            is_term = len(row) == 1 and not phrase
            (without if minus else sought).append(row[0] if is_term else Phrase(row))
        else:
            words.append(phrase or word)
    sought = list(dict.fromkeys([*terms(" ".join(words)), *sought]))
    for name, value in (("in", form.room), ("from", form.sender), ("before", form.before)):
        if value:
            asked.setdefault(name, []).append(value)
    count = sum(len(each.terms) if isinstance(each, Phrase) else 1 for each in sought)
    if count + len(without) > MAX_TERMS:
        raise Invalid(f"Search for at most {MAX_TERMS} words.", "q")
    if not sought and (not asked or any(word.strip("-") for word in words)):
        raise Invalid("Nothing is sought; give a word.", "q")
    return sought, without, asked, refused


def _special(given: Given, user: str) -> list[Set[str]]:
    """Keys of which one must be there, for each operator that is one."""
    found: list[Set[str]] = []
    found += [{f"@{_person(name, user)}"} for name in given.get("from", ())]
    found += [{f">{_person(name, user)}", ">all"} for name in given.get("to", ())]
    found += [{f"!{_kind(kind)}"} for kind in given.get("has", ())]
    return found


def _person(name: str, user: str) -> str:
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
        raise Invalid(f"has: takes {' or '.join(HAS)}.", "q")
    return kind.lower()


def _time(text: str) -> datetime:
    """A day, which begins at midnight UTC, or a time."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{text!r} is no date; write 2026-12-31.", "q") from None
