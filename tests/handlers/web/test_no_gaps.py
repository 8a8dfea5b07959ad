"""Revocation has no gaps: what is under way when a right ends, ends with it."""

import asyncio
import io
import json
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp
import bcrypt
import pytest
from aiohttp import web

from handlers.services import SERVICES
from handlers.web import auth
from store import access
from store.records import AccessKind, now
from tests.conftest import Client, Start, owner_code
from tests.people import PASSWORD, SOON, Inbox, Person, sign_in, sign_up
from tests.programs import makes_bot, with_token
from tests.raw import connect

NEW = "another good one"
Act = Callable[[Person, Person], Awaitable[object]]


async def changes_the_password(ann: Person, ben: Person) -> None:
    form = {"current": PASSWORD, "password": NEW}
    await ben.does("POST", "/api/auth/password", form, status=204)


async def disables(ann: Person, ben: Person) -> None:
    await ann.does("PATCH", "/api/users/ben", {"disabled": True})


async def signs_out(ann: Person, ben: Person) -> None:
    await ben.does("POST", "/api/auth/logout", status=204)


async def ends_the_session(ann: Person, ben: Person) -> None:
    (session,) = (await ben.does("GET", "/api/sessions"))["sessions"]
    await ben.does("DELETE", f"/api/sessions/{session['id']}", status=204)


async def removes(ann: Person, ben: Person) -> None:
    await ann.does("DELETE", "/api/rooms/attic/members/ben", status=204)


