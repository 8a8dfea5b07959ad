"""What people write on its way into a room: emoji, names, rooms, and what it may cost."""

import json
import time

import pytest

from tests.conftest import Start
from tests.people import Person, problem, sign_up
from tests.programs import makes_hook

ALL = "/api/rooms/general/messages"


async def test_an_emoji_by_its_name_is_one_for_readers_search_and_programs(
    ben: Person, cat: Person
) -> None:
    async with cat.listening() as inbox:
        said = await ben.says("general", "done :tada: :) `:x:`")
        heard = await inbox.next("message")
    assert said["text"] == heard["text"] == "done 🎉 🙂 `:x:`"
    assert "🎉 🙂 <code>:x:</code>" in heard["html"]
    edited = await ben.does("PATCH", f"{ALL}/1", {"text": "late :+1:"})
    assert edited["text"] == "late 👍"
    assert "edited_at" in edited


@pytest.mark.parametrize("written", ["@here", "@channel", "@everyone", "@all"])
async def test_everybody_is_told_by_any_of_four_names(
    ben: Person, cat: Person, written: str
) -> None:
    await ben.says("general", f"{written}: lunch")
    assert (await cat.room("general"))["mentions"] == 1


async def test_a_rooms_name_leads_there_for_whoever_may_enter(
    ben: Person, cat: Person
) -> None:
    await ben.makes("open")
    await ben.does("POST", "/api/rooms", {"name": "secret", "kind": "private"}, status=201)
    said = await ben.says("general", "#open #secret. #nowhere")
    assert '<a href="#/rooms/open" class="room">#open</a>' in said["html"]
    assert '<a href="#/rooms/secret" class="room private">#secret</a>.' in said["html"]
    assert "#nowhere" in said["html"]
    said = await cat.says("general", "#open #secret")
    assert said["html"].count("<a ") == 1
    assert "html" not in await cat.says("general", "#secret and #1")


async def test_a_hook_may_name_its_own_private_room(ben: Person) -> None:
    await ben.does("POST", "/api/rooms", {"name": "secret", "kind": "private"}, status=201)
    hook = await makes_hook(ben, "secret")
    await hook.says({"text": "see #secret and #general"})
    (said,) = await ben.page("secret")
    assert said["html"].count("<a ") == 2


@pytest.mark.parametrize("name", ["ann.", "-ann", "_ann", "ann-", ".", "here", "channel"])
async def test_a_new_name_ends_where_a_mention_of_it_ends(ben: Person, name: str) -> None:
    form = {"name": name, "password": "correct horse battery"}
    async with ben.client.post("/api/auth/register", json=form) as answer:
        assert await problem(answer) == (400, "invalid")


UNSEEN = [
    "\u200b",
    "\u3164",
    "\u2060",
    " \u202e ",
    "\u2800",
    "\u00ad\u034f",
    "\u115f\ufe0f",
]


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
async def test_a_name_that_nobody_sees_is_no_name(ben: Person, text: str) -> None:
    assert await ben.refused("PATCH", "/api/users/me", {"display_name": text}) == (
        400,
        "invalid",
    )
    room = await ben.does("POST", "/api/rooms", {"name": "x", "title": text}, status=201)
    assert room["title"] == "x"
    hook = await ben.does("POST", "/api/rooms/x/hooks", {"display_name": text}, status=201)
    assert hook["display_name"] == "Webhook"
    assert await ben.refused("POST", ALL, {"text": text}) == (400, "invalid")


async def test_a_topic_shows_what_it_holds(ben: Person) -> None:
    room = {"name": "x", "topic": "\u200bplans\u202e for May\u3164"}
    with_topic = await ben.does("POST", "/api/rooms", room, status=201)
    assert with_topic["topic"] == "plans for May"
    changed = await ben.does("PATCH", "/api/rooms/x", {"topic": " \u202e a  b\u2060 "})
    assert changed["topic"] == "a b"
    assert (await ben.does("PATCH", "/api/rooms/x", {"topic": "\u200b"}))["topic"] == ""


async def test_what_turns_a_name_around_is_left_out(ben: Person) -> None:
    me = await ben.does("PATCH", "/api/users/me", {"display_name": "B\u202ee\u200bn  👩‍🚀"})
    assert me["display_name"] == "Ben 👩‍🚀"


@pytest.mark.parametrize(
    ("half", "whole"),
    [
        ("\ud83d", "\ufffd"),
        ("\udc00", "\ufffd"),  # noqa: PT014
        ("x\ud83dx", "x\ufffdx"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
    ],
    ids=ascii,
)
async def test_half_a_character_is_taken_and_stops_nobody(
    ben: Person, half: str, whole: str
) -> None:
    body, headers = json.dumps({"text": half}), {"Content-Type": "application/json"}
    async with ben.client.post(
        ALL, data=body, headers={**headers, **ben.headers}
    ) as answer:
        assert answer.status == 201
        assert (await answer.json())["text"] == whole
    async with ben.listening() as inbox:
        await inbox.say({"type": "send", "id": "a", "room": "general", "text": half})
        assert (await inbox.next("ok"))["id"] == "a"
    assert [each["text"] for each in await ben.page("general")] == [whole, whole]


async def test_text_that_looks_like_half_a_character_is_left_alone(ben: Person) -> None:
    text = "\\ud83d \\\\ud83d 🎉"
    assert (await ben.says("general", text))["text"] == text


async def test_texts_that_take_much_work_count_as_several(start: Start) -> None:
    ben = await sign_up(await start(sends=1, burst=10), "ben")
    heavy = "|a" * 60 + "\n" + "|-" * 60 + "\n" + "x\n" * 100
    assert "html" not in await ben.says("general", heavy)
    began = time.monotonic()
    assert await ben.refused("POST", ALL, {"text": "next"}) == (429, "too_many")
    assert await ben.refused("PATCH", f"{ALL}/1", {"text": heavy}) == (429, "too_many")
    assert time.monotonic() - began < 1
