"""Data of earlier versions is as today's after a start, though one before was killed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from pymongo import MongoClient

from settings import Settings
from store.records import now
from store.secret_hashes import digest
from store.upgrade import _of_session
from tests.conftest import Start
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
