"""Messages: posting, retrying, editing, deleting, reacting and replying."""

import asyncio
import re
from typing import Any

import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.conftest import Start
from tests.people import Person, sign_up

ALL = "/api/rooms/general/messages"
ONE = f"{ALL}/1"


async def test_what_one_posts_others_read(ben: Person, cat: Person) -> None:
    said = await ben.says("general", "hello")
    assert said.items() >= {
        "type": "message", "room": "general", "seq": 1, "rev": 1, "sender": "ben",
        "text": "hello",
    }.items()  # fmt: skip
    assert said.keys() == {
        "type", "room", "seq", "rev", "id", "sender", "text", "created_at"
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["created_at"])
    assert await cat.page("general") == [said]


async def test_markup_is_rendered(ben: Person) -> None:
    said = await ben.says("general", "**hello** @ben")
    assert said["html"] == (
        '<p><strong>hello</strong> <span class="mention" data-name="ben">@ben</span></p>'
    )


async def test_a_retry_gets_the_original(ben: Person) -> None:
    form = {"text": "hello", "id": "one"}
    first = await ben.does("POST", ALL, form, status=201)
    assert await ben.does("POST", ALL, form, status=200) == first
    again = await ben.does("POST", ALL, {"text": "other", "id": "one"}, status=200)
    assert again == first
    assert await ben.page("general") == [first]


async def test_a_retry_after_an_edit_gets_the_latest_state(ben: Person) -> None:
    await ben.says("general", "hello", id="one")
    edited = await ben.does("PATCH", ONE, {"text": "changed"})
    assert await ben.does("POST", ALL, {"text": "hello", "id": "one"}, status=200) == edited


async def test_retries_at_once_are_stored_once(ben: Person) -> None:
    form = {"text": "hello", "id": "one"}
    found = await asyncio.gather(*(ben.does("POST", ALL, form) for _ in range(10)))
    assert {each["seq"] for each in found} == {1}
    assert len(await ben.page("general")) == 1


async def test_an_id_is_its_senders_own(ben: Person, cat: Person) -> None:
    await ben.says("general", "mine", id="one")
    said = await cat.does("POST", ALL, {"text": "also", "id": "one"}, status=201)
    assert (said["seq"], said["text"]) == (2, "also")


async def test_an_id_is_not_used_again_in_another_room(ben: Person) -> None:
    await ben.makes("den")
    await ben.says("general", "hello", id="one")
    refused = await ben.refused(
        "POST", "/api/rooms/den/messages", {"text": "hello", "id": "one"}
    )
    assert refused == (409, "conflict")
    assert await ben.page("den") == []
    assert (await ben.says("den", "first"))["seq"] == 1


async def test_a_text_is_edited_by_its_sender_alone(
    ann: Person, ben: Person, cat: Person
) -> None:
    said = await ben.says("general", "hello")
    edited = await ben.does("PATCH", ONE, {"text": "*changed*"})
    assert (edited["seq"], edited["rev"], edited["text"]) == (1, 2, "*changed*")
    assert edited["created_at"] == said["created_at"] <= edited["edited_at"]
    for other in (ann, cat):
        refused = await other.refused("PATCH", ONE, {"text": "forged"})
        assert refused == (403, "forbidden")
    assert await cat.page("general") == [edited]


async def test_the_same_text_is_no_edit(ben: Person) -> None:
    said = await ben.says("general", "hello")
    assert await ben.does("PATCH", ONE, {"text": "hello"}) == said


async def test_a_deleted_text_is_gone_from_the_database(
    app: web.Application, ben: Person, cat: Person
) -> None:
    secret = "**pa55word** @cat"
    said = await ben.says("general", secret)
    await ben.does("PATCH", ONE, {"text": f"{secret} again"})
    await cat.does("PUT", f"{ONE}/reactions/👍")
    tombstone = await ben.does("DELETE", ONE, status=200)
    assert (tombstone["text"], tombstone["deleted"], tombstone["rev"]) == ("", True, 4)
    assert {"html", "reactions", "reply_to"} & tombstone.keys() == set()
    assert (tombstone["seq"], tombstone["sender"]) == (1, "ben")
    assert tombstone["created_at"] == said["created_at"]
    assert await cat.page("general") == [tombstone]
    stored = str([each async for each in app[SERVICES].db.messages.find()])
    assert "pa55word" not in stored
    assert "cat" not in stored


async def test_a_deleted_message_stays_as_it_is(ben: Person, cat: Person) -> None:
    await ben.says("general", "hello")
    tombstone = await ben.does("DELETE", ONE)
    assert await ben.does("DELETE", ONE) == tombstone
    assert await ben.refused("PATCH", ONE, {"text": "back"}) == (409, "conflict")
    assert await cat.refused("PUT", f"{ONE}/reactions/👍") == (409, "conflict")


