"""The text in what Slack's payloads hold, whatever type it turns out to have."""

from collections.abc import Iterable
from typing import Any

MAX_DEPTH = 4
MAX_PIECES = 100
MAX_JOINED = 10_000  # characters; a message holds less, and each costs time to translate


def words(given: Any, depth: int = 0) -> str:
    """A text, or the text of an object; numbers and lists are taken as text, too."""
    match given:
        case str():
            return given
        case bool():
            return "true" if given else "false"
        case int() | float():
            return str(given)
        case dict() if depth < MAX_DEPTH:
            return words(given.get("text"), depth + 1)
        case list() if depth < MAX_DEPTH:
            said = (words(each, depth + 1) for each in given[:MAX_PIECES])
            return ", ".join(filter(None, said))
    return ""


def joined(between: str, pieces: Iterable[str]) -> str:
    """Those of some pieces that say something, together; no more than a message holds."""
    said: list[str] = []
    length = 0
    for piece in filter(None, pieces):
        said.append(piece)
        length += len(piece)
        if length > MAX_JOINED:
            break
    return between.join(said)


def objects(given: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return (
        [each for each in given if isinstance(each, dict)]
        if isinstance(given, list)
        else []
    )
