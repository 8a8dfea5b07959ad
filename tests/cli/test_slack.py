"""Coming from Slack: what a workspace has exported is here, once, and nobody else's."""

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from settings import Settings
from tests.command_line import CommandLine
from tests.conftest import Start
from tests.people import PASSWORD, Person, sign_in
from tests.slack_export import write_export

MANY = 500


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
    names = ("users", "rooms", "members", "messages", "fs.files", "fs.chunks")
    return {name: list(mongo[name].find().sort("_id")) for name in names}


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
    assert "--replace" in await operator.refuses("import-slack", export)
    assert await operator.does("import-slack --replace", export) == report
    assert everything(mongo) == first


async def test_a_dry_run_says_what_would_come_and_changes_nothing(
    operator: CommandLine, export: Path, mongo: Any
) -> None:
    would = (await operator.does("import-slack --dry-run", export)).splitlines()
    assert not any(everything(mongo).values())
    did = (await operator.does("import-slack", export)).splitlines()
    assert would[0].removeprefix("Would come in") == did[0].removeprefix("Came in")
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
    client = await start()
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


@pytest.mark.parametrize("content", [b"no zip", b""])
async def test_what_is_no_export_is_refused(
    operator: CommandLine, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "slack.zip").write_bytes(content)
    assert "no zip" in await operator.refuses("import-slack", tmp_path / "slack.zip")