async def test_owners_and_admins_delete_what_others_said(
    ann: Person, ben: Person, cat: Person
) -> None:
    await ben.makes("den", "public", "ann", "cat")
    for text in ("one", "two"):
        await cat.says("den", text)
    await ann.does("DELETE", "/api/rooms/den/messages/1")
    await ben.does("DELETE", "/api/rooms/den/messages/2")
    await ben.says("den", "three")
    refused = await cat.refused("DELETE", "/api/rooms/den/messages/3")
    assert refused == (403, "forbidden")


@pytest.mark.parametrize(
    "seq", ["2", "0", "-1", "x", "1.0", "1e0", "%00", "１", "9" * 15, "9" * 5000, "$ne"]
)
async def test_there_are_no_other_messages(ben: Person, seq: str) -> None:
    await ben.says("general", "hello")
    for method, path, body in [
        ("PATCH", "", {"text": "x"}), ("DELETE", "", None), ("PUT", "/reactions/👍", None)
    ]:  # fmt: skip
        refused = await ben.refused(method, f"{ALL}/{seq}{path}", body)
        assert refused == (404, "not_found")


async def test_a_reply_names_an_earlier_message(ben: Person) -> None:
    await ben.says("general", "hello")
    assert (await ben.says("general", "and you?", reply_to=1))["reply_to"] == 1
    for seq in (3, 99):
        refused = await ben.refused("POST", ALL, {"text": "to what?", "reply_to": seq})
        assert refused == (404, "not_found")
    assert (await ben.says("general", "next"))["seq"] == 3


async def test_a_text_has_a_limit_in_characters(ben: Person) -> None:
    longest = "é" * 8_000
    assert (await ben.says("general", longest))["text"] == longest
    for text in (longest + "x", "", " \n\t ", "\u2003"):
        assert await ben.refused("POST", ALL, {"text": text}) == (400, "invalid")
        assert await ben.refused("PATCH", ONE, {"text": text}) == (400, "invalid")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"text": None},
        {"text": 5},
        {"text": {"$ne": None}},
        {"text": ["x"]},
        {"text": "x", "id": ""},
        {"text": "x", "id": "x" * 65},
        {"text": "x", "id": "a b"},
        {"text": "x", "id": "one\n"},
        {"text": "x", "id": None},
        {"text": "x", "id": {"$ne": None}},
        {"text": "x", "reply_to": 0},
        {"text": "x", "reply_to": -1},
        {"text": "x", "reply_to": 1.5},
        {"text": "x", "reply_to": "1"},
        {"text": "x", "reply_to": 2**64},
        {"text": "x", "sender": "ann"},
        {"text": "x", "seq": 99},
        {"text": "x", "created_at": "2020-01-01T00:00:00.000Z"},
        {"text": "x", "_id": "y"},
        {"text": "x", "$set": {"text": "y"}},
        {"text": "x", "a.b": 1},
        {"text": "x", "nul\x00": 1},
    ],
    ids=lambda form: str(form)[:40],
)
async def test_odd_messages_are_refused(ben: Person, form: dict[str, Any]) -> None:
    assert await ben.refused("POST", ALL, form) == (400, "invalid")
    assert await ben.page("general") == []


async def test_who_says_too_much_at_once_must_wait(start: Start) -> None:
    client = await start(sends=1, burst=3)
    ben, cat = [await sign_up(client, name) for name in ("ben", "cat")]
    for _ in range(3):
        await ben.says("general", "hello")
    async with await ben.ask("POST", ALL, {"text": "more"}) as answer:
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "1"
    await cat.says("general", "my turn")


async def test_a_page_of_large_messages_ends_earlier(ben: Person) -> None:
    for _ in range(60):  # 24 KB each, so 1 MB has 41 of them
        await ben.says("general", "字" * 7_990)
    newest = await ben.does("GET", ALL)
    assert 35 <= len(newest["messages"]) <= 41
    assert newest["messages"][-1]["seq"] == 60
    assert (newest["has_older"], newest["has_newer"]) == (True, False)
    seqs = [each["seq"] for each in newest["messages"]]
    while newest["has_older"]:
        newest = await ben.does("GET", f"{ALL}?before={seqs[0]}&limit=200")
        seqs = [*(each["seq"] for each in newest["messages"]), *seqs]
    assert seqs == list(range(1, 61))
    found = await ben.does("GET", f"{ALL}?after=0&limit=200")
    assert found["messages"][0]["seq"] == 1
    assert (found["has_older"], found["has_newer"]) == (False, True)
    around = await ben.does("GET", f"{ALL}?around=30&limit=200")
    seqs = [each["seq"] for each in around["messages"]]
    assert seqs == list(range(seqs[0], seqs[-1] + 1))
    assert 30 in seqs
    assert (around["has_older"], around["has_newer"]) == (True, True)


async def test_changes_of_large_messages_come_in_several_pages(ben: Person) -> None:
    for _ in range(45):
        await ben.says("general", "字" * 7_990)
    rev, seqs, more = 0, [], True
    while more:
        found = await ben.does("GET", f"/api/rooms/general/changes?since={rev}&limit=200")
        rev, more = found["rev"], found["has_newer"]
        assert len(found["messages"]) <= 41
        seqs += [each["seq"] for each in found["messages"]]
    assert seqs == list(range(1, 46))
