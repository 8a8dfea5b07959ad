"""`check`: what is wrong with this server, and what mends it."""

import argparse
import asyncio
import re
import stat
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from cli.check_proxy import Finding, findings
from cli.connect import CreateApp, is_running, open_database
from handlers.services.credentials import read_secret
from settings import DISTRIBUTION, Settings
from store.database import GRIDFS
from store.disk import LOW_BYTES
from store.errors import Failed
from store.indexes import INDEXES
from store.mongod import support
from store.mongod.client import make_client

MAX_BACKUP_HOURS = 26
MAX_CLOCK_SECONDS = 2.0
_FLOOR = re.compile(r"([A-Za-z0-9_.-]+)\s*>=\s*([0-9.]+)\s*(?:;.*)?")


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    check = verbs.add_parser(
        "check",
        help="say what is wrong with this server, and what mends it",
        description="Go out and back through HEARTH_PUBLIC_URL, and look at the database, "
        "the data folder, the clock, libraries and backups. Takes half a minute.",
    )
    check.add_argument(
        "--backups", type=Path, metavar="FOLDER", help="where there should be a new one"
    )
    check.set_defaults(do=run)


async def run(asked: argparse.Namespace, settings: Settings, _: CreateApp) -> None:
    """Print all findings; refused if one of them is bad."""
    secret = read_secret(settings)
    found = [*_folder(settings), *_libraries(), *await _clock()]
    if asked.backups:
        found.append(_backups(asked.backups))
    found += await _database(settings)
    if not await is_running(settings):
        found.append(("Hearth is running.", "systemctl start hearth, and see its log"))
    elif settings.public_url:
        found += await findings(settings, secret)
    else:
        found.append(("People can reach it.", "HEARTH_PUBLIC_URL=https://chat.example.org"))
    bad = [finding for finding in found if finding[1]]
    for what, mend in found:
        sys.stdout.write(f"not so: {what}\n        {mend}\n" if mend else f"ok: {what}\n")
    if bad:
        raise Failed(f"{len(bad)} of {len(found)} are not as they should be.")


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data.absolute()
    open_to_all = [
        path
        for path in (folder, folder / "secret", folder / "mongo")
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    mend = f"chmod -R go= {folder}" if open_to_all else ""
    yield f"Nobody else may read the data folder {folder}.", mend
    owners = {path.stat().st_uid for path in (folder, *folder.glob("*"))}
    mend = f"chown -R hearth: {folder}" if len(owners) > 1 else ""
    yield "Everything in it belongs to one user.", mend


def _libraries() -> Iterator[Finding]:
    try:
        needed = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return  # run from its source
    floors = filter(None, map(_FLOOR.fullmatch, needed))
    old = [
        found[1]
        for found in floors
        if "extra ==" not in found[0]
        and _numbers(metadata.version(found[1])) < _numbers(found[2])
    ]
    yield (
        "Libraries are as new as Hearth needs them.",
        f"make setup; too old: {', '.join(old)}" if old else "",
    )


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


async def _clock() -> list[Finding]:
    """By systemd's word, where there is systemd."""
    try:
        asked = await asyncio.create_subprocess_exec(
            "timedatectl", "show", "--property=NTPSynchronized", "--value",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        return []
    said, _ = await asked.communicate()
    if said.strip() not in {b"yes", b"no"}:
        return []
    mend = "timedatectl set-ntp true" if said.strip() == b"no" else ""
    return [("The clock is kept right.", mend)]


def _backups(folder: Path) -> Finding:
    newest = max((path.stat().st_mtime for path in folder.glob("*.zip")), default=0.0)
    hours = (time.time() - newest) / 3_600
    is_old = hours > MAX_BACKUP_HOURS
    said = (
        f"The newest backup is {hours:.0f} hours old." if newest else "There is a backup."
    )
    return said, f"hearth backup {folder}/today.zip, every night" if is_old else ""


async def _database(settings: Settings) -> list[Finding]:
    async with open_database(settings) as url:
        client = make_client(url)
        try:
            database = client.get_default_database("hearth")
            info = await client.server_info()
            hello = await client.admin.command("hello")
            away = abs(time.time() - hello["localTime"].timestamp())
            stats = await database.command("dbStats")
            missing = await _missing_indexes(database)
        finally:
            client.close()
    free = stats.get("fsTotalSize", LOW_BYTES) - stats.get("fsUsedSize", 0)
    # Nobody but Hearth can reach the private one (SECURITY.md, "Known and accepted").
    is_exposed = bool(settings.mongodb_url) and support.ended(info["versionArray"])
    upgrade = support.UPGRADE if is_exposed else ""
    return [
        (f"MongoDB {info['version']} gets updates, or is ours alone.", upgrade),
        (
            "It can be backed up while it runs.",
            support.MAKE_REPLICA_SET if support.is_standalone(hello) else "",
        ),
        (
            f"Its disk has {free / 1e9:.1f} GB left.",
            "Make room." if free < LOW_BYTES else "",
        ),
        (
            "All indexes are there.",
            f"Restart Hearth; missing: {', '.join(missing)}" if missing else "",
        ),
        (
            f"Its clock is {away:.1f} s away from ours.",
            "Set both, by NTP." if away > MAX_CLOCK_SECONDS else "",
        ),
    ]


async def _missing_indexes(database: Any) -> list[str]:
    missing = []
    for name, indexes in INDEXES.items():
        there = await database[GRIDFS.get(name, name)].index_information()
        missing += [
            f"{name}.{index.document['name']}"
            for index in indexes
            if index.document["name"] not in there
        ]
    return missing
