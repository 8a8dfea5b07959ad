"""The search's index: an SQLite file beside the database, a cache that may be deleted.

`messages` says under which keys each message is held, and `words` (FTS5) who holds a key.
An id begins with the time, so the newest message has the highest. Everything here blocks:
the indexer runs it in a thread of its own.
"""
# ruff: noqa: S608 - values are bound; only conditions of our own are put together.

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

VERSION = 2  # of the schema and of the keys; another file is made anew
ID_BITS = 21  # of an id, which count the messages of one millisecond
RECENT_MESSAGES = 10_000  # of the newest messages are looked at before the words are asked
FEW_MESSAGES = 20_000  # in the rooms that are searched: soon looked at, all of them
MAX_ROOM_KEYS = 100  # rooms in a question to `words`; more are compared afterwards
CHECK_COST = 15  # times as much as to read a message's id from `words` is to look at it
FORGET_MESSAGES = 500  # messages of a deleted room
PURGE_PAGES = 32  # of the file that one step of a purge rewrites
MAX_SECONDS = 2.5  # of one question
PRAGMAS = (
    *("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"),
    *("secure_delete = ON", "temp_store = MEMORY", "cache_size = -8000"),
)
SCHEMA = """
    BEGIN;
    CREATE TABLE about (epoch TEXT, changes INTEGER);
    CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT UNIQUE, rev INTEGER);
    CREATE TABLE messages (id INTEGER PRIMARY KEY, room INTEGER, seq INTEGER, keys TEXT);
    CREATE UNIQUE INDEX places ON messages (room, seq);
    CREATE VIRTUAL TABLE words USING fts5 (
        keys, content = '', columnsize = 0, detail = none, prefix = 2,
        tokenize = "ascii tokenchars '#@!>~_-.'"
    );
    COMMIT;
"""
INCOMING = (
    "CREATE TEMP TABLE incoming (room INTEGER, seq INTEGER, moment INTEGER, keys TEXT)"
)
KNOW_ROOMS = """
    INSERT INTO rooms (name, rev) SELECT key, value FROM json_each(?) WHERE true
    ON CONFLICT (name) DO UPDATE SET rev = excluded.rev
"""
TAKE = """
    INSERT INTO incoming SELECT rooms.id, json_extract(value, '$[1]'),
        json_extract(value, '$[2]'), json_extract(value, '$[3]')
    FROM json_each(?) JOIN rooms ON rooms.name = json_extract(value, '$[0]')
"""
APPLY = (
    # Reactions change no keys.
    """DELETE FROM incoming WHERE keys = (SELECT keys FROM messages
        WHERE (room, seq) = (incoming.room, incoming.seq))""",
    """UPDATE about SET changes = changes + 1 WHERE EXISTS (
        SELECT 1 FROM incoming CROSS JOIN messages USING (room, seq))""",
    """INSERT INTO words (words, rowid, keys) SELECT 'delete', id, messages.keys
        FROM incoming CROSS JOIN messages USING (room, seq) WHERE messages.keys <> ''
        ORDER BY id""",
    f"""INSERT INTO messages SELECT
        coalesce((SELECT max(id) FROM messages WHERE id >= moment << {ID_BITS}
            AND id < moment + 1 << {ID_BITS}), (moment << {ID_BITS}) - 1)
        + row_number() OVER (PARTITION BY moment ORDER BY seq), room, seq, keys
        FROM incoming WHERE true
        ON CONFLICT (room, seq) DO UPDATE SET keys = excluded.keys""",
    """INSERT INTO words (rowid, keys) SELECT id, messages.keys
        FROM incoming CROSS JOIN messages USING (room, seq) WHERE messages.keys <> ''
        ORDER BY id""",
    "DELETE FROM incoming",
)
_KEEP = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
}  # fmt: skip


class Row(NamedTuple):
    """A message in the index; without keys if it was deleted."""

    room: str
    seq: int
    moment: int  # milliseconds
    keys: str  # a space before and after each


class Key(NamedTuple):
    """A key that a message must hold, whole or as a prefix."""

    text: str
    goes_on: bool = False


class Sieve(NamedTuple):
    """Which messages may be hits: they hold one key of each `all_of`, and no `none_of`."""

    rooms: Sequence[str]
    all_of: Sequence[Sequence[Key]]
    none_of: Sequence[Key] = ()
    since: int = 0  # ids: from this one
    below: int = 2**63 - 1  # to before this one


class Candidate(NamedTuple):
    """A message that may be a hit."""

    id: int
    room: str
    seq: int


