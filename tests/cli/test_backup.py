"""Backups and exports: what people are told before, they are told after."""

import hashlib
import json
import shutil
import stat
import warnings
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import bson
import pytest
from aiohttp import web
from pymongo import MongoClient

from handlers.services import SERVICES
from settings import Settings
from store.upgrade import DATA_VERSION
from tests.attachments import picture, uploads
from tests.command_line import CommandLine, answers
from tests.conftest import Client, Start, until_ready
from tests.handlers.accounts.test_avatars import put
from tests.people import PASSWORD, Json, Person, sign_in

CONTENT = bytes(range(256)) * 2000  # two chunks


@pytest.fixture
def operator(settings: Settings, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(settings, capsys)


@pytest.fixture
def mongo(settings: Settings) -> Any:
    with MongoClient[Any](settings.mongodb_url) as mongo:
        yield mongo.get_default_database()


async def a_life(ann: Person, ben: Person, cat: Person) -> None:
    """A bit of everything that people do."""
    await ann.makes("attic", "private", "ben")
    await ann.makes("cellar")
    await ann.does("PATCH", "/api/rooms/attic", {"title": "Under the roof", "topic": "Ü"})
    await ann.does("PUT", "/api/rooms/ann~ben", status=201)
    for n in range(45):
        await (ann, ben)[n % 2].says("attic", f"*{n}* @ben", id=f"n{n}")
    await ben.says("ann~ben", "only between us", reply_to=None)
    await cat.says("general", "hello @all <b>\u2028 \U0001f44b", id="hello")
    await ann.says("general", "hi", reply_to=1)
    async with ben.listening() as inbox:
        for join in (True, False):
            call = {"type": "call", "id": f"call-{join}", "room": "attic", "join": join}
            await inbox.say(call)
            await inbox.next("ok", id=call["id"])
    await ann.does("PUT", "/api/rooms/attic/messages/1/reactions/\U0001f44d")
    await ben.does("PUT", "/api/rooms/attic/messages/1/reactions/\U0001f44d")
    await ann.does("PATCH", "/api/rooms/attic/messages/3", {"text": "rather so"})
    await ben.does("DELETE", "/api/rooms/attic/messages/2")
    await ben.does("PUT", "/api/rooms/attic/read", {"seq": 40})
    await ben.does("PUT", "/api/rooms/attic/favorite")
    await cat.does("PUT", "/api/rooms/general/notify", {"notify": "mentions"})
    await cat.does("PUT", "/api/rooms/cellar/members/me")
    await cat.says("cellar", "soon gone")
    await ann.does("DELETE", "/api/rooms/cellar")
    for content, name in ((CONTENT, "plan.bin"), (picture(), "view.png")):
        file = await uploads(ann, "attic", content, name)
        await ann.says("attic", "look", files=[file["id"]])
    assert (await put(ben, picture()))[0] == 200
    await ann.does("POST", "/api/rooms/attic/hooks", {}, status=201)
    await ann.does("POST", "/api/invites", {"uses": 3, "note": "for Dan"})
    await ben.does("PATCH", "/api/users/me", {"display_name": "Ben B."})
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})


async def back_again(client: Client, *people: Person) -> list[Person]:
    """The same people, who sign in anew."""
    found = []
    for person in people:
        status, answer = await sign_in(client, person.name)
        assert status == 200, answer
        found.append(Person(client, person.name, answer["access_token"]))
    return found


async def told(
    app: web.Application, people: list[Person], *, but: Collection[str] = ()
) -> Json:
    """What people are told, once it stays as it is and is stored: as a backup finds it."""
    before: Json = {}
    # On a busy machine, a mark may still be on its way to those that are stored next.
    while (now := await answers(people, but=but)) != before:
        await app[SERVICES].read_marks.flush()
        before = now
    return before


