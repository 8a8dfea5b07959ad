"""The zip of a Slack export: lists, days of conversations, and files if there are any.

For each conversation there is a folder with a file of JSON for each day.
"""

import re
import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec

from cli.slack_messages import Said
from handlers.slack.words import objects
from store.errors import Failed

PEOPLE = ("users.json", "org_users.json")
MAX_JSON_BYTES = 256 * 1024 * 1024  # of one file: a day of one conversation
_DAY = re.compile(r"(?:.*/)?([^/]+)/\d{4}-\d\d-\d\d\.json")
# Slack puts no files into its zip; here the tools that fetch them put them.
_FILE = re.compile(r"(?:.*/)?(?:__uploads/([A-Za-z0-9]+)/|attachments/(F[A-Z0-9]+)-)[^/]+")


class SlackZip:
    """Days by folder, and files by Slack's ids; `leave` hears what is broken."""

    def __init__(self, path: Path, leave: Callable[[str], None]) -> None:
        try:
            self._zip = ZipFile(path)
        except BadZipFile:
            raise Failed(f"{path} is no zip, or was cut off.") from None
        self._leave = leave
        self.days: dict[str, list[str]] = {}
        self.files: dict[str, str] = {}
        names = self._zip.namelist()
        for name in sorted(names):
            if found := _DAY.fullmatch(name):
                self.days.setdefault(found[1], []).append(name)
            elif found := _FILE.fullmatch(name):
                self.files[found[1] or found[2]] = name
        lists = [name for name in names if name.rpartition("/")[2] in PEOPLE]
        if not lists:
            raise Failed(f"{path} has no users.json; it is no export of Slack.")
        self._root = min(lists, key=len).rpartition("/")[0]
        self.open, self.close = self._zip.open, self._zip.close

    def size(self, name: str) -> int:
        """The bytes of a file."""
        return self._zip.getinfo(name).file_size

    def named(self, name: str) -> list[Said]:
        """The objects of a list at the top; none if it is not there."""
        return self.objects(f"{self._root}/{name}".lstrip("/"))

    def objects(self, name: str) -> list[Said]:
        """The objects of a file; none if it is not there, or broken."""
        try:
            if self.size(name) <= MAX_JSON_BYTES:
                return objects(msgspec.json.decode(self._zip.read(name)))
        except KeyError:
            return []
        except (ValueError, BadZipFile, zlib.error, RecursionError):
            pass
        self._leave(f"file that is broken: {name}")
        return []
