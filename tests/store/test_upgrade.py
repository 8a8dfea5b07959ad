"""Data of earlier versions is as today's after a start, though one before was killed."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from pymongo import MongoClient

from server import create_app
from settings import Settings
from store.errors import CannotStart
from store.lease.timeouts import LOOK_SECONDS
from store.records import now
from store.secret_hashes import digest
from store.upgrade import DATA_VERSION, STEPS, _of_session
from tests.conftest import Start, until_ready
from tests.people import Person

MOMENT = now()
SECRET = "hearth_of-old-that-somebody-still-uses"
USER: dict[str, Any] = {
    "_id": "ann", "display_name": "Ann", "password_hash": "", "role": "owner",
    "disabled": False, "created_at": MOMENT,
}  # fmt: skip
SESSION: dict[str, Any] = {
    "_id": "oldsession", "user": "ann", "created_at": MOMENT, "last_seen_at": MOMENT,
    "expires_at": MOMENT + timedelta(days=30), "user_agent": "Firefox",
    "address": "203.0.113.7",
}  # fmt: skip
TOKEN: dict[str, Any] = {
    "_id": "0123456789ab", "hash": digest(SECRET), "user": "ann", "note": "backup",
    "created_by": "ann", "created_at": MOMENT, "last_used_at": None,
}  # fmt: skip


@pytest.fixture
def database(settings: Settings) -> Iterator[Any]:
    with MongoClient[Any](settings.mongodb_url) as client:
        yield client.get_default_database()


def old_jwt(settings: Settings) -> str:
    """An access token as earlier versions made it."""
    claims = {
        "sub": "ann", "sid": "oldsession", "iat": MOMENT, "exp": SESSION["expires_at"],
        "iss": "hearth",
    }  # fmt: skip
    return jwt.encode(claims, settings.secret, algorithm="HS256")


@pytest.mark.parametrize("killed_after", ["nothing", "the insert", "the session"])
async def test_sessions_and_tokens_of_before_go_on_working(
    start: Start, settings: Settings, database: Any, killed_after: str
) -> None:
    database.users.insert_one(USER)
    database.tokens.insert_one(TOKEN)
    if killed_after != "nothing":
        database.access.insert_one({"_id": SESSION["_id"], **_of_session(SESSION)})
    if killed_after != "the session":
        database.sessions.insert_one(SESSION)
    client = await start()
    browser = Person(client, "ann", old_jwt(settings))
    program = Person(client, "ann", SECRET)
    (session,) = (await browser.does("GET", "/api/sessions"))["sessions"]
    assert (session["id"], session["user_agent"]) == ("oldsession", "Firefox")
    assert session["address"] == "203.0.113.7"
    assert (await program.does("GET", "/api/auth/verify"))["token"]["note"] == "backup"
    assert not {"sessions", "tokens"} & set(database.list_collection_names())
    await browser.does("DELETE", "/api/tokens/0123456789ab", status=204)
    await browser.does("POST", "/api/auth/logout", status=204)
    for person in (browser, program):
        assert await person.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_more_than_one_write_holds_are_moved(start: Start, database: Any) -> None:
    database.sessions.insert_many([{**SESSION, "_id": f"s{n}"} for n in range(2_500)])
    await start()
    assert database.access.count_documents({"kind": "session"}) == 2_500


NEWER = {"_id": DATA_VERSION, "version": len(STEPS) + 1}


async def test_a_start_notes_the_version_of_the_data(start: Start, database: Any) -> None:
    await start()
    assert database.meta.find_one({"_id": DATA_VERSION})["version"] == len(STEPS)


async def test_data_of_a_newer_hearth_are_left_alone(
    settings: Settings, database: Any
) -> None:
    database.meta.insert_one(NEWER)
    with pytest.raises(CannotStart, match="newer Hearth made"):
        await web.AppRunner(create_app(settings)).setup()
    assert list(database.meta.find()) == [NEWER]


async def test_a_server_that_stands_by_keeps_off_what_a_newer_one_has_changed(
    start: Start, settings: Settings, database: Any
) -> None:
    newer, other = await start(), await start(data=settings.data / "other")
    database.meta.replace_one({"_id": DATA_VERSION}, NEWER)
    await newer.close()
    await asyncio.sleep(3 * LOOK_SECONDS)
    async with other.get("/readyz") as answer:
        assert answer.status == 503
    database.meta.replace_one({"_id": DATA_VERSION}, {"version": len(STEPS)})
    await until_ready(other)


async def test_who_went_back_and_comes_again_loses_no_session(
    start: Start, settings: Settings, database: Any
) -> None:
    await (await start()).close()
    database.users.insert_one(USER)
    database.sessions.insert_one(SESSION)  # as the server of before does
    browser = Person(await start(), "ann", old_jwt(settings))
    assert await browser.rooms()


async def test_what_a_first_start_does_to_all_messages_has_time(
    start: Start, database: Any
) -> None:
    """MongoDB gives up what is over its time, and the next attempt would fare no better."""
    database.messages.drop()
    place = {"room": "general", "text": "", "created_at": MOMENT}
    question = {"_id": {"sender": "ann", "id": "1"}, "seq": 1, "rev": 1, **place}
    answer = {"_id": {"sender": "ann", "id": "2"}, "seq": 2, "rev": 2, "reply_to": 1}
    database.messages.insert_many([question, answer | place])
    database.command("profile", 2)
    await start()
    database.command("profile", 0)
    asked = [each["command"] for each in database.system.profile.find()]
    database.system.profile.drop()
    name = database.messages.name
    indexes = [each for each in asked if each.get("createIndexes") == name]
    counts = [each for each in asked if "$merge" in str(each.get("pipeline"))]
    assert indexes
    assert counts
    for each in (*indexes, *counts):
        assert each["maxTimeMS"] > 1_000_000
