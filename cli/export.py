"""`export` and `import`: what people said, in lines of JSON that any program reads."""

import argparse
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from cli.archive import Reader, Writer
from cli.backup import add_new_file, add_replace, require_room
from cli.connect import CreateApp, idle_database, open_snapshot
from cli.progress import Progress
from settings import Settings
from store import ndjson, snapshot
from store.errors import Failed

KIND = "hearth export"
PEOPLE, ROOMS, FILES = "people.ndjson", "rooms/", "files/"
AT_ONCE = 500  # documents of a collection in one write


def add_to(verbs: Any) -> None:
    """Add these verbs to the parser."""
    export = verbs.add_parser(
        "export",
        help="write people, rooms and files as NDJSON, also while Hearth serves",
        description="Write a zip for other programs: people.ndjson, an NDJSON file for "
        "each room with its members and messages, the files that were posted, and a "
        "manifest with a checksum for each. No passwords, invites, tokens or webhooks are "
        "in it.",
    )
    add_new_file(export)
    export.set_defaults(do=write_export)
    imported = verbs.add_parser(
        "import",
        help="bring an export back, with the same seq and rev",
        description="Check an export, write it into an empty database, and compare what "
        "the database then has, room by room. Hearth must be stopped. Nobody has a "
        "password then: give out new ones with `hearth user passwd`.",
    )
    imported.add_argument("file", type=Path)
    add_replace(imported)
    imported.set_defaults(do=read_export)


async def write_export(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write people, rooms and files."""
    progress = Progress()
    with Writer(asked.file, KIND) as archive:
        async with open_snapshot(settings, stopped=asked.stopped) as copy:
            progress.begin("people:")
            await _write(archive, PEOPLE, ndjson.of_people(copy), progress)
            rooms = [document["_id"] async for document in copy.read("rooms")]
            for room in rooms:
                progress.begin(f"{room}:")
                await _write(
                    archive, f"{ROOMS}{room}.ndjson", ndjson.of_room(copy, room), progress
                )
            progress.begin("files:")
            async for id in _files(copy, rooms):
                await _write(archive, f"{FILES}{id}", ndjson.of_file(copy, id))
                progress.step()
            progress.end()
    print(f"{asked.file} has {len(rooms):,} rooms, {asked.file.stat().st_size:,} bytes.")


async def read_export(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write an export into an empty database, and prove that it is there."""
    progress = Progress()
    with closing(Reader(asked.file, KIND, progress)) as archive:
        async with idle_database(settings) as url, snapshot.open_copy(url) as copy:
            await require_room(copy, replace=asked.replace)
            await copy.begin()
            expected: dict[str, hashlib._Hash] = {}
            ids: dict[str, Any] = {}
            sizes: dict[Any, int] = {}  # of chunks
            for part in archive.entries:
                if part.startswith(FILES):
                    continue
                progress.begin(f"{part}:", archive.entries[part]["count"])
                digest = expected[part] = hashlib.sha256()
                for name, documents in _runs(archive, part, digest):
                    if name == "fs.files":
                        ids |= {f"{FILES}{each['_id']}": each["_id"] for each in documents}
                        sizes |= {each["_id"]: each["chunkSize"] for each in documents}
                    async with aclosing(copy.insert(name, documents)) as steps:
                        async for count in steps:
                            progress.step(count)
            progress.begin("files:", len(ids))
            for part, id in ids.items():
                expected[part] = hashlib.sha256()
                await _write_file(copy, archive, part, id, sizes[id], expected[part])
                progress.step()
            progress.begin("Comparing:", len(expected))
            for part, digest in expected.items():
                await _compare(copy, part, ids, digest.hexdigest())
                progress.step()
            progress.end()
            await copy.finish()
    print(f"Imported as of {archive.made_at}; every room and file agrees.")


async def _write(
    archive: Writer,
    name: str,
    pieces: AsyncIterator[bytes],
    progress: Progress | None = None,
) -> None:
    with archive.entry(name) as entry:
        async for piece in pieces:
            entry.write(piece)
            if progress:
                progress.step()


async def _files(copy: snapshot.Copy, rooms: list[str]) -> AsyncIterator[Any]:
    """The ids of the files that belong to a message."""
    query = {"metadata.room": {"$in": rooms}, "metadata.message": {"$ne": None}}
    async for document in copy.read("fs.files", query):
        yield document["_id"]


def _runs(
    archive: Reader, part: str, digest: "hashlib._Hash"
) -> Iterator[tuple[str, list[Any]]]:
    """The documents of a part, in runs of one collection; all lines go into the digest."""
    last, run = "", list[Any]()
    with archive.open(part) as file:
        for line in file:
            name, document = ndjson.from_line(line)
            digest.update(ndjson.tidy(line))
            if run and (name != last or len(run) >= AT_ONCE):
                yield last, run
                run = []
            last = name
            run.append(document)
    if run:
        yield last, run


async def _write_file(
    copy: snapshot.Copy,
    archive: Reader,
    part: str,
    id: Any,
    size: int,
    digest: "hashlib._Hash",
) -> None:
    if part not in archive.entries:
        raise Failed(f"{part} is missing; the database is not whole.")
    for number, piece in enumerate(archive.pieces(part, size)):
        digest.update(piece)
        chunk = ndjson.to_chunk(id, number, piece)
        async with aclosing(copy.insert("fs.chunks", [chunk])) as steps:
            async for _ in steps:
                pass


async def _compare(
    copy: snapshot.Copy, part: str, ids: dict[str, Any], expected: str
) -> None:
    """Read a part back from the database.

    Raises:
        Failed: if it is not the same.
    """
    if part == PEOPLE:
        pieces = ndjson.of_people(copy)
    elif part in ids:
        pieces = ndjson.of_file(copy, ids[part])
    else:
        name = part.removeprefix(ROOMS).removesuffix(".ndjson")
        pieces = ndjson.of_room(copy, name)
    digest = hashlib.sha256()
    async for piece in pieces:
        digest.update(piece)
    if digest.hexdigest() != expected:
        raise Failed(f"{part} did not arrive as it is; do not use the database.")
