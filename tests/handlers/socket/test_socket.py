"""The socket's contract: every frame, every answer, every close code."""

import json

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from tests.conftest import Client, Start
from tests.handlers.web.test_limits import standstill
from tests.people import Inbox, Person, sign_up

__all__ = ["standstill"]

SEND = {"type": "send", "id": "one", "room": "general", "text": "hi"}


async def test_a_member_hears_what_another_member_posts(ann: Person, ben: Person) -> None:
    async with ben.listening() as inbox:
        await ann.says("general", "hello")
        assert (await inbox.next("message"))["text"] == "hello"


async def test_a_send_is_answered_and_heard_in_one_frame(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.say(SEND)
        frame = await inbox.socket.receive_str()
        heard = [json.loads(line) for line in frame.split("\n")]
        assert [each["type"] for each in heard] == ["message", "ok"]
        assert heard[0]["id"] == "one"
        assert heard[1] == {"type": "ok", "id": "one", "seq": 1, "rev": 1}


async def test_several_objects_may_come_in_one_frame(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.say(*({**SEND, "id": f"n{number}"} for number in range(20)))
        answers = [await inbox.next("ok") for _ in range(20)]
        assert sorted(each["seq"] for each in answers) == list(range(1, 21))


async def test_a_retried_send_gets_the_original(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.say(SEND, {**SEND, "text": "again"})
        assert [(await inbox.next("ok"))["seq"] for _ in range(2)] == [1, 1]
    assert [each["text"] for each in await ann.page("general")] == ["hi"]


async def test_the_welcome_says_what_a_client_needs(ann: Person, ben: Person) -> None:
    await ann.says("general", "hello @ben")
    async with ben.listening() as inbox:
        welcome = inbox.welcome
        (general,) = welcome["rooms"]
        assert (general["seq"], general["unread"], general["mentions"]) == (1, 1, 1)
        assert welcome["user"]["name"] == "ben"
        assert welcome["presence"] == ["ben"]
        assert welcome["limits"]["text"] == 8000
        assert {"epoch", "server"} <= welcome.keys()


async def test_a_token_may_be_said_in_the_hello(client: Client, ann: Person) -> None:
    async with client.ws_connect("/api/socket") as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "hello", "token": ann.token})
        assert (await inbox.next("welcome"))["user"]["name"] == "ann"


async def test_a_browser_comes_with_cookie_and_origin(client: Client, ann: Person) -> None:
    origin = str(client.make_url("/")).rstrip("/")
    headers = {"Cookie": f"hearth_session={ann.token}", "Origin": origin}
    async with client.ws_connect("/api/socket", headers=headers) as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "hello"})
        assert (await inbox.next("welcome"))["user"]["name"] == "ann"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "suffix"])
async def test_another_site_cannot_use_the_cookie(
    client: Client, ann: Person, origin: str | None
) -> None:
    headers = {"Cookie": f"hearth_session={ann.token}"}
    if origin:
        ours = str(client.make_url("/")).rstrip("/")
        headers["Origin"] = f"{ours}.evil.example" if origin == "suffix" else origin
    with pytest.raises(WSServerHandshakeError, match="403"):
        await client.ws_connect("/api/socket", headers=headers)


async def test_who_says_no_hello_is_sent_to_sign_in(start: Start) -> None:
    client = await start(hello=1)
    async with client.ws_connect("/api/socket") as socket:
        assert await Inbox(socket).closed() == 4401


@pytest.mark.parametrize("token", ["nonsense", "x" * 5000, ""])
async def test_a_bad_token_is_sent_to_sign_in(client: Client, token: str) -> None:
    async with client.ws_connect("/api/socket") as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "hello", "token": token})
        assert await inbox.closed() == 4401


async def test_who_does_not_begin_with_hello_is_told(client: Client, ann: Person) -> None:
    async with client.ws_connect("/api/socket") as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "ping"})
        assert (await inbox.next("error"))["code"] == "invalid"
        await inbox.say({"type": "hello", "token": ann.token})
        assert await inbox.next("welcome")


