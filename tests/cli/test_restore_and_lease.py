"""A restore holds the lease, so that nobody serves or writes what it replaces."""

import asyncio
from pathlib import Path

import pytest
from pymongo import MongoClient

from cli.connect import idle_database
from settings import Settings
from store.database import UNFINISHED
from store.lease.timeouts import LOOK_SECONDS
from tests.command_line import CommandLine
from tests.conftest import Client, Start
from tests.people import Person


async def test_nobody_serves_meanwhile_and_what_comes_late_is_kept_out(
    settings: Settings, client: Client, ann: Person, start: Start, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    operator = CommandLine(settings, capsys)
    await ann.says("general", "one")
    path = tmp_path / "backup.zip"
    await operator.does("backup", path)
    await client.close()
    with MongoClient(settings.mongodb_url) as mongo:  # type: MongoClient[dict[str, object]]
        database = mongo.get_default_database()
        last = database.messages.count_documents({"room": ""})
        async with idle_database(settings) as (_, lease):
            standby = await start()
            async with standby.get("/readyz") as answer:
                assert answer.status == 503
                assert "which replaces the data" in await answer.text()
            said = await operator.refuses("restore --replace", path)
            assert "serves this database. Stop it first" in said
            assert lease.is_held()
            database.meta.insert_one({"_id": UNFINISHED})  # and there it broke off
        await asyncio.sleep(4 * LOOK_SECONDS)
        async with standby.get("/readyz") as answer:
            assert answer.status == 503
        await standby.close()
        await operator.does("restore --replace", path)
        (number,) = database.messages.find({"room": ""})
        assert number["rev"] == last + 1  # of a batch that was on its way