class Index:
    """An open file."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self._path, self._db = path, db
        self._purged = 0

    @classmethod
    def open(cls, path: Path, epoch: str) -> Self:
        """Open the file of a database; make it anew if it is another's, or damaged.

        Raises:
            sqlite3.Error: if that cannot be done now.
        """
        for is_last in (False, True):
            path.parent.mkdir(parents=True, exist_ok=True)
            delete(_copy_of(path))
            db = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                _prepare(db)
                if not is_last and not _is_good(db, epoch):
                    raise sqlite3.DatabaseError("another database's, or damaged")
                if is_last:
                    db.executescript(SCHEMA)
                    db.execute("INSERT INTO about VALUES (?, 0)", (epoch,))
                    db.execute(f"PRAGMA user_version = {VERSION}")
                return cls(path, db)
            except sqlite3.Error as error:
                db.close()
                if is_last or not is_damage(error):
                    raise
                delete(path)
        raise AssertionError

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def cursors(self) -> dict[str, int]:
        """Up to which rev the index has each room."""
        return dict(self._db.execute("SELECT name, rev FROM rooms"))

    def apply(self, rows: Iterable[Row], cursors: Mapping[str, int]) -> None:
        """Take over the latest state of messages, each once, and how far rooms are."""
        with self._transaction():
            self._db.execute(KNOW_ROOMS, (json.dumps(cursors),))
            self._db.execute(TAKE, (json.dumps([*rows], ensure_ascii=False),))
            for statement in APPLY:
                self._db.execute(statement)

    def forget(self, room: str) -> bool:
        """Take out some messages of a room; false as soon as nothing of it is left."""
        with self._transaction():
            known = self._db.execute("SELECT id FROM rooms WHERE name = ?", (room,))
            if (found := known.fetchone()) is None:
                return False
            some = "SELECT id, seq, keys FROM messages WHERE room = ? ORDER BY seq LIMIT ?"
            these = (found[0], FORGET_MESSAGES)
            [[last]] = self._db.execute(f"SELECT max(seq) FROM ({some})", these)
            if last is None:
                self._db.execute("DELETE FROM rooms WHERE id = ?", found)
                self._db.execute("UPDATE about SET changes = changes + 1")
                return False
            self._db.execute(
                "INSERT INTO words (words, rowid, keys) SELECT 'delete', id, keys "
                f"FROM ({some}) WHERE keys <> ''",
                these,
            )
            self._db.execute(
                "DELETE FROM messages WHERE room = ? AND seq <= ?", (found[0], last)
            )
        return True

    def is_clean(self) -> bool:
        """True if nothing is left in the file of what was changed or deleted."""
        return not self._changes()

    def purge(self, *, first: bool) -> bool:
        """Rewrite a part of the words, without what was taken out; false when all are."""
        if first:
            self._purged = self._changes()
        before = self._db.total_changes
        pages = -PURGE_PAGES if first else PURGE_PAGES
        self._db.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
        return self._db.total_changes - before >= 2  # as FTS5 says that there is more

    def compact(self) -> None:
        """Rewrite the file after a purge: pages may hold remains of what stood there."""
        copy = _copy_of(self._path)
        self._db.execute("PRAGMA wal_checkpoint (TRUNCATE)").fetchall()
        self._db.execute("VACUUM INTO ?", (str(copy),))
        self._db.close()
        copy.replace(self._path)
        self._db = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        _prepare(self._db)
        self._db.execute("UPDATE about SET changes = 0 WHERE changes = ?", (self._purged,))

    def size(self) -> int:
        """The file's size in bytes."""
        return self._path.stat().st_size

    def id_of(self, room: str, seq: int) -> int | None:
        """The id of a message in the index, if it has it."""
        found = self._db.execute(
            "SELECT messages.id FROM rooms JOIN messages ON room = rooms.id "
            "WHERE name = ? AND seq = ?",
            (room, seq),
        ).fetchone()
        return found[0] if found else None

    def candidates(self, sieve: Sieve, limit: int) -> list[Candidate]:
        """The newest messages that may be hits.

        Raises:
            sqlite3.OperationalError: if it takes too long.
        """
        until = time.monotonic() + MAX_SECONDS
        self._db.set_progress_handler(lambda: time.monotonic() > until, 100_000)
        try:
            return _Question(self._db, sieve, limit).answer()
        finally:
            self._db.set_progress_handler(None, 0)

    def _changes(self) -> int:
        return int(self._db.execute("SELECT changes FROM about").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


class _Question:
    """One question, asked in the way that takes least.

    `words` gathers all that begins with a common prefix before it tells the first, and what
    is common is also common among the newest messages. So these are looked at first, and
    only the keys that were rare among them are asked for; the others are compared.
    """

    def __init__(self, db: sqlite3.Connection, sieve: Sieve, limit: int) -> None:
        self._db, self._sieve, self._limit = db, sieve, limit
        names = json.dumps([*sieve.rooms])
        found = db.execute(
            "SELECT id FROM rooms WHERE name IN (SELECT value FROM json_each(?))", (names,)
        )
        self._rooms = json.dumps([id for (id,) in found])
        self._checks = [_check(keys) for keys in sieve.all_of]
        self._checks.append(
            ("messages.room IN (SELECT value FROM json_each(?))", [self._rooms])
        )
        self._without = [_check([key]) for key in sieve.none_of]

    def answer(self) -> list[Candidate]:
        """The candidates, the newest first."""
        since, below = self._sieve.since, self._sieve.below
        if self._size() <= FEW_MESSAGES:
            return self._look("messages INDEXED BY places", since, below)
        first = self._first_recent(since, below)
        found = self._look("messages NOT INDEXED", first or since, below)
        if len(found) < self._limit and first:
            self._limit -= len(found)
            found += self._ask(self._chosen(self._shares(first, below)), since, first)
        return found

    def _size(self) -> int:
        """The number of messages in the rooms, give or take."""
        [[size]] = self._db.execute(
            "SELECT sum((SELECT max(seq) FROM messages WHERE room = value)) "
            "FROM json_each(?)",
            (self._rooms,),
        )
        return size or 0

    def _first_recent(self, since: int, below: int) -> int | None:
        """The id of the oldest of the newest; None if there are fewer."""
        found = self._db.execute(
            "SELECT id FROM messages NOT INDEXED WHERE id >= ? AND id < ? "
            f"ORDER BY id DESC LIMIT 1 OFFSET {RECENT_MESSAGES - 1}",
            (since, below),
        )
        return next((id for (id,) in found), None)

    def _shares(self, first: int, below: int) -> Sequence[int]:
        """The number of the newest that fit each key."""
        sums = ", ".join(f"sum({check})" for check, _ in self._checks)
        given = [value for _, values in self._checks for value in values]
        asked = f"SELECT {sums} FROM messages NOT INDEXED WHERE id >= ? AND id < ?"
        return list(self._db.execute(asked, (*given, first, below)).fetchone())

    def _chosen(self, shares: Sequence[int]) -> list[str]:
        """The keys to ask `words` for: the rarest, and more if that saves enough looks."""
        asked = [_asked(keys) for keys in self._sieve.all_of]
        if len(self._sieve.rooms) <= MAX_ROOM_KEYS:
            asked.append(_asked([Key(f"#{room}") for room in self._sieve.rooms]))
        left = 1.0
        chosen: list[str] = []
        for count, question in sorted(zip(shares, asked, strict=False)):
            share = (count + 1) / (RECENT_MESSAGES + 1)
            if not chosen or left * CHECK_COST > share:
                chosen.append(question)
                left *= share
        return chosen

    def _ask(self, chosen: Sequence[str], since: int, below: int) -> list[Candidate]:
        if not chosen:
            return self._look("messages NOT INDEXED", since, below)
        source = "words CROSS JOIN messages ON messages.id = words.rowid"
        return self._look(source, since, below, " AND ".join(chosen))

    def _look(
        self, source: str, since: int, below: int, asked: str = ""
    ) -> list[Candidate]:
        id = "words.rowid" if asked else "messages.id"
        wanted = [check for check, _ in self._checks]
        wanted += [f"NOT {check}" for check, _ in self._without]
        given = [value for _, values in (*self._checks, *self._without) for value in values]
        rows = self._db.execute(
            f"SELECT messages.id, (SELECT name FROM rooms WHERE id = room), seq "
            f"FROM {source} WHERE {'words MATCH ? AND ' if asked else ''}"
            f"{id} >= ? AND {id} < ? AND messages.keys <> '' AND {' AND '.join(wanted)} "
            f"ORDER BY {id} DESC LIMIT ?",
            (*([asked] if asked else ()), since, below, *given, self._limit),
        )
        return [Candidate(*row) for row in rows]


def milliseconds(time: datetime) -> int:
    """A time as ids begin with it."""
    return round(time.timestamp() * 1000)


def first_id(moment: int) -> int:
    """The lowest id that a message of a millisecond may have."""
    return max(-(2**63), min(moment << ID_BITS, 2**63 - 1))


def is_damage(error: sqlite3.Error) -> bool:
    """True if a file that gave this error is of no use any more."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF not in _KEEP


def _prepare(db: sqlite3.Connection) -> None:
    for pragma in PRAGMAS:
        db.execute(f"PRAGMA {pragma}")
    db.execute(INCOMING)


def _copy_of(path: Path) -> Path:
    return path.with_name(path.name + "-new")


def delete(path: Path) -> None:
    """Delete a file, and what SQLite has beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _is_good(db: sqlite3.Connection, epoch: str) -> bool:
    return bool(
        db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        and db.execute("SELECT epoch FROM about").fetchone() == (epoch,)
        and db.execute("PRAGMA quick_check (1)").fetchone() == ("ok",)
    )


def _check(keys: Sequence[Key]) -> tuple[str, list[Any]]:
    """A condition that a message of the index holds one of these keys."""
    one_of = " OR ".join("instr(messages.keys, ?) > 0" for _ in keys)
    return f"({one_of})", [f" {key}" if goes_on else f" {key} " for key, goes_on in keys]


def _asked(keys: Sequence[Key]) -> str:
    """The same as a question to `words`; no key has a quotation mark."""
    return (
        "(" + " OR ".join(f'"{key}"{"*" if goes_on else ""}' for key, goes_on in keys) + ")"
    )
