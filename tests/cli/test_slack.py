"""Coming from Slack: what a workspace has exported is here, once, and nobody else's."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from settings import Settings
from tests.command_line import CommandLine
from tests.conftest import Start, until_ready
from tests.people import PASSWORD, SOON, Person, sign_in, sign_up
from tests.slack_export import small_talk, write_export

MANY = 500
NOTHING_NEW = (
    "Came in: 0 new people, 0 rooms, 0 messages, 0 files; 0 messages were changed."
)


@pytest.fixture
def operator(settings: Settings, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(settings, capsys)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    write_export(tmp_path / "slack.zip", MANY)
    return tmp_path / "slack.zip"


@pytest.fixture
def mongo(settings: Settings) -> Any:
    with MongoClient[Any](settings.mongodb_url, tz_aware=True) as mongo:
        yield mongo.get_default_database()


def everything(mongo: Any) -> dict[str, list[Any]]:
    names = ("users", "rooms", "members", "messages", "fs.files", "fs.chunks", "slack")
    query = {"room": {"$ne": ""}}  # no fences
    return {name: list(mongo[name].find(query).sort("_id")) for name in names}


def texts(mongo: Any, room: str) -> list[str]:
    found = mongo.messages.find({"room": room}).sort("seq")
    return [each["text"] for each in found]


async def test_an_export_comes_in_and_a_second_time_makes_the_same(
    operator: CommandLine, export: Path, mongo: Any
) -> None:
    report = await operator.does("import-slack", export)
    first = everything(mongo)
    assert "people" in report
    assert "file that is broken: dev/2017-07-13.json" in report
    assert "folder of a conversation that is in no list: unlisted" in report
    again = await operator.does("import-slack", export)
    assert again.startswith(NOTHING_NEW)
    assert "hearth user link" not in again
    assert everything(mongo) == first
    assert await operator.does("import-slack --replace", export) == report
    assert everything(mongo) == first


async def test_a_later_export_adds_what_is_new_and_leaves_what_was_said_here(
    operator: CommandLine, export: Path, mongo: Any, start: Start, tmp_path: Path
) -> None:
    await operator.does("import-slack", export)
    await operator.does("user role ann owner")
    links = (await operator.does("user link ann ben.b")).split()
    client = await start(registration="open")
    for name, link in zip(links[::2], links[1::2], strict=True):
        form = {"password": PASSWORD}
        await client.post(f"/api/reset/{link.rpartition('/')[2]}", json=form)
        assert (await sign_in(client, name))[0] == 200
    ann, ben = [
        Person(client, name, (await sign_in(client, name))[1]["access_token"])
        for name in ("ann", "ben.b")
    ]
    await sign_up(client, "zed")
    await ann.makes("news", "private")
    await ann.does("DELETE", "/api/rooms/alt-alter")
    await ben.does("PATCH", "/api/rooms/dev/messages/2", {"text": "my own words"})
    await ann.does("DELETE", "/api/rooms/dev/messages/7")
    await ann.does("PUT", "/api/rooms/dev/messages/1/reactions/🎉")
    for who, text in ((ann, "said here"), (ben, "me too"), (ann, "and last")):
        await who.says("dev", text, reply_to=1)
    await ben.does("PUT", "/api/rooms/dev/read", {"seq": 9 + MANY + 3})
    await client.close()

    before = everything(mongo)
    write_export(tmp_path / "later.zip", MANY, later=True)
    report = await operator.does("import-slack", tmp_path / "later.zip")
    after = everything(mongo)
    assert report.startswith(
        "Came in: 1 new people, 1 rooms, 3 messages, 1 files; 2 messages were changed. "
        "1 are of rooms that were deleted here."
    )
    assert report.endswith("hearth user link zed-2")
    # Line by line: all that was here is, but for the two that were changed in Slack.
    changed = {"slack-C02DEV-1500000010000000", "slack-C02DEV-1500000014000000"}
    kept = [each for each in before["messages"] if each["_id"]["id"] not in changed]
    assert [each for each in kept if each not in after["messages"]] == []
    for name in ("users", "rooms", "fs.files", "fs.chunks"):
        assert [each for each in before[name] if each not in after[name]] == []
    dev = list(mongo.messages.find({"room": "dev"}).sort("seq"))
    assert [each["seq"] for each in dev] == list(range(1, len(dev) + 1))
    assert len({each["rev"] for each in dev}) == len(dev)
    root, answer, gone = dev[0], dev[1], dev[3]
    assert root["text"] == "**bolder**"
    assert [each["emoji"] for each in root["reactions"]] == ["👍", "👋🏼", "🎉", "👀"]
    assert answer["text"] == "my own words"
    assert (gone["deleted"], gone["text"], gone["_id"]["sender"]) == (True, "", "ann")
    assert dev[6]["deleted"]
    late, file = dev[-2:]
    assert (late["text"], late["reply_to"]) == ("a late answer @ben.b", 1)
    assert (late["_id"]["sender"], file["_id"]["sender"]) == ("zed-2", "ann")
    assert texts(mongo, "news-2") == ["hello"]
    again = await operator.does("import-slack", tmp_path / "later.zip")
    assert again.startswith(NOTHING_NEW)
    assert everything(mongo) == after

    client = await until_ready(await start())
    ben = Person(client, "ben.b", ben.token)
    rooms = {each["name"]: each for each in (await ben.does("GET", "/api/rooms"))["rooms"]}
    assert rooms["dev"]["unread"] == 0
    assert (await ben.page("dev"))[-2]["text"] == late["text"]
    (first,) = (await ben.does("GET", "/api/rooms/dev/messages?after=0&limit=1"))[
        "messages"
    ]
    assert first["answers"] == 6
    async with asyncio.timeout(SOON):
        while "indexed" in await ben.does("GET", "/api/search?q=bolder"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    (found,) = (await ben.does("GET", "/api/search?q=bolder"))["messages"]
    assert found["seq"] == 1


async def test_a_later_import_that_was_broken_off_is_finished_by_the_next(
    operator: CommandLine, export: Path, mongo: Any, tmp_path: Path
) -> None:
    await operator.does("import-slack", export)
    write_export(tmp_path / "later.zip", 3 * MANY, later=True)
    for seconds in (0.3, 0.4, 0.5, 0.6, 0.7):
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await operator.does("import-slack", tmp_path / "later.zip")
    await operator.does("import-slack", tmp_path / "later.zip")
    again = await operator.does("import-slack", tmp_path / "later.zip")
    assert again.startswith(NOTHING_NEW)
    dev = list(mongo.messages.find({"room": "dev"}).sort("seq"))
    assert [each["seq"] for each in dev] == list(range(1, 9 + 3 * MANY + 3))
    assert len({each["_id"]["id"] for each in dev}) == len(dev)
    assert "zed-2" not in {each["_id"] for each in everything(mongo)["users"]}


async def test_a_later_import_knows_the_former_by_a_backup_and_nothing_of_what_was_deleted(
    operator: CommandLine, export: Path, mongo: Any, start: Start, tmp_path: Path
) -> None:
    await operator.does("import-slack", export)
    await operator.does("user role ann owner")
    link = (await operator.does("user link ann")).rpartition("/")[2].strip()
    client = await until_ready(await start())
    await client.post(f"/api/reset/{link}", json={"password": PASSWORD})
    ann = Person(client, "ann", (await sign_in(client, "ann"))[1]["access_token"])
    (gone,) = (await ann.does("GET", "/api/rooms/dev/messages?after=6&limit=1"))["messages"]
    await ann.does("DELETE", "/api/rooms/dev/messages/7")
    await ann.does("DELETE", "/api/rooms/secret")
    await client.close()

    notes = {each["_id"]: each for each in mongo.slack.find()}
    assert notes[gone["id"]] == {"_id": gone["id"], "sender": "fara"}
    assert [id for id in notes if id.startswith("slack-G01SEC-")] == []
    assert notes["rooms:G01SEC"]["name"] == "secret"  # So it does not come again.
    assert "name_1" in mongo.slack.index_information()
    before = everything(mongo)
    await operator.does("backup", tmp_path / "all.zip")
    await operator.does("restore --replace", tmp_path / "all.zip")
    again = await operator.does("import-slack", export)
    assert again.startswith(f"{NOTHING_NEW} 1 are of rooms that were deleted here.")
    assert everything(mongo) == before


async def test_nothing_comes_from_slack_to_where_people_already_are(
    operator: CommandLine, export: Path, mongo: Any
) -> None:
    await operator.does("user add ann", typed=PASSWORD)
    before = everything(mongo)
    assert "--replace" in await operator.refuses("import-slack", export)
    assert everything(mongo) == before


async def test_a_dry_run_says_what_would_come_and_changes_nothing(
    operator: CommandLine, export: Path, mongo: Any
) -> None:
    would = (await operator.does("import-slack --dry-run", export)).splitlines()
    assert not any(everything(mongo).values())
    did = (await operator.does("import-slack", export)).splitlines()
    assert would[0].removeprefix("There are ") == did[0].removeprefix("Came in: ")
    assert would[1:] == did[1 : len(would)]


async def test_everything_is_as_it_was_in_slack(
    operator: CommandLine, export: Path, mongo: Any
) -> None:
    await operator.does("import-slack --with-roles", export)
    people = {each["_id"]: each for each in mongo.users.find()}
    assert people.keys() == {
        "ann", "ann-2", "ben.b", "jose-maria", "everyone-2", "ci", "fara", "uslackbot",
    }  # fmt: skip
    assert people["ann"]["role"] == "owner"
    assert people["ci"]["role"] == "bot"
    assert [name for name in people if people[name]["disabled"]] == [
        "ann-2", "fara", "uslackbot",
    ]  # fmt: skip
    rooms = {each["_id"]: each for each in mongo.rooms.find()}
    assert rooms.keys() == {
        "general", "dev", "alt-alter", "secret", "ann~ben.b", "ann~ann",
        "ann~ben.b~jose-maria",
    }  # fmt: skip
    assert rooms["general"]["title"] == "lounge"
    assert rooms["dev"]["topic"] == "See the plan with @ben.b"
    assert rooms["alt-alter"]["archived"]
    assert rooms["secret"]["kind"] == "private"
    assert texts(mongo, "ann~ben.b") == ["only us @ann"]
    dev = list(mongo.messages.find({"room": "dev"}).sort("seq"))
    root, answer, broadcast, blocks, gone, orphan, afar, view, both = dev[:9]
    assert root["text"] == "**bold** & [here](https://a.example/x) @ben.b #dev"
    assert root["mentions"] == ["ben.b"]
    assert root["created_at"].timestamp() == 1_500_000_010
    assert root["edited_at"].timestamp() == 1_500_000_011
    assert root["pinned"]["by"] == "ben.b"
    assert {each["emoji"]: each["users"] for each in root["reactions"]} == {
        "👍": ["ben.b", "jose-maria"], "👋🏼": ["ann"],
    }  # fmt: skip
    assert answer["reply_to"] == broadcast["reply_to"] == root["seq"]
    assert blocks["text"] == "well, @jose-maria **done**"
    assert gone["deleted"]
    assert orphan["reply_to"] == gone["seq"]
    assert orphan["_id"]["sender"] == "ann-2"
    assert afar["_id"]["sender"] == "fara"
    assert view["files"][0]["type"] == "image/png"
    assert both["text"] == "both\n\n[The plan](https://files.slack.com/plan.pdf)"
    assert len(dev) == 9 + MANY


async def test_of_every_subtype_what_somebody_said_is_kept(
    operator: CommandLine, export: Path, mongo: Any
) -> None:
    await operator.does("import-slack", export)
    assert texts(mongo, "general") == [
        "changed", "It is a assistant_app_thread", "It is a bot_message", "see it",
        "It is a file_share", "*It is a me_message*", "It is a thread_broadcast",
    ]  # fmt: skip
    (alarm,) = mongo.messages.find({"text": "It is a bot_message"})
    assert alarm["via"] == {"name": "Alarm", "emoji": "🔥"}


async def test_people_come_in_by_a_link_and_find_their_rooms(
    operator: CommandLine, export: Path, start: Start
) -> None:
    report = await operator.does("import-slack", export)
    assert "hearth user link ann ben.b jose-maria everyone-2" in report
    await operator.does("user role ann owner")
    assert "Owner is ann" in await operator.refuses("owner-link")
    links = await operator.does("user link ann ben.b")
    client = await until_ready(await start())
    for line in links.splitlines():
        name, link = line.split(" ")
        code = link.rpartition("/")[2]
        form = {"password": PASSWORD}
        async with client.post(f"/api/reset/{code}", json=form) as answer:
            assert answer.status == 204, name
    status, told = await sign_in(client, "ben.b")
    assert (status, "password_reset" in told) == (200, False)
    ben = Person(client, "ben.b", told["access_token"])
    rooms = {each["name"]: each for each in (await ben.does("GET", "/api/rooms"))["rooms"]}
    mine = {name: each for name, each in rooms.items() if each["role"]}
    assert mine.keys() == {"general", "dev", "ann~ben.b", "ann~ben.b~jose-maria"}
    assert {each["unread"] for each in mine.values()} == {0}
    answers = await ben.does("GET", "/api/rooms/dev/messages/1/answers")
    assert [each["text"] for each in answers["messages"]] == ["an answer", "also to all"]


@pytest.mark.long
async def test_a_hundred_thousand_messages_are_line_by_line_what_was_exported(
    operator: CommandLine, mongo: Any, tmp_path: Path
) -> None:
    path, many = tmp_path / "slack.zip", 100_000
    write_export(path, many)
    names = {"U01ANN": "ann", "U02BEN": "ben.b", "U03LEFT": "ann-2"}
    for number in range(2):
        said = await operator.does("import-slack", path)
        assert said.startswith(NOTHING_NEW) == (number == 1)
        found = mongo.messages.find({"room": "dev", "seq": {"$gt": 9}}).sort("seq")
        roots: dict[str, int] = {}
        for at, (here, there) in enumerate(zip(found, small_talk(many), strict=True), 10):
            root = roots.setdefault(there.get("thread_ts", ""), at)
            reply_to = root if "thread_ts" in there and root != at else None
            assert (
                here["seq"], here["_id"]["sender"], here["text"], here.get("reply_to"),
                f"{here['created_at'].timestamp():.6f}",
            ) == (
                at, names.get(there["user"], "jose-maria"), there["text"], reply_to,
                there["ts"],
            )  # fmt: skip
        if number == 0:
            first = everything(mongo)
    assert everything(mongo) == first


@pytest.mark.parametrize("content", [b"no zip", b""])
async def test_what_is_no_export_is_refused(
    operator: CommandLine, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "slack.zip").write_bytes(content)
    assert "no zip" in await operator.refuses("import-slack", tmp_path / "slack.zip")
