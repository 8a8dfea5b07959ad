"""Calls: their message says who is in them, whatever happens to people and servers."""

import asyncio
import base64
import hashlib
import hmac
import time
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from cli.imported import Importer
from settings import Settings, SettingsError
from store.log.batch import _first
from store.messages import to_document, to_message
from store.records import Call, Caller, Draft, Head, now
from tests.conftest import Client, Start, owner_code
from tests.people import Inbox, Json, Person, sign_up

if TYPE_CHECKING:
    from cli.archive import Reader


async def call(inbox: Inbox, *, join: bool = True, room: str = "general") -> Json:
    """Join or leave; what is answered."""
    await inbox.say({"type": "call", "id": "c", "room": room, "join": join})
    while True:
        heard = await inbox.any()
        if heard.get("id") == "c" and heard["type"] in {"ok", "error"}:
            return heard


async def people(person: Person, *wanted: str, room: str = "general") -> Json:
    """The call of a room, as soon as these are in it."""
    async with asyncio.timeout(30):
        while True:
            found: list[Json] = [each for each in await person.page(room) if "call" in each]
            if found and sorted(names(found[-1]["call"])) == sorted(wanted):
                return dict(found[-1]["call"])
            await asyncio.sleep(0.02)


def names(call: Json) -> list[str]:
    return [each["user"] for each in call["people"]]


async def test_a_call_is_a_message_that_says_who_is_in_it(ann: Person, ben: Person) -> None:
    async with ann.listening() as a, ben.listening() as b:
        began = await call(a)
        assert (began["type"], began["seq"]) == ("ok", 1)
        heard = await b.next("message")
        assert (heard["sender"], heard["text"]) == ("ann", "Started a call")
        first = {"user": "ann", "connection": a.welcome["connection"]}
        assert heard["call"]["people"] == [first]
        assert (await call(b))["seq"] == 1
        joined = await a.next("message", rev=2)
        second = {"user": "ben", "connection": b.welcome["connection"]}
        assert joined["call"]["people"] == [first, second]
        assert (await call(b))["rev"] == 2  # It is in it already.
        await call(a, join=False)
        await call(b, join=False)
        ended = await people(ann)
        assert ended["attended"] == ["ann", "ben"]
        assert ended["ended_at"] >= ended["started_at"]
        assert (await call(b, join=False))["code"] == "not_found"
        assert (await call(a))["seq"] == 2  # Another call is another message.
        found = await ben.does("GET", "/api/search?q=call")
        assert "call" in found["messages"][0]
        resumed = await ben.connect(cursors={"general": 2})
        assert len((await resumed.next("message"))["call"]["people"]) == 0
        await resumed.socket.close()


async def test_two_who_begin_at_once_are_in_one_call(ann: Person, ben: Person) -> None:
    async with ann.listening() as a, ben.listening() as b:
        began = await asyncio.gather(call(a), call(b))
        assert [each["seq"] for each in began] == [1, 1]
        await people(ann, "ann", "ben")


async def test_a_seventh_is_told_that_it_is_full_and_comes_when_one_leaves(
    ann: Person, ben: Person
) -> None:
    async with AsyncExitStack() as stack:
        six = [await stack.enter_async_context(ann.listening()) for _ in range(6)]
        for each in six:
            await call(each)
        seventh = await stack.enter_async_context(ben.listening())
        refusal = await call(seventh)
        assert (refusal["type"], refusal["code"]) == ("error", "conflict")
        assert "full" in refusal["detail"]
        await call(six[0], join=False)
        assert (await call(seventh))["type"] == "ok"


async def test_who_may_not_read_the_room_is_in_no_call(ann: Person, ben: Person) -> None:
    await ann.makes("attic", "private")
    async with ann.listening() as a, ben.listening() as b:
        await call(a, room="attic")
        assert (await call(b, room="attic"))["code"] == "not_found"
        assert (await call(b, room="attic", join=False))["code"] == "not_found"
        await ann.does("PATCH", "/api/rooms/attic", {"archived": True})
        async with ann.listening() as other:
            assert (await call(other, room="attic"))["code"] == "conflict"
        assert (await call(a, room="attic", join=False))["type"] == "ok"


