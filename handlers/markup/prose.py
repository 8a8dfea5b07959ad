"""Addresses, mentions and rooms in prose; each is found in linear time."""

import re
from collections.abc import Container, Iterator, Set
from typing import Literal, NamedTuple

from handlers.markup.characters import LETTER, QUOTES, UNSEEN, WIDE_PUNCTUATION

EVERYBODY = "all"
MAX_ROOMS = 20  # that one text can lead to
MAX_REST = 2_000  # characters after the host of an address that says no scheme
EVERYBODY_NAMES = frozenset({"all", "here", "channel", "everyone"})
_OUTSIDE = rf'\s<>"`|\\^{UNSEEN}{QUOTES}{WIDE_PUNCTUATION}'  # of an address
_OTHER_SIGNS = re.compile(rf"[^{_OUTSIDE}]*")
_AUTHORITY = re.compile(rf"[^/?#{_OUTSIDE}]*")
_HOST = re.compile(r"(?:[\w-][\w.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_HIDDEN = re.compile(rf"[{UNSEEN}]")
_SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])(?:https?|mailto)\Z", re.IGNORECASE)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_BRACKETS = re.compile(r"[()\[\]{}]")
# They end a sentence, in Arabic, Hindi and Armenian, too, or emphasis, but no address.
_TRAILING = (
    ".,;:!?'*_~([{&\u2026\u2013\u2014\u060c\u061b\u061f\u06d4\u0964\u0965\u0589\u055e"
)
_LOCAL = r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?"
_DOMAIN = r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}"
_EMAIL = rf"{_LOCAL}@{_DOMAIN}(?!{LETTER}|[@-]|[:/]\S|\.{LETTER})"
_EMAIL_ALONE = re.compile(_EMAIL)
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
_FOUND = re.compile(
    rf"(?<!{LETTER})(?:"
    rf"(?<![.+/@:=%&?~-])(?P<email>{_EMAIL})"
    rf"|(?<!{LETTER}[.-])(?<!@)@(?P<mention>{_NAME})(?!{LETTER}|[@/]{LETTER})"
    rf"|(?<![#&/.-])#(?P<room>{_NAME})(?!{LETTER})"
    rf"|(?<![/@.:-])(?P<www>[Ww]{{3}}\.{_DOMAIN}(?::[0-9]{{1,5}})?(?!{LETTER}|[@-]|\.{LETTER}))"
    r")"
)


class Address(NamedTuple):
    """An address in a text: what stands before the colon, all of it, and where it ends."""

    scheme: str
    url: str
    end: int


class Found(NamedTuple):
    """Something in a text, and whom it means or where it leads."""

    kind: Literal["mention", "link", "room"]
    start: int
    end: int
    to: str


def may_hold(text: str) -> bool:
    """True if there may be something to find; quickly."""
    return "@" in text or "#" in text or "www." in text.lower()


def hides(text: str, start: int, stop: int) -> bool:
    """True if a part of a text holds what nobody sees, or what turns text around."""
    return bool(_HIDDEN.search(text, start, stop))


def rooms_in(text: str) -> set[str]:
    """Names of rooms that a text may mean."""
    found: set[str] = set()
    if "#" in text:
        for match in _FOUND.finditer(text):
            if name := match["room"]:
                found |= {name.lower(), name.lower().rstrip("._-")}
            if len(found) >= MAX_ROOMS:
                break
    return found


def find(text: str, names: Set[str], rooms: Container[str]) -> Iterator[Found]:
    """Mentions of these names, links to these rooms, and addresses that say no scheme."""
    mentioned_until = -1
    position = 0
    while match := _FOUND.search(text, position):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "mention":
            is_path = start > 0 and text[start - 1] == "/" and mentioned_until != start - 1
            if not is_path and (
                written := _known(match["mention"], names | EVERYBODY_NAMES)
            ):
                name = EVERYBODY if written in EVERYBODY_NAMES else written
                mentioned_until = start + 1 + len(written)
                yield Found("mention", start, mentioned_until, name)
        elif kind == "room":
            if room := _known(match["room"], rooms):
                yield Found("room", start, start + 1 + len(room), f"#/rooms/{room}")
        elif kind == "email":
            yield Found("link", start, end, f"mailto:{match[0]}")
        else:
            if text[end : end + 1] in {"/", "?", "#"}:
                rest = _OTHER_SIGNS.match(text, end, end + MAX_REST)
                end = start + len(_trimmed(text[start : rest.end() if rest else end]))
            yield Found("link", start, end, f"https://{text[start:end]}")
        position = max(end, match.end())  # What is in an address is nothing else, too.


def address_at(text: str, colon: int, limit: int, before: str) -> Address | None:
    """The address whose scheme ends before this colon, if it reads as it leads.

    `before` is what of the text before the colon is not yet something else.
    """
    scheme = _SCHEME.search(text[max(0, colon - 7) : colon])
    if scheme is None or not before.endswith(scheme[0]):
        return None
    start = colon - len(scheme[0])
    if scheme[0].lower() == "mailto":
        if email := _EMAIL_ALONE.match(text, colon + 1, limit):
            return Address(scheme[0], text[start : email.end()], email.end())
        return None
    if not text.startswith("://", colon):
        return None
    authority = _AUTHORITY.match(text, colon + 3, limit)
    if authority is None or "@" in authority[0]:
        return None  # Of `https://bank.example@evil.example`, one reads the first.
    host = _HOST.match(text, colon + 3, authority.end())
    if host is None:
        return None
    end = host.end()
    if (
        end == authority.end()
    ):  # Otherwise it ends here, and the rest need not be looked at.
        rest = _OTHER_SIGNS.match(text, end, limit)
        end = rest.end() if rest else end
        if end == authority.end() and _HIDDEN.match(text, end, limit):
            return None
    url = _trimmed(text[start:end])
    if len(url) <= len(scheme[0]) + 3:
        return None
    return Address(scheme[0], url, start + len(url))


def _trimmed(url: str) -> str:
    """An address without what the sentence around it has at its end."""
    opened: list[str] = []
    for bracket in _BRACKETS.finditer(url):
        if bracket[0] not in _PAIRS:
            opened.append(bracket[0])
        elif opened and opened[-1] == _PAIRS[bracket[0]]:
            opened.pop()
        else:
            url = url[: bracket.start()]
            break
    return url.rstrip(_TRAILING)


def _known(written: str, names: Container[str]) -> str:
    """The name that is meant: punctuation after it may be the sentence's."""
    name = written.lower()
    if (bare := name.rstrip("._-")) in names:
        return bare
    while name and name not in names:
        name = name[:-1] if name[-1] in "._-" else ""
    return name
