"""Backups and pushes: devices end with their sessions, and the key stays."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from handlers.services import SERVICES
from server import create_app
from settings import Settings
from tests.cli.test_backup import parts_of
from tests.command_line import CommandLine
from tests.conftest import Client
from tests.people import Person


@pytest.fixture
def operator(settings: Settings, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(settings, capsys)


async def test_a_backup_has_the_key_of_pushes_but_no_device_and_an_export_neither(
    client: Client, ann: Person, operator: CommandLine, settings: Settings, tmp_path: Path
) -> None:
    (session,) = (await ann.does("GET", "/api/sessions"))["sessions"]
    key = (await ann.does("GET", "/api/notifications"))["key"]
    await client.app[SERVICES].db.push.insert_one(  # type: ignore[index]
        {"_id": "phone", "user": "ann", "session": session["id"], "endpoint": "https://a"}
    )
    await operator.does("backup", tmp_path / "backup.zip")
    await operator.does("export", tmp_path / "export.zip")
    backup, export = (parts_of(tmp_path / f"{name}.zip") for name in ("backup", "export"))
    assert b'"vapid"' in backup["meta.ndjson"]
    assert "push.ndjson" not in backup
    assert not {"push.ndjson", "meta.ndjson"} & export.keys()
    await client.close()
    await operator.does("restore --replace", tmp_path / "backup.zip")
    async with TestClient(TestServer(create_app(settings))) as again:
        assert again.app is not None
        assert again.app[SERVICES].delivery.public_key == key
        assert await again.app[SERVICES].db.push.count_documents({}) == 0
