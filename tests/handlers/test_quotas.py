"""Quotas: nobody fills the disk, and the operator hears before it is full."""

import logging

import pytest
from aiohttp import web

from handlers.services import SERVICES
from store.disk import Disk
from tests.conftest import Client, Start
from tests.people import Person, sign_up
from tests.programs import Hook, makes_hook

FULL = (507, "insufficient_storage")
FILES = "/api/rooms/general/files?name=a.txt"
MESSAGES = "/api/rooms/general/messages"


async def uploads(person: Person, content: bytes, *, is_chunked: bool = False) -> int:
    async def pieces():  # type: ignore[no-untyped-def]
        yield content

    async with person.client.post(
        FILES, data=pieces() if is_chunked else content, headers=person.headers
    ) as answer:
        return answer.status


async def text_of(client: Client, path: str) -> str:
    async with client.get(path) as answer:
        return await answer.text()


async def test_the_files_of_one_person_have_a_quota(start: Start) -> None:
    client = await start(storage=1_000, file=400)
    ben, cat = [await sign_up(client, name) for name in ("ben", "cat")]
    assert [await uploads(ben, b"x" * 400) for _ in range(3)] == [201, 201, 507]
    assert await uploads(ben, b"x" * 200) == 201
    assert await uploads(ben, b"x", is_chunked=True) == 507  # It may be of 400 bytes.
    assert await uploads(cat, b"x" * 400) == 201
    await ben.says("general", "words need no room for files")


async def test_what_is_deleted_makes_room(start: Start) -> None:
    client = await start(storage=500, file=400)
    ben = await sign_up(client, "ben")
    async with client.post(FILES, data=b"x" * 400, headers=ben.headers) as answer:
        file = (await answer.json())["id"]
    said = await ben.says("general", "", files=[file])
    assert await uploads(ben, b"x" * 400) == 507
    await ben.does("DELETE", f"{MESSAGES}/{said['seq']}")
    await client.app[SERVICES].file_cleanup.sweep()
    assert await uploads(ben, b"x" * 400) == 201


async def test_what_one_writes_in_a_day_has_a_limit(start: Start) -> None:
    client = await start(storage=100, text=1_000)  # so 4,500 bytes a day
    ben, cat = [await sign_up(client, name) for name in ("ben", "cat")]
    await ben.makes("alerts", "public", "cat")
    for _ in range(3):
        await ben.says("general", "x" * 1_000)
    too_long = {"text": "x" * 1_000}
    assert await ben.refused("POST", MESSAGES, too_long) == (429, "too_many")
    assert await ben.refused("PATCH", f"{MESSAGES}/1", too_long) == (429, "too_many")
    react = f"{MESSAGES}/1/reactions/👍"
    assert await ben.refused("PUT", react) == (429, "too_many")
    await ben.does("DELETE", f"{MESSAGES}/1")
    await cat.says("general", "x" * 1_000)
    hook = await makes_hook(ben)
    for expected in ((200, "ok"), (200, "ok"), (200, "ok"), (429, "rate_limited")):
        assert await hook.says({"text": "y" * 1_000}) == expected


async def test_a_full_disk_takes_no_files_then_no_messages_and_gives_all(
    client: Client, app: web.Application, ben: Person, hook: Hook
) -> None:
    disk = app[SERVICES].disk
    await disk.look()
    assert disk.free_bytes
    await ben.says("general", "hello")
    disk.files_reserve_bytes = disk.low_bytes = disk.free_bytes + 10**12
    assert await uploads(ben, b"x") == 507
    async with client.put("/api/users/me/avatar", data=b"x", headers=ben.headers) as answer:
        assert answer.status == 507
    await ben.says("general", "there is room for words")
    disk.messages_reserve_bytes = disk.low_bytes
    for method, path, body in [
        ("POST", MESSAGES, {"text": "x"}),
        ("PATCH", f"{MESSAGES}/1", {"text": "x"}),
        ("PUT", f"{MESSAGES}/1/reactions/👍", None),
    ]:
        assert await ben.refused(method, path, body) == FULL
    async with ben.listening() as inbox:
        await inbox.say({"type": "send", "id": "a", "room": "general", "text": "x"})
        assert (await inbox.next("error"))["code"] == "insufficient_storage"
    assert await hook.says({"text": "x"}) == (507, "service_unavailable")
    await ben.does("DELETE", f"{MESSAGES}/1")
    assert len(await ben.page("general")) == 2


async def test_the_operator_hears_before_the_disk_is_full(
    client: Client, app: web.Application, caplog: pytest.LogCaptureFixture
) -> None:
    disk = app[SERVICES].disk
    await disk.look()
    assert "disk low" not in await text_of(client, "/readyz")
    assert "\nhearth_disk_free_bytes " in await text_of(client, "/metrics")
    disk.low_bytes = 10**15
    with caplog.at_level(logging.WARNING, "hearth.disk"):
        for _ in range(2):
            await disk.look()
    assert len(caplog.records) == 1
    assert "disk low" in await text_of(client, "/readyz")


async def test_the_folder_of_our_own_database_is_looked_at(app: web.Application) -> None:
    services = app[SERVICES]
    own = Disk(services.db, services.settings.data.parent)
    await own.look()
    assert own.free_bytes