async def test_all_answers_are_the_same_after_a_restore(
    start: Start, client: Client, app: web.Application,
    ann: Person, ben: Person, cat: Person, operator: CommandLine,
    mongo: Any, tmp_path: Path,
) -> None:  # fmt: skip
    await a_life(ann, ben, cat)
    before = await told(app, [ann, ben, cat])
    path = tmp_path / "backup.zip"
    assert "documents" in await operator.does("backup", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await client.close()
    mongo.client.drop_database(mongo.name)
    said = await operator.does("restore", path)
    assert "all counts and checksums agree" in said
    people = await back_again(await until_ready(await start()), ann, ben, cat)
    assert await answers(people) == before
    assert await people[0].refused("POST", "/api/rooms", {"name": "cellar"}) == (
        409, "conflict",
    )  # fmt: skip
    retry = await people[2].says("general", "hello again", id="hello")
    assert retry["seq"] == 1


async def test_all_answers_are_the_same_after_an_import(
    start: Start, client: Client, app: web.Application,
    ann: Person, ben: Person, cat: Person, operator: CommandLine,
    mongo: Any, tmp_path: Path,
) -> None:  # fmt: skip
    await a_life(ann, ben, cat)
    no_ways_in = {"/api/invites"}
    before = await told(app, [ann, ben, cat], but=no_ways_in)
    path = tmp_path / "export.zip"
    await operator.does("export", path)
    await client.close()
    mongo.client.drop_database(mongo.name)
    assert "every room and file agrees" in await operator.does("import --with-roles", path)
    assert mongo.users.distinct("password_hash") == [""]
    for person in (ann, ben, cat):
        await operator.does("user passwd", person.name, typed=PASSWORD)
    people = await back_again(await until_ready(await start()), ann, ben, cat)
    assert await answers(people, but=no_ways_in) == before


@pytest.mark.parametrize("verb", ["restore --replace", "import --replace"])
async def test_nothing_is_replaced_while_a_server_elsewhere_works_on_it(
    client: Client, ann: Person, operator: CommandLine, tmp_path: Path, verb: str
) -> None:
    await ann.says("general", "one")
    path = tmp_path / "backup.zip"
    await operator.does("backup" if "restore" in verb else "export", path)
    said = await operator.refuses(verb, path)
    assert "serves this database. Stop it first" in said
    assert [each["text"] for each in await ann.page("general")] == ["one"]


async def test_an_export_is_lines_of_json_without_a_way_in(
    ann: Person, ben: Person, operator: CommandLine, tmp_path: Path
) -> None:
    await ben.says("general", "hello", id="hello")
    await ann.does("POST", "/api/invites", {"note": "for Dan"}, status=201)
    await operator.does("export", tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        everything = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "password" not in str(everything)
    assert "invites.ndjson" not in everything
    (line,) = map(json.loads, everything["messages.ndjson"].splitlines())
    assert line["_id"] == {"sender": "ben", "id": "hello"}
    assert {"room": "general", "seq": 1, "rev": 1}.items() <= line.items()
    assert json.loads(everything["manifest.json"])["entries"]["messages"]["count"] == 1


async def test_an_empty_database_makes_no_backup(
    client: Client, operator: CommandLine, tmp_path: Path
) -> None:
    assert "no people" in await operator.refuses("backup", tmp_path / "backup.zip")
    assert not list(tmp_path.glob("backup*"))


async def test_a_database_with_people_is_not_overwritten(
    client: Client, ann: Person, operator: CommandLine, tmp_path: Path, mongo: Any
) -> None:
    await ann.says("general", "one")
    paths = {"backup": tmp_path / "backup.zip", "export": tmp_path / "export.zip"}
    for verb, path in paths.items():
        await operator.does(verb, path)
        assert "already" in await operator.refuses(verb, path)
    await client.close()
    for verb, path in (("restore", paths["backup"]), ("import", paths["export"])):
        assert "--replace" in await operator.refuses(verb, path)
        mongo.messages.insert_one({"_id": "later", "room": "x", "seq": 1, "rev": 1})
        await operator.does(f"{verb} --replace", path)
        assert mongo.messages.count_documents({"room": {"$gt": ""}}) == 1


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, parts: Iterable[tuple[str, bytes]]) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # a name that is there twice
        for name, content in parts:
            archive.writestr(name, content)


def signed(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The same parts with a manifest that agrees with them, as a forger would make it."""
    manifest = json.loads(parts["manifest.json"])
    manifest["entries"] = {
        name.removesuffix(".ndjson"): {
            "count": content.count(b"\n"),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in parts.items()
        if name != "manifest.json"
    }
    return {**parts, "manifest.json": json.dumps(manifest).encode()}


def change(path: Path) -> None:
    parts = parts_of(path)
    parts["users.ndjson"] = parts["users.ndjson"].replace(b"member", b"owner!")
    write(path, parts.items())


def add_path(path: Path) -> None:
    write(path, [*parts_of(path).items(), ("../../etc/cron.d/x", b"x")])


def double(path: Path) -> None:
    parts = parts_of(path)
    write(path, [*parts.items(), ("users.ndjson", parts["users.ndjson"])])


def flip(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("users.ndjson").header_offset + 80
    content = bytearray(path.read_bytes())
    content[at] ^= 255
    path.write_bytes(content)


async def test_a_damaged_backup_changes_nothing(
    client: Client, ben: Person, operator: CommandLine, tmp_path: Path, mongo: Any
) -> None:
    await operator.does("backup", tmp_path / "whole.zip")
    await client.close()
    users = list(mongo.users.find())
    for damage, reason in (
        (cut, "cut off"), (change, "manifest"), (flip, "damaged"),
        (add_path, "other files"), (double, "other files"),
    ):  # fmt: skip
        shutil.copy(tmp_path / "whole.zip", tmp_path / "backup.zip")
        damage(tmp_path / "backup.zip")
        for verb in ("restore", "import"):
            said = await operator.refuses(f"{verb} --replace", tmp_path / "backup.zip")
            assert reason in said
    assert list(mongo.users.find()) == users


def with_line(parts: dict[str, bytes], name: str, **changes: Any) -> dict[str, bytes]:
    """The parts with the last line of one changed; a field of None is taken out."""
    *lines, last = parts[f"{name}.ndjson"].splitlines()
    changed = {**json.loads(last), **changes}
    kept = {field: value for field, value in changed.items() if value is not None}
    lines.append(json.dumps(kept).encode())
    return {**parts, f"{name}.ndjson": b"\n".join(lines) + b"\n"}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("users", {"_id": "../x"}),
        ("users", {"_id": {"$ne": 1}}),
        ("users", {"role": "root"}),
        ("users", {"created_at": "now"}),
        ("rooms", {"_id": "a/b"}),
        ("rooms", {"kind": "secret"}),
        ("members", {"role": "god"}),
        ("members", {"read": -1}),
        ("messages", {"seq": 0}),
        ("messages", {"rev": "1"}),
        ("messages", {"text": "x" * 100_001}),
        ("messages", {"text": None}),
        ("messages", {"reply_to": -5}),
        ("messages", {"reactions": [{"emoji": "x", "users": ["<b>"]}]}),
    ],
    ids=str,
)
async def test_what_the_api_could_not_have_said_does_not_come_in(
    client: Client, ben: Person, operator: CommandLine, tmp_path: Path, mongo: Any,
    name: str, changes: dict[str, Any],
) -> None:  # fmt: skip
    await ben.says("general", "hello")
    await operator.does("export", tmp_path / "export.zip")
    await client.close()
    before = {each: list(mongo[each].find()) for each in ("users", "rooms", "messages")}
    parts = signed(with_line(parts_of(tmp_path / "export.zip"), name, **changes))
    write(tmp_path / "forged.zip", parts.items())
    await operator.refuses("import --replace", tmp_path / "forged.zip")
    assert {each: list(mongo[each].find()) for each in before} == before


async def test_a_backup_of_a_newer_hearth_changes_nothing(
    client: Client, ben: Person, operator: CommandLine, tmp_path: Path, mongo: Any
) -> None:
    await operator.does("backup", tmp_path / "backup.zip")
    await client.close()
    but_lease = {"_id": {"$ne": "lease"}}
    before = list(mongo.meta.find(but_lease))
    parts = parts_of(tmp_path / "backup.zip")
    lines = [json.loads(line) for line in parts["meta.ndjson"].splitlines()]
    newer = [
        each | {"version": 99} if each["_id"] == DATA_VERSION else each for each in lines
    ]
    parts["meta.ndjson"] = "".join(f"{json.dumps(each)}\n" for each in newer).encode()
    write(tmp_path / "newer.zip", signed(parts).items())
    said = await operator.refuses("restore --replace", tmp_path / "newer.zip")
    assert "version 99" in said
    assert list(mongo.meta.find(but_lease)) == before


async def test_two_messages_with_one_number_change_nothing(
    client: Client, ben: Person, operator: CommandLine, tmp_path: Path, mongo: Any
) -> None:
    await ben.says("general", "one", id="a")
    await ben.says("general", "two", id="b")
    await operator.does("export", tmp_path / "export.zip")
    await client.close()
    parts = signed(with_line(parts_of(tmp_path / "export.zip"), "messages", seq=1))
    write(tmp_path / "forged.zip", parts.items())
    for verb in ("restore", "import"):
        said = await operator.refuses(f"{verb} --replace", tmp_path / "forged.zip")
        assert "twice" in said
    assert mongo.messages.count_documents({"room": "general"}) == 2


async def test_an_import_brings_neither_html_nor_roles_nor_passwords(
    start: Start, client: Client, ann: Person, operator: CommandLine,
    tmp_path: Path, mongo: Any,
) -> None:  # fmt: skip
    await ann.says("general", "*hello* @ann")
    await operator.does("backup", tmp_path / "backup.zip")
    await client.close()
    parts = with_line(
        parts_of(tmp_path / "backup.zip"), "messages", html="<script>alert(1)</script>"
    )
    write(tmp_path / "forged.zip", signed(parts).items())
    await operator.does("import --replace", tmp_path / "forged.zip")
    (message,) = mongo.messages.find({"room": {"$gt": ""}})
    assert message["html"].startswith("<p><em>hello</em>")
    assert message["mentions"] == ["ann"]
    (user,) = mongo.users.find()
    assert (user["role"], user["password_hash"]) == ("member", "")
    assert "founder" not in user


async def test_a_backup_of_hearth_0_1_comes_back(
    client: Client, ann: Person, operator: CommandLine, tmp_path: Path, mongo: Any
) -> None:
    await ann.says("general", "hello")
    await operator.does("backup", tmp_path / "backup.zip")
    await client.close()
    parts = {}
    for name in ("users", "rooms", "members", "messages"):
        raw = [bson.encode(each) for each in mongo[name].find().sort("_id")]
        parts[f"{name}.bson"] = b"".join(raw)
    entries = {
        name: {"count": 1, "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in parts.items()
    }
    manifest = {
        "format": "hearth backup",
        "version": 1,
        "made_at": "2026",
        "entries": entries,
    }
    parts["manifest.json"] = json.dumps(manifest).encode()
    write(tmp_path / "old.zip", parts.items())
    before = list(mongo.messages.find())
    mongo.messages.delete_many({})
    await operator.does("restore --replace", tmp_path / "old.zip")
    assert list(mongo.messages.find()) == before
