"""A data folder that Hearth of 26 November 2026 made is taken over by today's.

`old_folder.zip` is what its server left after an hour of six people, made over its API:
all collections as MongoDB's Extended JSON in its canonical form, with their indexes, the
`secret`, a backup as it wrote them (BSON in a zip), and `people.json`: passwords, keys, and
all that four of them were told at the end. The folder itself is not kept, as MongoDB's
files of a few messages take 32 MB; nothing but its database and the secret was in it. The
people are odd where that was allowed once: a name that ends with a hyphen, a password that
is easily guessed, reactions that are no single emoji.
"""

import asyncio
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from bson import json_util
from pymongo import IndexModel, MongoClient

from settings import Settings
from store.records import now
from store.upgrade import DATA_VERSION, STEPS
from tests.attachments import gets, opened
from tests.command_line import CommandLine
from tests.conftest import Client, Start
from tests.people import SOON, Person, sign_in

FOLDER = Path(__file__).with_name("old_folder.zip")
TIMES = {"last_seen_at", "last_used_at", "expires_at"}
# Deleted messages counted as unread then, and here there are two.
UNREAD = {("ann", "lab"): (7, 5), ("zoe-", "lab"): (6, 4)}


def part(name: str) -> bytes:
    with zipfile.ZipFile(FOLDER) as archive:
        return archive.read(name)


@pytest.fixture(scope="module")
def old() -> Any:
    """What the people had and were told."""
    return json.loads(part("people.json"))


@pytest.fixture
def database(settings: Settings) -> Iterator[Any]:
    with MongoClient[Any](settings.mongodb_url, tz_aware=True) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            database.drop_collection(name)  # with today's indexes
        yield database


@pytest.fixture
def folder(settings: Settings, database: Any) -> None:
    """The old data, as it was when the server stopped."""
    settings.data.mkdir(exist_ok=True)
    (settings.data / "secret").write_bytes(part("secret"))
    for name, indexes in json_util.loads(part("indexes.json")).items():
        lines = part(f"{name}.ndjson").splitlines()
        collection = database.create_collection(name)
        if lines:
            collection.insert_many([json_util.loads(line) for line in lines])
        for index in indexes:
            if index["name"] != "_id_":
                collection.create_indexes([IndexModel(index.pop("key"), **index)])
    # Invites last for a year at most; this one shall let people in for longer.
    later = {"$set": {"expires_at": now() + timedelta(days=30)}}
    assert database.invites.update_many({}, later).modified_count == 1


@pytest.fixture
async def client(folder: None, start: Start) -> Client:
    return await start(secret="", registration="invite")


def person(client: Client, old: Any, name: str) -> Person:
    """Somebody by the session that they had."""
    return Person(client, name, old["sessions"][name])


def missing(was: Any, found: Any, at: str = "") -> list[str]:
    """Where somebody is no longer told what they were; what is told beside it is new."""
    if isinstance(was, dict) and isinstance(found, dict):
        kept = [key for key in was if key not in TIMES]
        return [
            each
            for key in kept
            for each in missing(was[key], found.get(key), f"{at}/{key}")
        ]
    if isinstance(was, list) and isinstance(found, list) and len(was) == len(found):
        pairs = enumerate(zip(was, found, strict=True))
        return [each for n, pair in pairs for each in missing(*pair, f"{at}/{n}")]
    return [] if was == found else [f"{at}: {was!r}, now {found!r}"]


def without_the_deleted(told: Any, name: str) -> Any:
    """What is told since deleted messages no longer count as unread."""
    if isinstance(told, list):
        return [without_the_deleted(each, name) for each in told]
    if not isinstance(told, dict):
        return told
    told = {key: without_the_deleted(value, name) for key, value in told.items()}
    before, after = UNREAD.get((name, told.get("name")), (None, None))
    return {**told, "unread": after} if "unread" in told and before else told


