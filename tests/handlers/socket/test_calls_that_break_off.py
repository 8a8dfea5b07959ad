"""Calls whose line, server or database goes away: who is in them, and when they ended."""

import asyncio
from datetime import datetime, timedelta

import pytest

from handlers.services import calls
from pytest_hearth.hearth import Hearth
from store.lease.timeouts import RENEW_SECONDS
from store.records import now
from tests.handlers.socket.test_calls import call, names, people
from tests.people import Inbox, Json, Person

RENEWED = timedelta(seconds=RENEW_SECONDS + 1)  # within which a lease was


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "RETURN_SECONDS", 0.5)
    monkeypatch.setattr("handlers.socket.connect.LOST_SECONDS", 0.5)


async def rejoined(inbox: Inbox) -> Json:
    """Join as soon as a server that has just started has read its calls."""
    while (answer := await call(inbox))["type"] == "error":
        assert answer["code"] == "unavailable"
    return answer


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_lost_connection_leaves_after_a_while(
    ann: Person, ben: Person, soon: None
) -> None:
    async with ann.listening() as a:
        await call(a)
        async with ben.listening() as b:
            await call(b)
        assert names(await people(ann, "ann", "ben")) == ["ann", "ben"]
        await people(ann, "ann")
        assert (await call(a, join=False))["type"] == "ok"


async def test_after_a_restart_those_who_come_back_are_in_it(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "RETURN_SECONDS", 2.0)
    ann, ben = await hearth.people("ann", "ben")
    a, b = await ann.connect(), await ben.connect()
    await call(a)
    await call(b)
    await hearth.restart()
    assert names(await people(ann, "ann", "ben")) == ["ann", "ben"]
    async with ann.listening() as back:
        assert (await rejoined(back))["seq"] == 1
        found = await people(ann, "ann")
        assert found["people"][0]["connection"] == back.welcome["connection"]
        assert "ended_at" not in found


async def test_after_a_death_a_call_goes_on_for_those_who_come_back_and_else_ended_then(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "RETURN_SECONDS", 4.0)
    ann, ben = await hearth.people("ann", "ben")
    await ann.makes("garden", "public", "ben")
    await hearth.standby()
    for each, room in ((ann, "general"), (ben, "general"), (ben, "garden")):
        await call(await each.connect(), room=room)
    await asyncio.sleep(RENEW_SECONDS + 0.5)
    died_at = now()
    await hearth.dies()
    async with ann.listening() as back:
        assert (await rejoined(back))["seq"] == 1
        assert "ended_at" not in await people(ann, "ann")
        left_at = now()
        await call(back, join=False)
    assert moment((await people(ann))["ended_at"]) >= left_at
    ended = await people(ben, room="garden")
    assert timedelta() < died_at - moment(ended["ended_at"]) < RENEWED
    assert moment(ended["ended_at"]) > moment(ended["started_at"])


async def test_after_a_long_time_without_a_server_it_is_another_call(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "MAX_AWAY_SECONDS", 0)
    (ann,) = await hearth.people("ann")
    await call(await ann.connect())
    await hearth.restart()
    async with ann.listening() as back:
        assert (await people(ann))["ended_at"]
        assert (await rejoined(back))["seq"] == 2


async def test_a_call_s_length_ends_when_its_last_connection_was_lost(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.socket.connect.LOST_SECONDS", 1.0)
    async with ann.listening() as a:
        await call(a)
    lost_at = now()
    ended = await people(ann)
    assert moment(ended["ended_at"]) - lost_at < timedelta(seconds=0.8)


async def test_leaving_while_the_database_is_away_is_stored_when_it_is_back(
    hearth: Hearth,
) -> None:
    (ann,) = await hearth.people("ann")
    async with ann.listening() as a:
        await call(a)
        hearth.database.cut()
        assert (await call(a, join=False))["code"] == "unavailable"
        await hearth.database.resume()
        while "ended_at" not in (await a.next("message"))["call"]:
            pass