async def test_who_comes_back_in_time_takes_the_place_of_the_lost_one(
    ann: Person, ben: Person
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await call(await stack.enter_async_context(ann.listening()))
        async with ben.listening() as lost:
            await call(lost)
        async with ben.listening() as back:
            assert (await call(back))["type"] == "ok"
            found = await people(ann, *["ann"] * 5, "ben")
            assert found["people"][-1]["connection"] == back.welcome["connection"]


@pytest.mark.parametrize("way", ["removal", "sign-out", "disabling"])
async def test_who_has_to_go_leaves_the_call_at_once(
    client: Client, ann: Person, ben: Person, way: str
) -> None:
    await ann.makes("attic", "private", "ben")
    async with ann.listening() as a, ben.listening() as b:
        await call(a, room="attic")
        await call(b, room="attic")
        if way == "removal":
            await ann.does("DELETE", "/api/rooms/attic/members/ben", status=204)
        elif way == "sign-out":
            await ben.does("POST", "/api/auth/logout", status=204)
        else:
            await ann.does("PATCH", "/api/users/ben", {"disabled": True})
        if way != "removal":
            assert await b.closed() == 4401
        async with asyncio.timeout(5):  # long before a lost connection leaves
            await people(ann, "ann", room="attic")
        if way == "removal":
            to = {"to": "ann", "connection": a.welcome["connection"]}
            await b.next("gone")
            await ben.does("DELETE", "/api/rooms/general/members/me", status=204)
            await b.say({"type": "signal", **to, "data": 1})
            assert (await b.next("error"))["code"] == "not_found"


async def test_a_signal_may_name_a_connection_and_says_which_it_came_from(
    ann: Person, ben: Person
) -> None:
    async with ann.listening() as a, ben.listening() as laptop, ben.listening() as phone:
        to = {"to": "ben", "connection": phone.welcome["connection"]}
        await a.say({"type": "signal", **to, "data": {"sdp": "x"}})
        assert await phone.next("signal") == {
            "type": "signal",
            "from": "ann",
            "connection": a.welcome["connection"],
            "data": {"sdp": "x"},
        }
        assert await laptop.until_pong("signal") == []


@pytest.mark.parametrize("wrong", ["", "x", "x" * 200, "\u202e", None, 7, ["x"]])
async def test_a_forged_connection_reaches_nobody(
    ann: Person, ben: Person, wrong: Any
) -> None:
    async with ann.listening() as a, ben.listening() as b:
        to = {"to": "ben", "connection": wrong}
        await a.say({"type": "signal", **to, "data": 1})
        if wrong is None:
            assert await b.next("signal")
            return
        assert (await a.next("error"))["code"] in {"not_found", "invalid"}
        await a.say({"type": "signal", "to": "ben", "connection": a.welcome["connection"],
                     "data": 1})  # fmt: skip
        assert (await a.next("error"))["code"] == "not_found"
        assert await b.until_pong("signal") == []


async def test_a_megabyte_of_sdp_ends_the_connection(ann: Person, ben: Person) -> None:
    async with ann.listening() as a, ben.listening() as b:
        await a.say({"type": "signal", "to": "ben", "data": "x" * 2**20})
        assert await a.closed() == 1009
        assert await b.until_pong("signal") == []


async def test_a_thousand_signals_at_once_are_too_many(start: Start) -> None:
    client = await start(acts=10, sends=10)
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    ben = await sign_up(client, "ben")
    async with ann.listening() as a, ben.listening() as b:
        for _ in range(10):
            await a.say(*[{"type": "signal", "to": "ben", "data": 1}] * 19)
        refused = await a.until_pong("error")
        heard = await b.until_pong("signal")
        assert {each["code"] for each in refused} == {"too_many"}
        assert len(heard) + len(refused) == 190
        assert len(heard) < 130
        await a.say(*[{"type": "signal", "to": "ben", "data": 1}] * 1_000)
        assert await a.closed() == 4429
        assert (await call(b))["type"] == "ok"


@pytest.mark.parametrize("is_over", [False, True])
async def test_a_call_s_message_is_as_others_but_is_not_edited_nor_deleted_too_early(
    ann: Person, ben: Person, is_over: bool
) -> None:
    where, text = "/api/rooms/general/messages/1", {"text": "Something else"}
    async with ann.listening() as a:
        await call(a)
        if is_over:
            await call(a, join=False)
        assert await ann.refused("PATCH", where, text) == (409, "conflict")
        assert await ben.refused("PATCH", where, text) == (403, "forbidden")
        await ben.does("PUT", f"{where}/reactions/👍")
        await ben.does("PUT", f"{where}/pin")
        await ben.says("general", "Later", reply_to=1)
        message = (await ann.page("general"))[0]
        assert (message["text"], message["answers"]) == ("Started a call", 1)
        if is_over:
            assert "call" not in await ann.does("DELETE", where)
        else:
            assert await ann.refused("DELETE", where) == (409, "conflict")


def test_a_call_that_went_on_elsewhere_has_ended_when_it_is_imported() -> None:
    running = Call(now(), (Caller("ann", "somewhere"),), ("ann",))
    message = _first(
        Draft("a", "ann", "x", "Started a call", call=running), Head(1, 1), now()
    )
    archive = cast("Reader", SimpleNamespace(entries=()))
    checked = Importer(archive, with_roles=False).checked(
        "messages", [to_document(message)]
    )
    (found,) = (to_message(each).call for each in checked)
    assert found == Call(running.started_at, (), ("ann",), running.started_at)


async def test_a_relay_s_credentials_are_one_s_own_and_last_an_hour(
    start: Start,
) -> None:
    client = await start(
        stun_urls=("stun:one.example:3478",),
        turn_urls=("turn:two.example:3478?transport=udp", "turns:two.example:5349"),
        turn_secret="north",
    )
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    stun, turn = (await ann.does("GET", "/api/calls/ice"))["ice_servers"]
    assert stun == {"urls": ["stun:one.example:3478"]}
    until, name = turn["username"].split(":")
    assert name == "ann"
    assert abs(int(until) - time.time() - 3_600) < 30
    signed = hmac.new(b"north", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == signed
    async with client.get("/api/calls/ice") as answer:
        assert answer.status == 401


async def test_without_settings_there_are_no_servers(ann: Person) -> None:
    assert await ann.does("GET", "/api/calls/ice") == {"ice_servers": []}


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"HEARTH_STUN_URLS": "turn:x"}, "must be addresses that start with stun:"),
        ({"HEARTH_TURN_URLS": "turn:x, y"}, "must be addresses that start with turn:"),
        ({"HEARTH_TURN_URLS": "turn:x"}, "need each other"),
        ({"HEARTH_TURN_SECRET": "north"}, "need each other"),
    ],
)
def test_a_relay_is_set_up_whole(environ: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        Settings.from_env(environ)


async def test_the_page_may_use_the_camera_and_others_may_not(client: Client) -> None:
    async with client.get("/") as answer:
        assert answer.headers["Permissions-Policy"] == (
            "camera=(self), display-capture=(self), geolocation=(), microphone=(self)"
        )


async def test_six_who_are_in_a_call_say_nothing_more(ann: Person) -> None:
    async with AsyncExitStack() as stack:
        six = [await stack.enter_async_context(ann.listening()) for _ in range(6)]
        for each in six:
            await call(each)
        for each in six:
            await each.until_pong()
        await asyncio.sleep(2)
        heard = [await each.until_pong() for each in six]
        assert len(str(heard)) < 1_000
