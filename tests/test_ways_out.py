"""What Hearth says at its start, and to proxies, so that somebody can mend it."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from pymongo import MongoClient

from server import create_app
from settings import Settings
from store.errors import CannotStart
from tests.conftest import Client
from tests.people import problem
from tests.replicas import standalone


async def said_at_start(settings: Settings, caplog: pytest.LogCaptureFixture) -> str:
    runner = web.AppRunner(create_app(settings))
    with caplog.at_level(logging.WARNING):
        await runner.setup()
        await runner.cleanup()
    return caplog.text


async def test_a_standalone_and_a_version_without_updates_are_named_at_the_start(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with standalone(tmp_path / "alone", unused_port()) as url:
        said = await said_at_start(replace(settings, mongodb_url=url), caplog)
    assert "This MongoDB is a standalone" in said
    assert "gets no updates since July 2025. Install MongoDB 8.0" in said


async def test_a_database_that_is_away_is_named_with_the_reason(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"mongodb://ann:secret@127.0.0.1:{unused_port()}/hearth"
    said = await said_at_start(replace(settings, mongodb_url=url), caplog)
    assert "127.0.0.1" in said
    assert "Connection refused)" in said
    assert "secret" not in said


async def test_a_socket_without_an_upgrade_is_told_what_the_proxy_lacks(
    client: Client,
) -> None:
    async with client.get("/api/socket") as answer:
        assert await problem(answer) == (400, "invalid")
        assert "pass Upgrade and Connection on" in (await answer.json())["detail"]


async def test_a_proxy_that_is_not_believed_is_named_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        async with client.get("/api/config", headers={"X-Forwarded-For": "6.6.6.6"}):
            await asyncio.sleep(0)
    assert caplog.text.count("set HEARTH_TRUSTED_PROXIES to it") == 1


async def test_no_server_starts_on_half_a_restore(settings: Settings) -> None:
    with MongoClient[Any](settings.mongodb_url) as mongo:
        mongo.get_default_database().meta.insert_one({"_id": "unfinished"})
    with pytest.raises(CannotStart, match="--replace"):
        await web.AppRunner(create_app(settings)).setup()
