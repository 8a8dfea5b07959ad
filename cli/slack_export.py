"""A Slack export with the face of an archive.

What becomes of it lies in a temporary SQLite database, in MongoDB's order, so that little
is in memory however much was said.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from bson import ObjectId

from cli import slack_messages as slack
from cli.progress import Progress
from cli.slack_messages import MAX_NAME, NOTES, NOTICE, Known, Said, fields, moment
from cli.slack_zip import PEOPLE, SlackZip
from cli.snapshot import from_line, to_line
from handlers.accounts.rules import RESERVED
from handlers.media.filenames import tidy
from handlers.rooms import MAX_DIRECT_MEMBERS
from handlers.slack.mrkdwn import MAX_TEXT
from handlers.slack.words import objects, words
from settings import Limits
from store import hooks
from store.database import DEFAULT_ROOM
from store.files import CHUNK_BYTES
from store.messages import to_document
from store.records import File, Kind, Message, Pin, Role

LISTS = {
    "channels": Kind.PUBLIC, "groups": Kind.PRIVATE,
    "mpims": Kind.DIRECT, "dms": Kind.DIRECT,
}  # fmt: skip
COLLECTIONS = ("users", "rooms", "members", "messages", "fs.files", "fs.chunks", NOTES)
_TS = re.compile(r"\d{10}\.\d{6}")
_TABLES = """
CREATE TABLE said (room, ts, channel, record, PRIMARY KEY (room, ts, channel))
WITHOUT ROWID;
CREATE TABLE made (name, first, second, line, PRIMARY KEY (name, first, second))
WITHOUT ROWID;
"""


class _Room:
    """A room of ours, and the conversations that become it: one, as a rule."""

    def __init__(self, name: str, kind: Kind) -> None:
        self.name, self.kind = name, kind
        self.conversations: list[Said] = []
        self.people: list[str] = []


class SlackExport:
    """An export with the face of an archive; the same zip always makes the same."""

    def __init__(self, path: Path, progress: Progress, known: Known) -> None:
        self.left_out: Counter[str] = Counter()
        self._names: dict[str, str] = {}  # of people and rooms, by Slack's ids
        self._known = known.names
        self._taken = {"users": {*known.users, *RESERVED}, "rooms": {*known.rooms}}
        self.newcomers: list[str] = []
        self._zip = SlackZip(path, self._leave)
        self._sql = sqlite3.connect("")
        try:
            self._sql.executescript(_TABLES)
            self._read(progress)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the files go."""
        self._zip.close()
        self._sql.close()

    def documents(self, name: str) -> Generator[dict[str, Any]]:
        """The documents of a collection."""
        if name == "fs.chunks":
            yield from self._chunks()
            return
        ordered = "SELECT line FROM made WHERE name = ? ORDER BY first, second"
        for (line,) in self._sql.execute(ordered, (name,)):
            yield from_line(line)

    def messages(self) -> Iterator[dict[str, Any]]:
        """The messages, each conversation from its first one on."""
        ordered = "SELECT line FROM made WHERE name = 'messages' ORDER BY second, first"
        for (line,) in self._sql.execute(ordered):
            yield from_line(line)

    def _read(self, progress: Progress) -> None:
        rooms = [
            (kind, each)
            for name, kind in LISTS.items()
            for each in self._zip.named(f"{name}.json")
        ]
        rooms.sort(key=lambda each: each[1].get("is_general") is not True)
        times = (moment(each.get("created")) for _, each in rooms)
        self._begun = min(filter(None, times), default=datetime.fromtimestamp(0, UTC))
        for person in sorted(
            [each for name in PEOPLE for each in self._zip.named(name)],
            key=lambda each: (each.get("deleted") is True, words(each.get("id"))),
        ):
            self._add_person(person)
        made: dict[str, _Room] = {}
        for kind, conversation in rooms:
            self._add_conversation(made, kind, conversation)
        progress.begin("Reading days:", sum(map(len, self._zip.days.values())))
        for room in made.values():
            for conversation in room.conversations:
                self._read_days(room, conversation, progress)
        for folder in self._zip.days:
            self._leave(f"folder of a conversation that is in no list: {folder}")
        progress.begin("Translating:", self._count("SELECT count(*) FROM said"))
        for room in made.values():
            self._translate(room, progress)
        progress.end()
        latest = moment(self._count("SELECT max(ts) FROM said")) or self._begun
        self.made_at = latest.isoformat(timespec="seconds")
        count = "SELECT count(*) FROM made WHERE name = ?"
        self.entries: Mapping[str, Any] = {
            name: {"count": self._count(count, name)} for name in COLLECTIONS
        }
        self.entries["fs.chunks"]["count"] = sum(1 for _ in self._pieces())

    # People and rooms

    def _add_person(self, person: Said) -> str:
        id, profile = words(person.get("id")), fields(person.get("profile"))
        name = self._named("users", id, words(person.get("name")))
        given = (profile.get("display_name"), profile.get("real_name"))
        shown = [slack.title(each) for each in (*given, person.get("real_name"))]
        has_left = person.get("deleted") is True
        role = Role.ADMIN if person.get("is_admin") is True else Role.MEMBER
        role = Role.OWNER if person.get("is_owner") is True else role
        if person.get("is_bot") is True or id == "USLACKBOT":
            role = Role.BOT
        elif not has_left:
            self.newcomers.append(name)
        document = {
            "_id": name,
            "display_name": next(filter(None, shown), name),
            "password_hash": "",
            "role": role.value,
            "disabled": has_left,
            "created_at": self._begun,
        }
        self._make("users", name, "", document)
        return name

    def _person(self, id: str, profile: Any = None) -> str:
        """The name of somebody, whom only their messages may know: of another workspace."""
        if name := self._names.get(id):
            return name
        self._leave("people who are in no list, whose accounts are disabled")
        name = fields(profile).get("name")
        return self._add_person(
            {"id": id, "name": name, "profile": profile, "deleted": True}
        )

    def _named(self, what: str, id: str, wanted: str) -> str:
        """A name of ours for what has one of Slack's, and no other."""
        if name := self._known.get(f"{what}:{id}", ""):
            return self._note(what, id, name)
        name = base = slack.plain_name(wanted) or slack.plain_name(id) or "somebody"
        number = 1
        while name in self._taken[what] or name.startswith(hooks.PREFIX):
            number += 1
            name = f"{base.removeprefix(hooks.PREFIX)[: MAX_NAME - 6]}-{number}"
        return self._note(what, id, name)

    def _note(self, what: str, id: str, name: str) -> str:
        self._taken[what].add(name)
        self._names[id] = name
        if id:
            key = f"{what}:{id}"
            self._make(NOTES, key, "", {"_id": key, "name": name})
        return name

    def _add_conversation(self, made: dict[str, _Room], kind: Kind, given: Said) -> None:
        id, called = words(given.get("id")), words(given.get("name"))
        people = sorted(
            {self._person(each) for each in slack.strings(given.get("members"))}
        )
        if kind is Kind.DIRECT and 0 < len(people) <= MAX_DIRECT_MEMBERS:
            direct = "~".join(people if len(people) > 1 else people * 2)
            name = self._note("rooms", id, self._known.get(f"rooms:{id}", direct))
        else:
            kind = Kind.PRIVATE if kind is Kind.DIRECT else kind
            wanted = DEFAULT_ROOM if given.get("is_general") is True else called
            name = self._named("rooms", id, wanted)
        room = made.setdefault(name, _Room(name, kind))
        room.people = people
        room.conversations.append(given)
        creator = words(given.get("creator"))
        document = {
            "_id": name,
            "title": "" if kind is Kind.DIRECT else slack.title(called),
            "topic": slack.topic(given, self._names),
            "kind": kind.value,
            "created_by": self._names.get(creator, ""),
            "created_at": moment(given.get("created")) or self._begun,
            "archived": given.get("is_archived") is True and kind is not Kind.DIRECT,
        }
        self._make("rooms", name, "", document)

    # Messages

    def _read_days(self, room: _Room, conversation: Said, progress: Progress) -> None:
        """Keep each message by its time, as it was last; one that is there twice, once."""
        id = words(conversation.get("id"))
        called = words(conversation.get("name"))
        days = self._zip.days.pop(called, None) or self._zip.days.pop(id, [])
        changes: list[Said] = []
        for day in days:
            progress.step()
            for said in self._zip.objects(day):
                if said.get("subtype") in {"message_changed", "message_deleted"}:
                    changes.append(said)
                elif _TS.fullmatch(words(said.get("ts"))):
                    self._keep(room, id, said)
                else:
                    self._leave("messages without a time")
        for change in changes:
            latest = fields(change.get("message"))
            if change["subtype"] == "message_changed":
                if _TS.fullmatch(words(latest.get("ts"))):
                    self._keep(room, id, latest)
                continue
            before = fields(change.get("previous_message") or change.get("original"))
            ts = words(change.get("deleted_ts") or before.get("ts"))
            gone = "DELETE FROM said WHERE room = ? AND ts = ? AND channel = ?"
            self._sql.execute(gone, (room.name, ts, id))
            self._leave("messages that were deleted in Slack")

    def _keep(self, room: _Room, channel: str, said: Said) -> None:
        row = (room.name, said["ts"], channel, msgspec.json.encode(said))
        self._sql.execute("INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?)", row)

    def _translate(self, room: _Room, progress: Progress) -> None:
        pins = {
            words(pin.get("id")): (words(pin.get("user")), pin.get("created"))
            for conversation in room.conversations
            for pin in objects(conversation.get("pins"))
        }
        seqs: dict[str, int] = {}
        ordered = "SELECT ts, channel, record FROM said WHERE room = ? ORDER BY ts, channel"
        for ts, channel, record in self._sql.execute(ordered, (room.name,)):
            progress.step()
            said = msgspec.json.decode(slack.ids_replaced(record, self._names))
            if slack.is_notice(said):
                self._leave(NOTICE)
                continue
            sender = self._sender(said)
            id = re.sub(r"[^A-Za-z0-9-]", "", f"slack-{channel}-{ts}")
            message = self._message(room, (sender, id), said, len(seqs) + 1, pins.get(ts))
            if message is None:
                continue
            seqs[ts] = message.seq
            parent = seqs.get(words(said.get("thread_ts")))
            if parent and parent != message.seq:
                message = msgspec.structs.replace(message, reply_to=parent)
            document = to_document(message)
            self._make(NOTES, id, "", slack.note_of(document))
            self._make("messages", sender, id, document)
        for person in room.people:
            self._add_member(room, person, len(seqs))

    def _message(
        self, room: _Room, key: tuple[str, str], said: Said, seq: int, pin: Any
    ) -> Message | None:
        is_gone = said.get("subtype") == "tombstone"  # and has answers, or it would be away
        at = moment(said["ts"])
        assert at
        files, links = ((), []) if is_gone else self._files(room, key, said, at)
        text = "" if is_gone else slack.text_of(said)
        if len(words(said.get("text"))) > MAX_TEXT:
            self._leave(f"texts of more than {MAX_TEXT:,} characters, which were cut")
        text = "\n\n".join(filter(None, (text, "\n".join(links))))
        if not (text or files or is_gone):
            self._leave("messages in which nothing is said")
            return None
        if not pin:
            info = fields(said.get("pinned_info"))
            pin = words(info.get("pinned_by")), info.get("pinned_ts")
        return Message(
            room=room.name,
            seq=seq,
            rev=seq,
            sender=key[0],
            id=key[1],
            text=text,
            html=None,
            mentions=(),
            created_at=at,
            edited_at=moment(fields(said.get("edited")).get("ts")),
            deleted=is_gone,
            reactions={} if is_gone else slack.reactions(said, self._person, self._leave),
            via=slack.via(said) if key[0].startswith(hooks.PREFIX) else None,
            files=files,
            pinned=Pin(self._person(pin[0]), moment(pin[1]) or at) if pin[0] else None,
        )

    def _sender(self, said: Said) -> str:
        """A person, or a program, which has a name of its own with each message."""
        user = words(fields(said.get("comment")).get("user")) or words(said.get("user"))
        if user:
            return self._person(user, said.get("user_profile"))
        bot = re.sub("[^a-z0-9]", "", words(said.get("bot_id")).lower())
        return f"{hooks.PREFIX}{bot[:20] or 'slack'}"

    def _files(
        self, room: _Room, key: tuple[str, str], said: Said, at: datetime
    ) -> tuple[tuple[File, ...], list[str]]:
        """The files that are in the zip, and links to those that are not."""
        files: dict[str, File] = {}
        links = []
        for given in objects(said.get("files") or [said.get("file")]):
            slack_id = words(given.get("id"))
            part = self._zip.files.get(slack_id)
            if part is None or len(files) == Limits.files:
                self._leave("files that are not in the zip; a link stays, if there is one")
                links.append(slack.link_to(given))
                continue
            # A file may be shared in many rooms: each message has one of its own.
            id = f"{slack_id}-{key[1].removeprefix('slack-')}"[:64]
            file = files[id] = File(
                id=id,
                name=tidy(words(given.get("name")) or part),
                type=words(given.get("mimetype")),
                size=self._zip.size(part),
                width=slack.pixels(given.get("original_w")),
                height=slack.pixels(given.get("original_h")),
            )
            metadata = {
                "room": room.name,
                "uploader": key[0],
                "message": {"sender": key[0], "id": key[1]},
                "ready": True,
                "type": file.type,
                "width": file.width,
                "height": file.height,
                "has_preview": False,
                "preview": b"",
            }
            document = {"_id": id, "filename": file.name, "length": file.size, "part": part}
            document |= {"chunkSize": CHUNK_BYTES, "uploadDate": at, "metadata": metadata}
            self._make("fs.files", id, "", document)
        return tuple(files.values()), [each for each in links if "](" in each]

    def _add_member(self, room: _Room, person: str, head: int) -> None:
        is_owner = any(
            self._names.get(words(each.get("creator"))) == person
            for each in room.conversations
        )
        document = {
            "_id": {"room": room.name, "user": person},
            "role": "owner" if is_owner and room.kind is not Kind.DIRECT else "member",
            "joined_at": self._begun,
            "read": head,
            "favorite": False,
            "notify": "all" if room.kind is Kind.DIRECT else "mentions",
        }
        self._make("members", room.name, person, document)

    # What is made of it

    def _pieces(self) -> Iterator[tuple[str, str, int]]:
        """File, part of the zip and number of each chunk, by file."""
        for file in self.documents("fs.files"):
            for number in range(-(-file["length"] // CHUNK_BYTES)):
                yield file["_id"], file["part"], number

    def _chunks(self) -> Generator[dict[str, Any]]:
        for count, (file, part, number) in enumerate(self._pieces()):
            if number == 0:
                opened = self._zip.open(part)
            data = opened.read(CHUNK_BYTES)
            id = ObjectId(f"{count:024x}")
            yield {"_id": id, "files_id": file, "n": number, "data": data}

    def _make(self, name: str, first: str, second: str, document: Said) -> None:
        row = (name, first, second, to_line(document))
        self._sql.execute("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?)", row)

    def _leave(self, what: str) -> None:
        self.left_out[what] += 1

    def _count(self, query: str, *values: str) -> Any:
        return self._sql.execute(query, values).fetchone()[0]
