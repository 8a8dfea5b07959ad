"""The pytest plugin: people, and what can go wrong between them and their database."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from pytest_hearth.hearth import Hearth

StartHearth = Callable[..., Awaitable[Hearth]]


async def test_people_hear_what_was_said_before_and_what_is_said_now(
    hearth: Hearth,
) -> None:
    ann, ben = await hearth.people("ann", "ben")
    await ann.says("general", "early")
    await ann.says("general", "hi")
    assert (await ben.hears("hi"))["sender"] == "ann"
    waiting = asyncio.create_task(ben.hears("late", room="general"))
    await ann.says("general", "late")
    await waiting
    assert [each["text"] for each in await ben.heard()] == ["early"]
    assert (await ben.hears("early"))["seq"] == 1


async def test_who_does_not_hear_says_what_was_heard(hearth: Hearth) -> None:
    ann, ben = await hearth.people("ann", "ben")
    await ann.says("general", "hi")
    with pytest.raises(AssertionError, match=r"ben did not hear 'ho' .* but \['hi'\]"):
        await ben.hears("ho", within=0.5)
    with pytest.raises(AssertionError):
        await ben.hears("hi", room="porch", within=0.1)


async def test_whoever_comes_first_is_the_owner(hearth: Hearth) -> None:
    ann, ben = await hearth.people("ann", "ben")
    assert (await ann.does("GET", "/api/users/me"))["role"] == "owner"
    assert (await ben.does("GET", "/api/users/me"))["role"] == "member"


async def test_what_is_cut_before_it_arrives_was_never_said(hearth: Hearth) -> None:
    ann, ben = await hearth.people("ann", "ben")
    hearth.line.cut_before("hi")
    with pytest.raises(aiohttp.ClientError):
        await ann.says("general", "hi")
    await hearth.line.resume()
    await ann.says("general", "afterwards")
    await ben.hears("afterwards")
    assert await ben.heard() == []


async def test_what_is_cut_before_its_answer_was_said_once(hearth: Hearth) -> None:
    ann, ben = await hearth.people("ann", "ben")
    hearth.line.cut_after("hi")
    with pytest.raises(aiohttp.ClientError):
        await ann.says("general", "hi", id="once")
    await hearth.line.resume()
    assert (await ann.says("general", "hi", id="once"))["seq"] == 1
    assert (await ben.hears("hi"))["seq"] == 1
    assert await ben.heard() == []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_it_can_be_cut_under_a_socket_too(hearth: Hearth, when: str) -> None:
    ann, ben = await hearth.people("ann", "ben")
    async with ann.listening() as inbox:
        getattr(hearth.line, f"cut_{when}")("hi")
        await inbox.say({"type": "send", "id": "a", "room": "general", "text": "hi"})
        await hearth.line.broken()
        await hearth.line.resume()
        with pytest.raises(ConnectionResetError):
            await inbox.next("ok")
    assert [each["text"] for each in await ben.heard()] == ["hi"][: when == "after"]


async def test_people_come_back_when_the_line_or_the_server_does(hearth: Hearth) -> None:
    ann, ben = await hearth.people("ann", "ben")
    await ann.says("general", "one")
    await ben.hears("one")
    hearth.line.cut()
    await hearth.line.resume()
    await ann.says("general", "two")
    await ben.hears("two")
    await hearth.restart()
    await ann.says("general", "three")
    await ben.hears("three")
    assert await ben.heard() == []


async def test_a_line_that_stalls_delays_and_loses_nothing(hearth: Hearth) -> None:
    ann, ben = await hearth.people("ann", "ben")
    hearth.line.stall()
    saying = asyncio.create_task(ann.says("general", "hi"))
    assert await asyncio.wait([saying], timeout=0.2) == (set(), {saying})
    await hearth.line.resume()
    await saying
    await ben.hears("hi")


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_the_database_goes_away_and_comes_back(hearth: Hearth, how: str) -> None:
    ann, ben = await hearth.people("ann", "ben")
    getattr(hearth.database, how)()
    assert await ann.refused(
        "POST", "/api/rooms/general/messages", {"text": "hi", "id": "once"}
    ) == (503, "unavailable")
    await hearth.database.resume()
    await hearth.ready()
    await ann.says("general", "hi", id="once")
    await ben.hears("hi")
    assert await ben.heard() == []


async def test_who_stops_reading_delays_nobody(start_hearth: StartHearth) -> None:
    hearth = await start_hearth(backlog=16 * 1024)
    ann, ben, cat = await hearth.people("ann", "ben", "cat")
    stuck = await ben.stops_reading()
    for number in range(5):
        await ann.says("general", f"{number}" * 8000)
        await cat.hears(f"{number}" * 8000)
    stuck.close()


async def test_several_live_side_by_side(start_hearth: StartHearth) -> None:
    first, second = await start_hearth(), await start_hearth(text=5)
    (ann,), (also_ann,) = await first.people("ann"), await second.people("ann")
    await ann.says("general", "here")
    await also_ann.says("general", "there")
    assert (await ann.page("general"))[0]["text"] == "here"
    assert (await also_ann.page("general"))[0]["text"] == "there"
    assert await also_ann.refused(
        "POST", "/api/rooms/general/messages", {"text": "too long"}
    ) == (400, "invalid")
    assert await ann.ask("GET", "/api/users/me")
    async with await also_ann.client.get(
        f"{first.url}/api/users/me", headers=also_ann.headers
    ) as answer:
        assert answer.status == 401


async def test_one_that_ends_leaves_the_others(start_hearth: StartHearth) -> None:
    first, second = await start_hearth(), await start_hearth()
    (ann,) = await second.people("ann")
    await first.client.close()
    await ann.says("general", "still here")
    await ann.hears("still here")
