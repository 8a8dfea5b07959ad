"""`backup` and `restore`: the whole database, byte for byte."""

import argparse
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from cli.archive import Reader, Writer
from cli.connect import CreateApp, idle_database, open_snapshot
from cli.progress import Progress
from settings import Settings
from store import snapshot
from store.errors import Failed

KIND = "hearth backup"
# A sign-in that has ended since must not come back, and a backup must let nobody in.
LEFT_OUT = {"sessions"}  # where they were in data of earlier versions
ONLY = {"access": {"kind": "token"}}


def add_to(verbs: Any) -> None:
    """Add these verbs to the parser."""
    backup = verbs.add_parser(
        "backup",
        help="write everything into one file, also while Hearth serves",
        description="Write the database as it is at this moment into one file: a zip with "
        "a BSON file for each collection, and their counts and checksums. Sign-ins and "
        "the signing secret are not in it. Only its owner may read it.",
    )
    add_new_file(backup)
    backup.set_defaults(do=write_backup)
    restore = verbs.add_parser(
        "restore",
        help="bring a backup back, into an empty database",
        description="Check a backup, write it into the database, and compare all counts "
        "and checksums with what the database then has. Hearth must be stopped. Everybody "
        "signs in again.",
    )
    restore.add_argument("file", type=Path)
    add_replace(restore)
    restore.set_defaults(do=restore_backup)


def add_new_file(parser: argparse.ArgumentParser) -> None:
    """Where a copy goes, and how it may be made."""
    parser.add_argument("file", type=Path, help="must not exist yet")
    parser.add_argument(
        "--stopped",
        action="store_true",
        help="Hearth is stopped: for a MongoDB that is no replica set",
    )


def add_replace(parser: argparse.ArgumentParser) -> None:
    """The word without which nothing is overwritten."""
    parser.add_argument(
        "--replace", action="store_true", help="remove what the database has now"
    )


async def write_backup(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write every collection into one file."""
    progress = Progress()
    with Writer(asked.file, KIND) as archive:
        async with open_snapshot(settings, stopped=asked.stopped) as copy:
            for name in await copy.collections():
                if name in LEFT_OUT:
                    continue
                progress.begin(f"{name}:", await copy.about(name))
                with archive.entry(f"{name}.bson") as entry:
                    async for document in copy.read(name, ONLY.get(name)):
                        entry.write(document.raw)
                        progress.step()
            progress.end()
    count = sum(entry["count"] for entry in archive.entries.values())
    print(f"{asked.file} has {count:,} documents, {asked.file.stat().st_size:,} bytes.")


async def restore_backup(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write a backup into the database, and prove that it is there."""
    progress = Progress()
    with closing(Reader(asked.file, KIND, progress)) as archive:
        async with idle_database(settings) as url, snapshot.open_copy(url) as copy:
            await require_room(copy, replace=asked.replace)
            await copy.begin()
            for part, expected in archive.entries.items():
                name = part.removesuffix(".bson")
                progress.begin(f"{name}:", expected["count"])
                with archive.open(part) as file:
                    async with aclosing(
                        copy.insert(name, snapshot.documents(file))
                    ) as steps:
                        async for count in steps:
                            progress.step(count)
            progress.begin("Comparing:", len(archive.entries))
            for part, expected in archive.entries.items():
                found = await copy.digest(part.removesuffix(".bson"))
                if found != (expected["count"], expected["sha256"]):
                    raise Failed(
                        f"{part} did not arrive as it is; do not use the database."
                    )
                progress.step()
            progress.end()
            await copy.finish()
    print(f"Restored as of {archive.made_at}; all counts and checksums agree.")


async def require_room(copy: snapshot.Copy, *, replace: bool) -> None:
    """Refuse to overwrite what somebody would miss, unless told.

    Raises:
        Failed: if there are people or messages.
    """
    if not replace and await copy.is_used():
        raise Failed("The database is not empty. Say --replace to remove what it has.")