HOSTILE = [
    "",
    "nonsense",
    "[]",
    '"hello"',
    "null",
    "{}",
    '{"type":"dance"}',
    '{"type":["send"]}',
    '{"type":"send","id":"a","room":"general"}',
    '{"type":"send","id":"a","room":"general","text":NaN}',
    '{"type":"send","id":"a","room":"\\ud800","text":"x"}',
    '{"type":"send","id":"a","room":{"$ne":null},"text":"x"}',
    '{"type":"send","id":"a b","room":"general","text":"x"}',
    '{"type":"send","id":"a","room":"general","text":"x","sender":"ben"}',
    '{"type":"read","room":"general","seq":9223372036854775808}',
    '{"type":"read","room":"general","seq":1.5}',
    '{"type":"read","room":"general","seq":-1}',
    '{"type":"read","room":"general","seq":' + "9" * 5000 + "}",
    '{"type":"hello","cursors":{"general":"1"}}',
    '{"type":"signal","to":"ann","data":' + "[" * 20_000 + "}",
    "[" * 60_000,
    '{"a":' * 5_000,
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:40])
async def test_what_is_not_understood_is_answered_and_harms_nothing(
    ann: Person, line: str
) -> None:
    async with ann.listening() as inbox:
        await inbox.socket.send_str(line)
        assert (await inbox.next("error"))["code"] in {"invalid", "not_found"}
        await inbox.say({**SEND, "id": "after"})
        assert (await inbox.next("ok"))["seq"] == 1


async def test_a_faulty_send_is_answered_with_its_id(ann: Person) -> None:
    async with ann.listening() as inbox:
        for room, text, code in [
            ("nowhere", "hi", "not_found"),
            ("general", " ", "invalid"),
            ("general", "x" * 8001, "invalid"),
        ]:
            await inbox.say({**SEND, "id": code, "room": room, "text": text})
            assert (await inbox.next("error", id=code))["code"] == code
        await inbox.say({**SEND, "text": 5})
        assert (await inbox.next("error"))["id"] == "one"


async def test_ten_faults_in_a_row_end_it(ann: Person) -> None:
    async with ann.listening() as inbox:
        for _ in range(10):
            await inbox.socket.send_str("nonsense")
        assert await inbox.closed() == 4429


async def test_too_many_frames_end_it(start: Start) -> None:
    client = await start(frames=5)
    ann = await sign_up(client, "ann")
    async with ann.listening() as inbox:
        await inbox.say(*[{"type": "ping"}] * 20)
        assert await inbox.closed() == 4429


async def test_too_many_connections_of_one_user_are_refused(start: Start) -> None:
    client = await start(connections=1)
    ann = await sign_up(client, "ann")
    async with (
        ann.listening(),
        client.ws_connect("/api/socket", headers=ann.headers) as socket,
    ):
        inbox = Inbox(socket)
        await inbox.say({"type": "hello"})
        assert await inbox.closed() == 4429


@pytest.mark.usefixtures("standstill")
async def test_who_comes_again_and_again_must_wait_and_others_need_not(
    start: Start,
) -> None:
    client = await start(reads=1)
    ann, ben = [await sign_up(client, name) for name in ("ann", "ben")]
    for _ in range(2):
        async with ann.listening():
            pass
    async with client.ws_connect("/api/socket", headers=ann.headers) as socket:
        inbox = Inbox(socket)
        await inbox.say({"type": "hello"})
        assert await inbox.closed() == 4429
    async with ben.listening():
        pass


async def test_sends_are_limited_for_a_user_and_not_for_a_connection(start: Start) -> None:
    client = await start(sends=1, burst=3)
    ann = await sign_up(client, "ann")
    async with ann.listening() as one, ann.listening() as two:
        await one.say(*({**SEND, "id": f"n{number}"} for number in range(3)))
        for _ in range(3):
            await one.next("ok")
        await two.say({**SEND, "id": "n3"})
        refused = await two.next("error", id="n3")
        assert refused["code"] == "too_many"
        assert 0 < refused["retry_after"] <= 1


async def test_binary_frames_end_it(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.socket.send_bytes(b"{}")
        assert await inbox.closed() == 1003


async def test_a_frame_that_is_too_big_ends_it(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.socket.send_str("x" * (64 * 1024 + 1))
        assert await inbox.closed() == 1009


async def test_bad_utf8_ends_it(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.socket.send_frame(b'{"type":"\xff"}', WSMsgType.TEXT)
        assert await inbox.closed() == 1007


async def test_a_bad_header_is_refused_before_the_upgrade(client: Client) -> None:
    with pytest.raises(WSServerHandshakeError, match="401"):
        await client.ws_connect("/api/socket", headers={"Authorization": "Bearer nonsense"})


async def test_a_ping_is_answered(ann: Person) -> None:
    async with ann.listening() as inbox:
        assert await inbox.until_pong() == []
