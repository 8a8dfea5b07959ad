"""Answers: a message says how many it has, in every client and after every course."""

import asyncio

import pytest

from handlers.services import SERVICES
from pytest_hearth.hearth import Hearth
from settings import Settings
from tests.conftest import Start
from tests.people import Json, Person, sign_up

DEN = "/api/rooms/den"
MESSAGES = f"{DEN}/messages"


@pytest.fixture
async def den(ben: Person, cat: Person) -> str:
    await ben.makes("den", "public", "cat")
    await ben.says("den", "who comes?")
    return "den"


async def count(person: Person, seq: int = 1) -> int:
    found = await person.page("den", f"?around={seq}&limit=1")
    return int(next(each for each in found if each["seq"] == seq).get("answers", 0))


async def answers(person: Person, query: str = "") -> tuple[list[str], bool]:
    found = await person.does("GET", f"{MESSAGES}/1/answers{query}")
    return [each["text"] for each in found["messages"]], found["has_newer"]


async def test_a_message_says_how_many_answers_it_has(
    den: str, ben: Person, cat: Person
) -> None:
    async with ben.listening() as inbox:
        await cat.says(den, "I", reply_to=1)
        heard = [await inbox.next("message") for _ in range(2)]
        assert [(each["seq"], each["rev"]) for each in heard] == [(2, 2), (1, 3)]
        assert heard[1]["answers"] == 1
        await ben.says(den, "something else")
        await ben.says(den, "I, too", reply_to=1)
        await cat.says(den, "to the answer", reply_to=2)
    assert [await count(ben, seq) for seq in range(1, 6)] == [2, 1, 0, 0, 0]
    assert await answers(cat) == (["I", "I, too"], False)
    assert await answers(cat, "?limit=1") == (["I"], True)
    assert await answers(cat, "?after=2") == (["I, too"], False)


async def test_the_number_follows_edits_and_deletions(
    den: str, ben: Person, cat: Person
) -> None:
    for text in ("one", "two"):
        await cat.says(den, text, reply_to=1)
    await cat.does("PATCH", f"{MESSAGES}/2", {"text": "one, mended"})
    assert await answers(ben) == (["one, mended", "two"], False)
    async with ben.listening() as inbox:
        await cat.does("DELETE", f"{MESSAGES}/2")
        heard = [await inbox.next("message") for _ in range(2)]
    assert {each["seq"]: each.get("answers") for each in heard} == {1: 1, 2: None}
    assert [each["rev"] for each in heard] == sorted(each["rev"] for each in heard)
    await cat.does("DELETE", f"{MESSAGES}/2")  # once more
    assert (await count(ben), await answers(ben)) == (1, (["two"], False))
    await ben.does("PATCH", f"{MESSAGES}/1", {"text": "who comes now?"})
    await ben.does("DELETE", f"{MESSAGES}/1")
    assert await count(ben) == 1


async def test_who_was_away_learns_of_answers_by_resuming(
    den: str, ben: Person, cat: Person
) -> None:
    await ben.says(den, "yes", reply_to=1)
    for cursor in (1, 2):  # from what is remembered, and between the two of one answer
        async with cat.listening(cursors={den: cursor}) as inbox:
            assert (await inbox.next("message", seq=1))["answers"] == 1


async def test_answers_at_once_and_retries_are_each_counted_once(
    den: str, ben: Person, cat: Person
) -> None:
    async def say(person: Person, id: str) -> None:
        await person.says("den", id, id=id, reply_to=1)

    rounds = [say(each, f"n{number % 30}") for number in range(90) for each in (ben, cat)]
    deletes = [ben.ask("PATCH", f"{MESSAGES}/1", {"text": f"{n}"}) for n in range(10)]
    await asyncio.gather(*rounds, *deletes)
    assert await count(ben) == 60
    revs = sorted(each["rev"] for each in await ben.page(den, "?limit=200"))
    assert len(revs) == len(set(revs)) == 61
    asked = [ben.ask("DELETE", f"{MESSAGES}/{seq}") for seq in range(2, 62)]
    statuses = [answer.status for answer in await asyncio.gather(*asked)]
    assert await count(ben) == 60 - statuses.count(200)


async def test_what_is_answered_in_the_same_moment_counts(den: str, ben: Person) -> None:
    async with ben.listening() as inbox:
        sends = [{"type": "send", "id": "a", "room": den, "text": "a"}] + [
            {"type": "send", "id": f"b{n}", "room": den, "text": "b", "reply_to": 2}
            for n in range(3)
        ]
        await inbox.say(*sends)
        for _ in sends:
            await inbox.next("ok")
    assert await count(ben, 2) == 3


async def test_an_answer_to_nothing_is_refused(den: str, ben: Person) -> None:
    for seq in (2, 99):
        form = {"text": "?", "reply_to": seq}
        assert await ben.refused("POST", MESSAGES, form) == (404, "not_found")
    assert await ben.refused("GET", f"{MESSAGES}/9/answers") == (404, "not_found")


async def test_strangers_see_no_answers(den: str, ann: Person) -> None:
    assert await ann.refused("GET", f"{MESSAGES}/1/answers") == (404, "not_found")


async def test_a_crash_between_an_answer_and_its_count_is_mended(start: Start) -> None:
    client = await start()
    ben = await sign_up(client, "ben")
    await ben.makes("den")
    await ben.says("den", "who comes?")
    await ben.says("den", "I", reply_to=1)
    db = client.app[SERVICES].db
    first = {"room": "den", "seq": 1}
    await db.messages.update_one(first, {"$set": {"rev": 1}, "$unset": {"answers": ""}})
    await client.close()
    client = await start()
    ben.client = client
    async with asyncio.timeout(10):
        while (await ben.room("den"))["rev"] != 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await count(ben) == 1


async def test_old_answers_are_counted_once_at_the_start(start: Start) -> None:
    client = await start()
    ben = await sign_up(client, "ben")
    await ben.makes("den")
    for number in range(4):
        await ben.says("den", "x", **({"reply_to": 1} if number else {}))
    await ben.says("den", "the last is no answer")
    db = client.app[SERVICES].db
    await db.messages.update_many({}, {"$unset": {"answers": ""}})
    await db.meta.delete_one({"_id": "answers"})
    await client.close()
    ben.client = await start()
    assert await count(ben) == 3


async def test_answers_are_counted_when_the_database_goes_away_in_between(
    settings: Settings,
) -> None:
    async with Hearth(settings) as hearth:
        ann = await hearth.person("ann")
        await ann.makes("den")
        await ann.says("den", "who comes?")
        for number in range(4):
            form: Json = {"text": "I", "id": f"n{number}", "reply_to": 1}
            asking = asyncio.create_task(ann.ask("POST", MESSAGES, form))
            await asyncio.sleep(0.002 * number)
            hearth.database.cut()
            await asking
            await hearth.database.resume()
            await hearth.ready()
            await ann.does("POST", MESSAGES, form)
        assert await count(ann) == 4
