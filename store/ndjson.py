"""Documents as lines of JSON, and back: what exports are made of.

MongoDB's Extended JSON keeps what JSON has no form for, as in `{"$date": "..."}`. A key
of two fields becomes these two fields, and a name or an id is called so.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bson import CodecOptions, ObjectId, decode, json_util
from bson.raw_bson import RawBSONDocument

from store.errors import Failed
from store.snapshot import Copy

Document = dict[str, Any]

# The types of lines: in which collection they are, and what they call the parts of `_id`.
TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "user": ("users", ("name",)),
    "avatar": ("avatars", ("user",)),
    "room": ("rooms", ("name",)),
    "member": ("members", ("room", "user")),
    "file": ("fs.files", ("id",)),
    "message": ("messages", ("sender", "id")),
}
PEOPLE = ("user", "avatar")
SECRET = {"password_hash"}  # An export can be handed about; it lets nobody in.
NO_PASSWORD = {"users": {"password_hash": ""}}  # which none fits
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True)
_JSON = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=True)


def to_line(type: str, raw: RawBSONDocument) -> bytes:
    """A document as a line of JSON."""
    document = decode(raw.raw, _CODEC)
    key = document.pop("_id")
    names = TYPES[type][1]
    values = [key] if len(names) == 1 else [key[name] for name in names]
    kept = {name: value for name, value in document.items() if name not in SECRET}
    return _dump({"type": type, **dict(zip(names, values, strict=True)), **kept})


def from_line(line: bytes) -> tuple[str, Document]:
    """The collection and the document of a line.

    Raises:
        Failed: if it is none of ours.
    """
    try:
        found = _load(line)
        collection, names = TYPES[found.pop("type")]
        values = {name: found.pop(name) for name in names}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(f"A line is not understood ({error!r}): {line[:200]!r}") from None
    key = values if len(values) > 1 else next(iter(values.values()))
    return collection, {"_id": key, **found, **NO_PASSWORD.get(collection, {})}


def tidy(line: bytes) -> bytes:
    """A line as we would have written it."""
    return _dump(_load(line))


async def of_people(copy: Copy) -> AsyncIterator[bytes]:
    """The lines of all users and what is theirs."""
    for type in PEOPLE:
        async for document in copy.read(TYPES[type][0]):
            yield to_line(type, document)


async def of_room(copy: Copy, room: str) -> AsyncIterator[bytes]:
    """The lines of a room: itself, its members, its files, its messages by seq."""
    mine: list[tuple[str, Mapping[str, Any], str]] = [
        ("room", {"_id": room}, "_id"),
        ("member", {"_id.room": room}, "_id.user"),
        ("file", {"metadata.room": room, "metadata.message": {"$ne": None}}, "_id"),
        ("message", {"room": room}, "seq"),
    ]
    for type, query, by in mine:
        async for document in copy.read(TYPES[type][0], query, by=by):
            yield to_line(type, document)


async def of_file(copy: Copy, id: Any) -> AsyncIterator[bytes]:
    """The bytes of a file, in pieces."""
    async for chunk in copy.read("fs.chunks", {"files_id": id}, by="n"):
        yield bytes(decode(chunk.raw)["data"])


def to_chunk(id: Any, number: int, piece: bytes) -> Document:
    """A piece of a file as GridFS stores it."""
    return {"_id": ObjectId(), "files_id": id, "n": number, "data": piece}


def _load(line: bytes) -> Document:
    found: Document = json_util.loads(line.decode(), json_options=_JSON)
    return found


def _dump(found: Mapping[str, Any]) -> bytes:
    return json_util.dumps(found, json_options=_JSON, ensure_ascii=False).encode() + b"\n"
