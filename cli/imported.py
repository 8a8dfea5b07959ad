"""Archives from elsewhere, checked: they bring nothing that the API could not have said.

Each document becomes a record and the API's own schema checks it; what can be derived is
derived anew: HTML and mentions from the text, a file's type from its bytes.
"""

import hashlib
import re
from collections.abc import Generator, Iterable
from typing import Any

import msgspec

from cli.archive import Source
from handlers.markup.render import render
from handlers.media.filetypes import kind_of
from handlers.schemas import responses
from store import members, messages, rooms, users
from store.errors import Failed
from store.records import Message, Role

MAX_TEXT_CHARACTERS = 100_000  # the highest that the limit of a message can be set to
MAX_PICTURE_BYTES = 1024 * 1024  # of an avatar or a preview
HEAD_BYTES = 64  # from which a file's type is known
GRIDFS_FIELDS = ("filename", "length", "chunkSize", "uploadDate")
FILE_FIELDS = (
    "room", "uploader", "message", "ready", "width", "height", "has_preview", "preview",
    "expires_at",
)  # fmt: skip
NOTIFY = {"all", "mentions", "nothing"}
_ADDRESS = re.compile(r"https?://[^\s\"'<>]{1,2000}")
Document = dict[str, Any]


class Importer:
    """Reads what the documents of one collection depend on in others, and checks them."""

    def __init__(self, archive: Source, *, with_roles: bool) -> None:
        self._with_roles = with_roles
        found = {name: archive.documents(name) for name in archive.entries}
        self._names = frozenset(str(each.get("_id")) for each in found.get("users", ()))
        self._pictures = {
            str(each.get("_id")): _tag(each["picture"])
            for each in found.get("avatars", ())
            if _is_picture(each.get("picture"))
        }
        self._heads = {
            str(each.get("files_id")): bytes(each["data"])[:HEAD_BYTES]
            for each in found.get("fs.chunks", ())
            if each.get("n") == 0 and isinstance(each.get("data"), bytes)
        }
        self._types = {
            str(each.get("_id")): self._type_of(each) for each in found.get("fs.files", ())
        }

    def checked(self, name: str, documents: Iterable[Document]) -> Generator[Document]:
        """The documents of a collection as they may come in.

        Raises:
            Failed: through the iterator, if one could not have been said by the API.
        """
        check = {
            "users": self._user,
            "avatars": self._avatar,
            "rooms": self._room,
            "members": self._member,
            "messages": self._message,
            "fs.files": self._file,
            "fs.chunks": self._chunk,
        }[name]
        for document in documents:
            try:
                yield check(document)
            except (
                KeyError, ValueError, TypeError, AttributeError, msgspec.ValidationError
            ) as error:  # fmt: skip
                raise Failed(
                    f"{name} has what is not understood ({error!r:.200}): "
                    f"{str(document)[:200]}. Nothing was changed."
                ) from None

    def _user(self, document: Document) -> Document:
        user = users.to_user({**document, "password_hash": "", "avatar": ""})
        if not self._with_roles and user.role is not Role.BOT:
            user = msgspec.structs.replace(user, role=Role.MEMBER)
        _validate(responses.User.of(user))
        kept = {"_id": user.name, "display_name": user.display_name, "password_hash": ""}
        if tag := self._pictures.get(user.name):
            kept["avatar"] = tag
        return {
            **kept,
            "role": user.role.value,
            "disabled": user.disabled,
            "created_at": user.created_at,
            "version": user.version,
        }

    def _avatar(self, document: Document) -> Document:
        name, picture = document["_id"], document["picture"]
        if name not in self._pictures:
            raise ValueError("It is no picture.")
        return {"_id": name, "tag": _tag(picture), "picture": picture}

    def _room(self, document: Document) -> Document:
        if document.get("deleted") is True:  # The name of a room that has gone stays taken.
            msgspec.convert(document["_id"], responses.RoomName)
            return {"_id": document["_id"], "deleted": True}
        room = rooms.to_room(document)
        _validate(responses.Room.of(room, seq=0, rev=0, role=None))
        return {
            "_id": room.name,
            "title": room.title,
            "topic": room.topic,
            "kind": room.kind.value,
            "created_by": room.created_by,
            "created_at": room.created_at,
            "archived": room.archived,
            "version": room.version,
            "departures": _count(document.get("departures", 0)),
        }

    def _member(self, document: Document) -> Document:
        member = members.to_member(document)
        _validate(responses.Member.of(member))
        if type(member.read) is not int or member.read < 0 or member.notify not in NOTIFY:
            raise ValueError("It is no membership.")
        return {
            "_id": {"room": member.room, "user": member.user},
            "role": member.role,
            "joined_at": member.joined_at,
            "read": member.read,
            "favorite": member.favorite is True,
            "notify": member.notify,
            "version": member.version,
            "read_version": _count(member.read_version),
            "own": [_count(seq) for seq in member.own],
        }

    def _message(self, document: Document) -> Document:
        message = messages.to_message(document)
        _validate(responses.Message.of(message))
        if len(message.text) > MAX_TEXT_CHARACTERS:
            raise ValueError("Its text is too long.")
        return messages.to_document(self._derived(message))

    def _derived(self, message: Message) -> Message:
        rendered = render(message.text, self._names)
        via = message.via
        if via and via.icon_url and not _ADDRESS.fullmatch(via.icon_url):
            via = msgspec.structs.replace(via, icon_url="")
        call = message.call
        if call and not call.ended_at:  # Its people stayed where it came from.
            call = msgspec.structs.replace(call, people=(), ended_at=call.started_at)
        files = tuple(
            msgspec.structs.replace(file, type=self._types[file.id])
            for file in message.files
            if file.id in self._types
        )
        return msgspec.structs.replace(
            message,
            html=rendered.html,
            mentions=rendered.mentions,
            via=via,
            files=files,
            call=call,
            answers=0,  # The first start counts them.
        )

    def _file(self, document: Document) -> Document:
        given = document["metadata"]
        if given.get("preview") and not _is_picture(given["preview"]):
            raise ValueError("Its preview is no picture.")
        metadata = {name: given[name] for name in FILE_FIELDS if name in given}
        metadata["type"] = self._types[document["_id"]]
        kept = {name: document[name] for name in ("_id", *GRIDFS_FIELDS)}
        return {**kept, "metadata": metadata}

    def _chunk(self, document: Document) -> Document:
        if type(document["n"]) is not int or not isinstance(document["data"], bytes):
            raise ValueError("It is no piece of a file.")
        return {name: document[name] for name in ("_id", "files_id", "n", "data")}

    def _type_of(self, document: Document) -> str:
        claimed = (document.get("metadata") or {}).get("type")
        return kind_of(self._heads.get(str(document.get("_id")), b""), str(claimed))


def _count(number: object) -> int:
    return msgspec.convert(number, responses.Count)


def _validate(said: msgspec.Struct) -> None:
    """Refuse what the schema of an object does not allow.

    Raises:
        ValidationError: if it is not what its class describes.
    """
    msgspec.convert(msgspec.to_builtins(said), type(said))


def _tag(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()[:16]


def _is_picture(found: object) -> bool:
    return (
        isinstance(found, bytes)
        and len(found) <= MAX_PICTURE_BYTES
        and found.startswith(b"RIFF")
        and found[8:12] == b"WEBP"
    )
