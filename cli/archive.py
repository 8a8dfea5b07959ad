"""The files that verbs write and read: a zip with a manifest of counts and checksums.

A zip, because everybody can open one, because it is written as a stream, and because its
directory stands at the end: what was cut off is no zip.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from cli.progress import Progress
from settings import VERSION
from store.errors import Failed
from store.records import now

MANIFEST = "manifest.json"
PIECE = 256 * 1024  # bytes read at once
LEVEL = 3  # of compression: text shrinks nearly as far as at 6, in half the time


class Entry:
    """A part of an archive: what is written to it is counted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()
        self.count = self.size = 0

    def write(self, piece: bytes | memoryview) -> None:
        """Add a document, a line or a piece of a file."""
        self._file.write(piece)
        self._digest.update(piece)
        self.count, self.size = self.count + 1, self.size + len(piece)

    def seen(self) -> dict[str, Any]:
        """The entry's line in the manifest."""
        return {"count": self.count, "size": self.size, "sha256": self._digest.hexdigest()}


class Writer:
    """An archive that is being written; it has its name only when it is whole."""

    def __init__(self, path: Path, kind: str) -> None:
        self._path, self._draft = path, path.with_name(f"{path.name}.part")
        if path.exists():
            raise Failed(f"There is a {path} already; it was left as it is.")
        self.entries: dict[str, Any] = {}
        self._manifest = {"format": kind, "version": 1, "hearth": VERSION}

    def __enter__(self) -> Self:
        """Begin, readable for nobody else."""
        self._draft.unlink(missing_ok=True)
        self._draft.touch(mode=0o600, exist_ok=False)
        self._file = self._draft.open("wb")
        self._zip = ZipFile(self._file, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """End: whole, or not at all."""
        try:
            if kind is None:
                manifest = {
                    **self._manifest,
                    "made_at": now().isoformat(timespec="seconds"),
                    "entries": self.entries,
                }
                self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._draft.rename(self._path)
        finally:
            self._file.close()
            self._draft.unlink(missing_ok=True)

    @contextmanager
    def entry(self, name: str) -> Iterator[Entry]:
        """Write one part."""
        with self._zip.open(name, "w", force_zip64=True) as file:
            entry = Entry(file)
            yield entry
        self.entries[name] = entry.seen()


class Reader:
    """An archive that is whole: everything in it was read and compared once."""

    def __init__(self, path: Path, kind: str, progress: Progress) -> None:
        try:
            self._zip = ZipFile(path)
            manifest = json.loads(self._zip.read(MANIFEST))
        except (BadZipFile, KeyError, ValueError):
            raise Failed(f"{path} is no {kind}, or was cut off.") from None
        if manifest.get("format") != kind:
            raise Failed(f"{path} is no {kind} but: {manifest.get('format')}.")
        if manifest.get("version") != 1:
            raise Failed(f"{path} was made by a newer Hearth ({manifest.get('hearth')}).")
        self.entries: Mapping[str, Any] = manifest["entries"]
        self.made_at = manifest["made_at"]
        progress.begin("Checking the file:", len(self.entries))
        for name, expected in self.entries.items():
            self._check(name, expected["sha256"])
            progress.step()
        progress.end()

    def close(self) -> None:
        """Let it go."""
        self._zip.close()

    def open(self, name: str) -> IO[bytes]:
        """Read one part."""
        return self._zip.open(name)

    def pieces(self, name: str, size: int = PIECE) -> Iterator[bytes]:
        """The bytes of one part."""
        with self.open(name) as file:
            while piece := file.read(size):
                yield piece

    def _check(self, name: str, expected: str) -> None:
        digest = hashlib.sha256()
        try:
            for piece in self.pieces(name):
                digest.update(piece)
        except (BadZipFile, KeyError, EOFError, zlib.error):
            raise Failed(f"{name} is damaged; nothing was changed.") from None
        if digest.hexdigest() != expected:
            raise Failed(f"{name} is not what the manifest says; nothing was changed.")