async def indexed(person: Person) -> None:
    async with asyncio.timeout(SOON):
        while "indexed" in await person.does("GET", "/api/search?q=x"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def assert_told(person: Person, told: Any) -> None:
    """Ask again for everything that somebody was told."""
    await indexed(person)
    told = without_the_deleted(told, person.name)
    async with person.listening() as inbox:
        assert missing(told["welcome"], inbox.welcome) == []
    for path in told.keys() - {"welcome"}:
        assert missing(told[path], await person.does("GET", path)) == [], path


async def test_everybody_is_told_what_they_were_told_before(
    client: Client, start: Start, old: Any
) -> None:
    for name, told in old["told"].items():
        await assert_told(person(client, old, name), told)
    await client.close()
    again = await start(secret="")
    for name, told in old["told"].items():
        await assert_told(person(again, old, name), told)


async def test_all_ways_in_still_lead_in_and_no_others(client: Client, old: Any) -> None:
    for name in old["passwords"].keys() - {"dan"}:
        status, _ = await sign_in(client, name, old["passwords"][name])
        assert status == 200
    form = {"name": "dan", "password": old["passwords"]["dan"]}
    async with client.post("/api/auth/token", json=form) as answer:
        assert answer.status == 401  # An admin disabled his account.
    for name, token in old["tokens"].items():
        program = Person(client, name, token)
        assert (await program.does("GET", "/api/auth/verify"))["user"]["name"] == name
    for way in ("ended_session", "ended_token"):
        nobody = Person(client, "nobody", old[way])
        assert await nobody.refused("GET", "/api/rooms") == (401, "unauthenticated")
    async with client.post(old["hook"], json={"text": "the *disk* has room"}) as answer:
        assert answer.status == 200
    async with client.post(old["ended_hook"], json={"text": "hello"}) as answer:
        assert answer.status == 404
    newcomer = {"name": "fay", "password": "a new horse battery", "invite": old["invite"]}
    async with client.post("/api/auth/register", json=newcomer) as answer:
        assert answer.status == 201
    async with client.get(f"/api/join/{old['ended_invite']}") as answer:
        assert answer.status == 404
    last = (await person(client, old, "ben").page("vault"))[-1]
    assert last["via"]["name"] == "Alerts"


async def test_files_pictures_and_avatars_are_there(client: Client, old: Any) -> None:
    ann = person(client, old, "ann")
    await indexed(ann)
    found = await ann.does("GET", "/api/search?q=has:file")
    files = {file["name"]: file for each in found["messages"] for file in each["files"]}
    content = {name: (await gets(ann, files[name]["path"]))[1] for name in files}
    assert content["report.txt"] == b"a report\n" * 20
    assert content["big.bin"] == bytes(range(256)) * 1200
    assert opened(content["slope.png"]).size == (640, 400)
    answer, preview = await gets(ann, files["slope.png"]["preview"])
    assert (answer.content_type, opened(preview).format) == ("image/webp", "WEBP")
    _, avatar = await gets(ann, "/api/users/ben/avatar")
    assert opened(avatar).size == (256, 256)


async def test_what_is_no_longer_used_is_gone(client: Client, database: Any) -> None:
    left = set(database.list_collection_names())
    assert not left & {"sessions", "tokens", "postings"}
    indexes = set(database.messages.index_information())
    assert {"room_1_seq_1", "room_1_rev_1"} <= indexes
    assert not indexes & {"serial_1", "revised_1"}
    assert database.meta.find_one({"_id": "serials"}) is None
    assert database.meta.find_one({"_id": DATA_VERSION})["version"] == len(STEPS)


async def test_what_was_said_before_can_be_changed_and_answered(
    client: Client, old: Any
) -> None:
    ann, ben, zoe = (person(client, old, name) for name in ("ann", "ben", "zoe-"))
    retry = await ann.says("general", "Welcome again", id="welcome")
    assert (retry["seq"], retry["text"][:7]) == (1, "Welcome")
    first = (await ann.page("lab", "?limit=1&after=0"))[0]
    assert set(first["reactions"]) == {"👍", "❤", "❤️", "👍👍"}
    for who, emoji in ((ann, "❤"), (ben, "❤️"), (ben, "👍👍")):
        path = f"/api/rooms/lab/messages/1/reactions/{quote(emoji)}"
        first = await who.does("DELETE", path)
    assert set(first["reactions"]) == {"👍"}
    await ann.does("PATCH", "/api/rooms/lab/messages/3", {"text": "a zeppelin after all"})
    await ann.says("lab", "one more answer", reply_to=3)
    (answered,) = (await ann.does("GET", "/api/search?q=zeppelin"))["messages"]
    assert (answered["seq"], answered["answers"]) == (3, 3)
    answers = await ann.does("GET", "/api/rooms/lab/messages/3/answers")
    assert [each["text"] for each in answers["messages"]][:2] == [
        "an answer", "another answer",
    ]  # fmt: skip
    await zoe.does("DELETE", "/api/rooms/lab/messages/2")
    assert await ann.refused("POST", "/api/rooms", {"name": "cellar"}) == (409, "conflict")
    await ann.does("PUT", "/api/rooms/ann~zoe-", status=201)
    await ann.does("PUT", "/api/rooms/vault/members/zoe-", status=201)
    await ann.does("PUT", "/api/rooms/lab/read", {"seq": 45})


async def test_clients_that_were_connected_before_resume(
    client: Client, old: Any, database: Any
) -> None:
    epoch = database.meta.find_one({"_id": "epoch"})["value"]
    ann = person(client, old, "ann")
    page = old["told"]["ann"]["/api/rooms/lab/changes?since=0&limit=200"]
    inbox = await ann.connect(epoch=epoch, cursors={"lab": page["rev"] - 4})
    heard = await inbox.until_pong("message", "reset")
    assert [each["rev"] for each in heard] == [
        each["rev"] for each in page["messages"] if each["rev"] > page["rev"] - 4
    ]
    await inbox.socket.close()


async def test_keys_of_before_end_when_their_account_is_enabled_again(
    client: Client, old: Any
) -> None:
    ann = person(client, old, "ann")
    await ann.does("PATCH", "/api/users/dan", {"disabled": False})
    dan = Person(client, "dan", old["ended_token"])
    assert await dan.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_a_backup_of_before_comes_back(
    start: Start, settings: Settings, database: Any, old: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "backup.zip").write_bytes(part("backup.zip"))
    operator = CommandLine(settings, capsys)
    await operator.does("restore", tmp_path / "backup.zip")
    later = {"$set": {"expires_at": now() + timedelta(days=30)}}
    database.invites.update_many({}, later)
    client = await start()
    for name, told in old["told"].items():
        _, answer = await sign_in(client, name, old["passwords"][name])
        mine = {"/api/auth/verify", "/api/sessions", "/api/invites"}
        kept = {path: told[path] for path in told.keys() - mine}
        await assert_told(Person(client, name, answer["access_token"]), kept)
    for name, token in old["tokens"].items():
        assert await Person(client, name, token).rooms()
    async with client.post(old["hook"], json={"text": "hello"}) as posted:
        assert posted.status == 200
    assert not {"tokens", "postings"} & set(database.list_collection_names())
