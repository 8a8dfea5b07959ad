"""An operator's day: a backup while people talk, a death, a restore elsewhere, a move."""

import asyncio
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tests.command_line import answers, run
from tests.people import PASSWORD, Json, Person, sign_up
from tests.process import Process
from tests.test_kill import PLENTY

MANY = 5_000
AT_ONCE = 20  # requests under way


async def back_again(http: aiohttp.ClientSession, at: str, *names: str) -> list[Person]:
    people = []
    for name in names:
        form = {"name": name, "password": PASSWORD}
        async with http.post(f"{at}/api/auth/token", json=form) as answer:
            people.append(Person(http, name, (await answer.json())["access_token"], at))
    return people


def differences(before: Json, after: Json) -> list[str]:
    """The answers that are not the same, each with what it was and is."""
    return [
        f"{name} {path}: {before[name].get(path)!r:.2000} {told.get(path)!r:.2000}"
        for name, told in after.items()
        for path in sorted(told.keys() | before[name].keys())
        if told.get(path) != before[name].get(path)
    ]


async def talk(people: list[Person]) -> None:
    """Say many things, some of them answers to others."""
    numbers = iter(range(MANY))

    async def one() -> None:
        for number in numbers:
            more = {"reply_to": number // 2} if number % 50 == 49 else {}
            text = f"look at *{number}* @ben"
            await people[number % 2].says("general", text, id=f"n{number}", **more)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one())


async def chatter(person: Person) -> None:
    """Say something in another room until the server dies."""
    with suppress(aiohttp.ClientError):
        while True:
            await person.says("attic", "still here")


@pytest.mark.long
async def test_a_day_with_a_backup_a_death_a_restore_and_a_move(tmp_path: Path) -> None:
    plenty = {**PLENTY, "REGISTRATION": "open"}
    first, second, third = (
        Process(tmp_path / name, **plenty) for name in ("first", "second", "third")
    )
    backup, export = tmp_path / "backup.zip", tmp_path / "export.zip"
    but = {"/api/invites"}
    try:
        async with aiohttp.ClientSession() as http:
            at = await first.start()
            people = [await sign_up(http, name, at) for name in ("ann", "ben")]
            await talk(people)
            await people[0].makes("attic", "private")
            talking = asyncio.create_task(chatter(people[0]))
            before = await answers([people[1]], but=but)
            port = at.rpartition(":")[2]
            said = await run(f"backup {backup}", DATA=tmp_path / "first", PORT=port)
            assert said[0] == 0, said
            await first.kill()
            await talking

            async def verb(words: str, folder: str, typed: str = "") -> None:
                ended, _, complaints = await run(words, typed, DATA=tmp_path / folder)
                assert ended == 0, complaints

            await verb(f"restore {backup}", "second")
            at = await second.start()
            ann, ben = await back_again(http, at, "ann", "ben")
            assert differences(before, await answers([ben], but=but)) == []
            kept = await ann.page("attic")
            assert {each["text"] for each in kept} == {"still here"}
            everything = await answers([ann, ben], but=but)
            assert await second.end() == 0
            await verb(f"export {export}", "second")
            await verb(f"import --with-roles {export}", "third")
            for name in ("ann", "ben"):
                await verb(f"user passwd {name}", "third", PASSWORD)
            at = await third.start()
            people = await back_again(http, at, "ann", "ben")
            assert differences(everything, await answers(people, but=but)) == []
            assert await third.end() == 0
    finally:
        for each in (first, second, third):
            await each.kill()
