"""Archives: zips of lines of JSON, one file for each collection, with a manifest.

A zip, because everybody can open one, because it is written as a stream, and because its
directory stands at the end: what was cut off is no zip.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol, Self
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from cli.progress import Progress
from cli.snapshot import from_bson, from_line
from settings import VERSION
from store.errors import Failed
from store.records import now

FORMAT = "hearth archive"
OLD_FORMAT = "hearth backup"  # of Hearth 0.1: a BSON file for each collection
FORMATS = {FORMAT: 1, OLD_FORMAT: 1}  # and the versions that are understood
NO_ARCHIVE = "{} is no archive of Hearth, or was cut off."
MANIFEST = "manifest.json"
SUFFIX, OLD_SUFFIX = ".ndjson", ".bson"
MAX_LINE_BYTES = 24 * 1024 * 1024  # a document has at most 16 MB, and its bytes grow here
PIECE_BYTES = 256 * 1024
MAX_MANIFEST_BYTES = 1024 * 1024
COMPRESSION_LEVEL = 3  # text shrinks nearly as far as at 6, in half the time


class Writer:
    """An archive that is being written; it has its name only when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._draft = path, path.with_name(f"{path.name}.part")
        if path.exists():
            raise Failed(f"There is a {path} already; it was left as it is.")
        self.entries: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Begin, readable for nobody else."""
        self._draft.unlink(missing_ok=True)
        self._draft.touch(mode=0o600, exist_ok=False)
        self._file = self._draft.open("wb")
        self._zip = ZipFile(self._file, "w", ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """End: whole, or not at all."""
        try:
            if kind is None:
                manifest = {
                    "format": FORMAT,
                    "version": FORMATS[FORMAT],
                    "hearth": VERSION,
                    "made_at": now().isoformat(timespec="seconds"),
                    "entries": self.entries,
                }
                self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._draft.rename(self._path)
        finally:
            with suppress(OSError, ValueError):
                self._zip.close()  # It would try again when it is collected.
            self._file.close()
            self._draft.unlink(missing_ok=True)

    @contextmanager
    def collection(self, name: str) -> Iterator["Digest"]:
        """Write the lines of one collection."""
        with self._zip.open(name + SUFFIX, "w", force_zip64=True) as file:
            digest = Digest(file)
            yield digest
        self.entries[name] = {"count": digest.count, "sha256": digest.hexdigest()}


class Digest:
    """Lines on their way: counted, and in one SHA-256."""

    def __init__(self, file: IO[bytes] | None = None) -> None:
        self._file, self._hash, self.count = file, hashlib.sha256(), 0

    def add(self, line: bytes) -> None:
        """One more line; into the file, if there is one."""
        if self._file:
            self._file.write(line)
        self._hash.update(line)
        self.count += 1

    def hexdigest(self) -> str:
        """The SHA-256 of all of them."""
        return self._hash.hexdigest()


class Source(Protocol):
    """An archive, whatever it is read from."""

    entries: Mapping[str, Any]

    def documents(self, name: str) -> Generator[dict[str, Any]]:
        """The documents of a collection, in the order of `_id`."""


class Reader:
    """An archive that is whole: everything in it was read and compared once."""

    def __init__(self, path: Path, progress: Progress) -> None:
        try:
            self._zip = ZipFile(path)
        except BadZipFile:
            raise Failed(NO_ARCHIVE.format(path)) from None
        try:
            self._check(path, progress)
        except BaseException:
            self.close()
            raise

    def _check(self, path: Path, progress: Progress) -> None:
        try:
            if self._zip.getinfo(MANIFEST).file_size > MAX_MANIFEST_BYTES:
                raise Failed(f"The manifest of {path} is too large.")
            manifest = json.loads(self._zip.read(MANIFEST))
        except (BadZipFile, KeyError, ValueError, RecursionError, zlib.error):
            raise Failed(NO_ARCHIVE.format(path)) from None
        _require_known(path, manifest)
        self._suffix = OLD_SUFFIX if manifest["format"] == OLD_FORMAT else SUFFIX
        self.entries: Mapping[str, Any] = {
            name.removesuffix(OLD_SUFFIX): entry
            for name, entry in manifest["entries"].items()
        }
        self.made_at = manifest["made_at"]
        expected = sorted([MANIFEST, *(name + self._suffix for name in self.entries)])
        if sorted(self._zip.namelist()) != expected:
            raise Failed(f"{path} has other files than its manifest says.")
        progress.begin("Checking the file:", len(self.entries))
        for name, entry in self.entries.items():
            if self._digest(name) != entry["sha256"]:
                raise Failed(f"{name} is not what the manifest says; nothing was changed.")
            progress.step()
        progress.end()

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def documents(self, name: str) -> Generator[dict[str, Any]]:
        """The documents of a collection.

        Raises:
            Failed: through the iterator, if it is damaged.
        """
        with self._open(name) as file:
            if self._suffix == OLD_SUFFIX:
                yield from from_bson(file)
                return
            while line := file.readline(MAX_LINE_BYTES):
                yield from_line(line)

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._open(name) as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
        return digest.hexdigest()

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name + self._suffix) as file:
                yield file
        except (BadZipFile, KeyError, EOFError, zlib.error, NotImplementedError):
            raise Failed(f"{name} is damaged; nothing was changed.") from None


def _require_known(path: Path, manifest: Any) -> None:
    """Refuse what is no archive of ours, or of a Hearth that we are not.

    Raises:
        Failed: with what to do instead.
    """
    known = manifest.get("format") if isinstance(manifest, dict) else None
    if known == "hearth export":
        raise Failed(
            f"{path} is an export of Hearth 0.1, whose format has gone. Import it with "
            "that version, start this one on the same data, and export it again."
        )
    if known not in {FORMAT, OLD_FORMAT}:
        raise Failed(f"{path} is no archive of Hearth.")
    if manifest.get("version") != FORMATS[known]:
        raise Failed(f"{path} was made by a newer Hearth ({manifest.get('hearth')}).")
    entries = manifest.get("entries")
    is_whole = isinstance(entries, dict) and all(
        isinstance(entry, dict) and {"count", "sha256"} <= entry.keys()
        for entry in entries.values()
    )
    if not is_whole or "made_at" not in manifest:
        raise Failed(f"The manifest of {path} is not understood.")
