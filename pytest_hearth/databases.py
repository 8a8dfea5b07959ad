"""Databases for tests: one real mongod for all, and an empty database for each app."""

import asyncio
import os
import secrets
import shutil
import threading
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from store.database import GRIDFS
from store.indexes import INDEXES
from store.mongod import process

DATABASES_AHEAD = 3  # databases that are made before anybody asks


class Databases:
    """Hands out databases, and takes them back.

    To make the files of a database takes far longer than to start an app. So some are made
    ahead, and one that is given back is emptied and handed out again.
    `HEARTH_TEST_MONGODB_URL` names another server to have them on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._loop = folder, asyncio.new_event_loop()
        self._mongod: process.Embedded | None = None
        self.url = os.environ.get("HEARTH_TEST_MONGODB_URL", "")
        if not self.url:
            self._mongod = self._loop.run_until_complete(process.start(folder))
            self.url = self._mongod.url
        self._mongo = MongoClient[Any](self.url)
        self._clean: list[str] = []
        self._making: threading.Thread | None = None

    def take(self) -> str:
        """The URL of an empty database."""
        name = self._clean.pop() if self._clean else _new_name()
        before, _, options = self.url.partition("?")
        return f"{before.rstrip('/')}/{name}?{options}"

    def give_back(self, url: str) -> None:
        """Empty a database, for the next."""
        name = url.partition("?")[0].rpartition("/")[2]
        database = self._mongo[name]
        for collection in database.list_collection_names():
            database[collection].delete_many({})
        self._clean.append(name)

    def make_some(self) -> None:
        """Make some ahead, behind the scenes; the first app should not wait for it."""
        if self._making is None:
            self._making = threading.Thread(target=self._make, daemon=True)
            self._making.start()

    def wait(self) -> None:
        """Wait until those are made."""
        if self._making:
            self._making.join()

    def close(self) -> None:
        """Stop the server, or leave another's as it was."""
        self.wait()
        if self._mongod is None:
            for name in self._clean:
                self._mongo.drop_database(name)
        self._mongo.close()
        if self._mongod:
            self._loop.run_until_complete(self._mongod.stop())
            shutil.rmtree(self._folder, ignore_errors=True)  # 300 MB that nobody needs
        self._loop.close()

    def _make(self) -> None:
        for _ in range(DATABASES_AHEAD):
            name = _new_name()
            for ours, indexes in INDEXES.items():
                self._mongo[name][GRIDFS.get(ours, ours)].create_indexes(indexes)
            self._clean.append(name)


def _new_name() -> str:
    return f"test_{secrets.token_hex(6)}"
