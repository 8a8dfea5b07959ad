"""`backup`, `restore`, `export` and `import`: the whole database as one archive.

An export is a backup without secrets. A restore takes an archive as it is, so it is for
one's own; an import takes one from elsewhere, and believes nothing in it.
"""

import argparse
from collections.abc import Callable, Generator, Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from cli.archive import Digest, Reader, Source, Writer
from cli.connect import CreateApp, idle_database, open_snapshot
from cli.imported import Importer
from cli.progress import Progress
from cli.snapshot import Replacement, open_replacement, to_line
from settings import Settings
from store.errors import Failed

# A sign-in that has ended since must not come back, and neither may a device.
_NEVER: dict[str, dict[str, Any] | None] = {
    "sessions": None, "push": None, "access": {"kind": "token"},
}  # fmt: skip
# What lets nobody in: all else is a secret until somebody looked.
SHARED = {
    "users", "avatars", "rooms", "members", "messages", "fs.files", "fs.chunks",
}  # fmt: skip
SECRET_FIELDS = {"password_hash", "founder", "reset", "was_reset"}
Documents = Generator[dict[str, Any]]
Transform = Callable[[str, Documents], Documents]


def add_to(verbs: Any) -> None:
    """Add these verbs to the parser."""
    backup = verbs.add_parser(
        "backup",
        help="write everything into one file, also while Hearth serves",
        description="Write the database as it is at this moment into one file: a zip with "
        "lines of JSON for each collection, and their counts and checksums. Sign-ins and "
        "the signing secret are not in it. Only its owner may read it.",
    )
    backup.add_argument(
        "--without-secrets",
        action="store_true",
        help="leave out what lets somebody in: passwords, tokens, invites, webhooks",
    )
    export = verbs.add_parser(
        "export",
        help="the same as backup --without-secrets",
        description="Write people, rooms, messages and files into one file for other "
        "programs. No way in is in it.",
    )
    export.set_defaults(without_secrets=True)
    for verb in (backup, export):
        verb.add_argument("file", type=Path, help="must not exist yet")
        verb.add_argument(
            "--stopped",
            action="store_true",
            help="Hearth is stopped: for a MongoDB that is no replica set",
        )
        verb.set_defaults(do=write_backup)
    _add_ways_back(verbs)


def _add_ways_back(verbs: Any) -> None:
    restore = verbs.add_parser(
        "restore",
        help="bring a backup of one's own back",
        description="Check a backup, write it beside what the database has, compare all "
        "counts and checksums, and put it in its place. Hearth must be stopped. Everybody "
        "signs in again.",
    )
    restore.set_defaults(do=restore_backup)
    imported = verbs.add_parser(
        "import",
        help="bring in an archive that somebody else made",
        description="Like restore, but nothing in the file is believed: every object is "
        "checked, HTML is made anew, nobody has a password, and everybody is a member.",
    )
    imported.set_defaults(do=import_archive)
    take_file(restore)
    take_file(imported, is_believed=False)


def take_file(verb: argparse.ArgumentParser, *, is_believed: bool = True) -> None:
    """Let a verb take the file that comes in."""
    verb.add_argument("file", type=Path)
    verb.add_argument(
        "--replace", action="store_true", help="remove what the database has now"
    )
    if not is_believed:
        verb.add_argument(
            "--with-roles",
            action="store_true",
            help="owners and admins stay what they were",
        )


async def write_backup(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write every collection into one file."""
    progress, is_shared = Progress(), asked.without_secrets
    hidden = SECRET_FIELDS if is_shared else set()
    with Writer(asked.file) as archive:
        async with open_snapshot(settings, stopped=asked.stopped) as copy:
            for name in await copy.collections():
                query = _NEVER.get(name, {})
                if query is None or (is_shared and name not in SHARED):
                    continue
                progress.begin(f"{name}:", await copy.count(name))
                with archive.collection(name) as entry:
                    async for document in copy.read(name, query):
                        for field in hidden:
                            document.pop(field, None)
                        entry.add(to_line(document))
                        progress.step()
            progress.end()
        count = sum(entry["count"] for entry in archive.entries.values())
        if not archive.entries.get("users", {"count": 0})["count"]:
            raise Failed("The database has no people; no file was written.")
    print(f"{asked.file} has {count:,} documents, {asked.file.stat().st_size:,} bytes.")


async def restore_backup(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write a backup into the database, and prove that it is there."""
    progress = Progress()
    with closing(Reader(asked.file, progress)) as archive:
        names = [name for name in archive.entries if _NEVER.get(name, {}) is not None]
        await replace_by(
            asked.replace, settings, archive, names, lambda _, documents: documents
        )
    print(f"Restored as of {archive.made_at}; all counts and checksums agree.")


async def import_archive(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Write an archive from elsewhere into the database, once nothing in it is odd."""
    progress = Progress()
    with closing(Reader(asked.file, progress)) as archive:
        names = [name for name in archive.entries if name in SHARED]
        importer = Importer(archive, with_roles=asked.with_roles)
        await replace_by(asked.replace, settings, archive, names, importer.checked)
    print(f"Imported what was said until {archive.made_at}; every room and file agrees.")
    print("Nobody has a password yet: hearth user link NAME lets somebody set one.")


async def replace_by(
    may_replace: bool,
    settings: Settings,
    archive: Source,
    names: list[str],
    transform: Transform,
) -> None:
    """Put the documents of an archive where those of the database are.

    Raises:
        Failed: if there are any, and nobody has said that they may go.
    """
    progress = Progress()
    async with (
        idle_database(settings) as (url, lease),
        open_replacement(url, lease) as copy,
    ):
        if not may_replace and await copy.is_used():
            raise Failed("The database is not empty. Say --replace to remove what it has.")
        await copy.begin(names)
        written: dict[str, Digest] = {}
        for name in names:
            progress.begin(f"{name}:", archive.entries[name]["count"])
            written[name] = digest = Digest()
            with (
                closing(archive.documents(name)) as raw,
                closing(transform(name, raw)) as documents,
            ):
                async with aclosing(copy.insert(name, _noted(documents, digest))) as steps:
                    async for count in steps:
                        progress.step(count)
        progress.begin("Comparing:", len(names))
        for name in names:
            await _compare(copy, name, written[name])
            progress.step()
        progress.end()
        await copy.take_its_place()


def _noted(documents: Iterator[Any], digest: Digest) -> Iterator[Any]:
    for document in documents:
        digest.add(to_line(document))
        yield document


async def _compare(copy: Replacement, name: str, expected: Digest) -> None:
    found = Digest()
    async for document in copy.read(name):
        found.add(to_line(document))
    if (found.count, found.hexdigest()) != (expected.count, expected.hexdigest()):
        raise Failed(f"{name} did not arrive as it is; nothing was changed.")