class Gate:
    """Holds the first password check, in its thread, until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self._open, self._check = False, threading.Event(), bcrypt.checkpw
        monkeypatch.setattr(bcrypt, "checkpw", self._checked)

    def _checked(self, password: bytes, hashed: bytes) -> bool:
        is_first, self.reached = not self.reached, True
        if is_first:
            self._open.wait(SOON)
        return self._check(password, hashed)

    async def wait(self) -> None:
        async with asyncio.timeout(SOON):
            while not self.reached:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def open(self) -> None:
        self._open.set()


@pytest.mark.parametrize("act", [changes_the_password, disables])
async def test_a_sign_in_under_way_does_not_survive(
    client: Client, ann: Person, ben: Person, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    signing_in = asyncio.create_task(sign_in(client, "ben"))
    await gate.wait()
    await act(ann, ben)
    gate.open()
    assert (await signing_in)[0] == 401
    if act is changes_the_password:
        assert len((await ben.does("GET", "/api/sessions"))["sessions"]) == 1


async def test_of_two_changes_of_a_password_one_counts(client: Client, ann: Person) -> None:
    thief = Person(client, "ann", (await sign_in(client, "ann"))[1]["access_token"])
    found = []

    async def change(person: Person, password: str) -> None:
        form = {"current": PASSWORD, "password": password}
        async with await person.ask("POST", "/api/auth/password", form) as answer:
            found.append((answer.status, password))

    await asyncio.gather(change(ann, NEW), change(thief, "the thief's own one"))
    ((_, kept),) = [each for each in found if each[0] == 204]
    assert (await sign_in(client, "ann", kept))[0] == 200


async def test_a_session_that_ends_meanwhile_makes_nothing_that_outlives_it(
    client: Client, ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    form = {"current": PASSWORD, "password": "the thief's own one"}
    changing = asyncio.create_task(ben.refused("POST", "/api/auth/password", form))
    await gate.wait()
    await signs_out(ann, ben)
    gate.open()
    assert await changing == (401, "unauthenticated")
    assert (await sign_in(client, "ben"))[0] == 200


async def test_the_oldest_of_very_many_sessions_ends_with_the_others(
    app: web.Application, ann: Person
) -> None:
    services, moment = app[SERVICES], now()
    documents = [
        {
            "_id": f"s{number}", "key": f"s{number}", "kind": "session", "user": "ann",
            "created_at": moment, "last_used_at": moment - timedelta(seconds=number),
            "expires_at": moment + timedelta(days=1),
        }
        for number in range(1_100)
    ]  # fmt: skip
    await services.db.access.with_options().insert_many(documents)
    oldest = await access.require(services.db, AccessKind.SESSION, "s1099")
    thief = Person(ann.client, "ann", services.credentials.issue(oldest))
    async with thief.listening() as inbox:
        form = {"current": PASSWORD, "password": NEW}
        await ann.does("POST", "/api/auth/password", form, status=204)
        assert await inbox.closed() == 4401
    assert await thief.refused("GET", "/api/rooms") == (401, "unauthenticated")


async def test_a_user_has_so_many_sessions_and_the_oldest_go(
    client: Client, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MAX_SESSIONS", 3)
    async with ann.listening() as inbox:
        signed_in = [(await sign_in(client, "ann"))[1]["access_token"] for _ in range(3)]
        assert await inbox.closed() == 4401
    assert await ann.refused("GET", "/api/rooms") == (401, "unauthenticated")
    phones = [Person(client, "ann", token) for token in signed_in]
    assert len((await phones[0].does("GET", "/api/sessions"))["sessions"]) == 3


@pytest.mark.parametrize("act", [signs_out, ends_the_session, disables])
@pytest.mark.parametrize("round_", range(3))
async def test_nothing_of_the_revoked_follows_the_answer(
    ann: Person, ben: Person, act: Act, round_: int
) -> None:
    await ann.makes("attic", "private", "ben")
    async with ben.listening() as inbox:
        for number in range(60):
            send = {"type": "send", "id": f"n{number}", "room": "attic", "text": "more"}
            await inbox.say(send)
        await asyncio.sleep(0.004 * round_)
        await act(ann, ben)
        head = (await ann.room("attic"))["seq"]
        acknowledged = await all_answers(inbox)
        assert all(seq <= head for seq in acknowledged)
        await asyncio.sleep(0.2)
        assert (await ann.room("attic"))["seq"] == head


async def all_answers(inbox: Inbox) -> list[int]:
    seqs = []
    async with asyncio.timeout(SOON):
        while True:
            try:
                heard = await inbox.any()
            except ConnectionResetError:
                return seqs
            if heard["type"] == "ok":
                seqs.append(heard["seq"])


@pytest.mark.parametrize("act", [signs_out, ends_the_session, disables])
async def test_a_request_whose_body_comes_later_is_refused(
    client: Client, ann: Person, ben: Person, act: Act
) -> None:
    body = json.dumps({"text": "I am still here"}).encode()
    head = (
        f"POST /api/rooms/general/messages HTTP/1.1\r\nHost: {client.host}\r\n"
        f"Authorization: Bearer {ben.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    async with await connect(str(client.make_url("/"))) as line:
        await line.send(head.encode() + body[:5])
        await asyncio.sleep(0.1)
        await act(ann, ben)
        await line.send(body[5:])
        assert await line.status() == 401
    assert await ann.page("general") == []


@pytest.mark.parametrize("act", [removes, signs_out, disables])
async def test_a_download_under_way_ends_with_its_right(
    client: Client, ann: Person, ben: Person, act: Act
) -> None:
    await ann.makes("attic", "private", "ben")
    file = await upload(ann, "attic", b"x" * 12_000_000)
    await ann.says("attic", "", files=[file["id"]])
    path = f"/api/files/{file['id']}/{file['name']}"
    async with client.get(path, headers=ben.headers) as answer:
        await answer.content.readany()
        await act(ann, ben)
        with pytest.raises(aiohttp.ClientError):
            await answer.read()


async def test_an_upload_under_way_ends_with_its_right(
    client: Client, ann: Person, ben: Person
) -> None:
    await ann.makes("attic", "private", "ben")
    head = (
        f"POST /api/rooms/attic/files?name=x HTTP/1.1\r\nHost: {client.host}\r\n"
        f"Authorization: Bearer {ben.token}\r\nContent-Length: 20000000\r\n\r\n"
    )
    async with await connect(str(client.make_url("/"))) as line:
        await line.send(head.encode() + b"x" * 200_000)
        await asyncio.sleep(0.1)
        await removes(ann, ben)
        await line.send(b"x" * 1_000)
        assert await line.status() == 404


async def test_who_changes_their_password_does_not_wait_for_those_who_guess(
    start: Start,
) -> None:
    client = await start(sign_ins=1_000, bcrypt_cost=10)
    ann = await sign_up(client, "ann")
    guesses = [
        asyncio.create_task(sign_in(client, f"n{number}", "a guess"))
        for number in range(60)
    ]
    while not any(guess.done() for guess in guesses):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    await changes_the_password(ann, ann)
    assert not all(guess.done() for guess in guesses)
    assert {status for status, _ in await asyncio.gather(*guesses)} == {401, 503}


async def test_work_that_takes_too_long_says_nothing_about_the_database(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start(bcrypt_cost=10)
    assert client.app is not None
    services = client.app[SERVICES]
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    with monkeypatch.context() as patched:
        patched.setattr(auth, "REQUEST_SECONDS", 0.02)
        form = {"current": PASSWORD, "password": NEW}
        assert (await ann.refused("POST", "/api/auth/password", form))[0] == 503
        assert services.db.is_well()
    await ann.says("general", "all is well")


async def test_a_bots_sockets_close_with_its_token(ann: Person, ben: Person) -> None:
    bot = await makes_bot(ann)
    program, id = await with_token(ben)
    for person, by in ((bot, ann), (program, ben)):
        found = (await by.does("GET", "/api/tokens"))["tokens"]
        (token,) = [each["id"] for each in found if each["user"] == person.name]
        async with person.listening() as inbox:
            await by.does("DELETE", f"/api/tokens/{token}", status=204)
            assert await inbox.closed() == 4401
    assert id


async def upload(person: Person, room: str, content: bytes) -> dict[str, object]:
    path = f"/api/rooms/{room}/files?name=big.bin"
    async with person.client.post(
        path, data=io.BytesIO(content), headers=person.headers
    ) as answer:
        assert answer.status == 201
        made: dict[str, object] = await answer.json()
        return made
