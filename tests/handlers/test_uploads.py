"""Uploading files, and what they are taken for."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import FormData, web

from handlers.services import SERVICES
from store.files import CHUNK_BYTES
from tests.attachments import gets, upload, uploads
from tests.conftest import Client, Start
from tests.people import SOON, Person, problem, sign_up


async def stored(app: web.Application) -> tuple[int, int]:
    """How many files there are, and how many chunks of files, when the sweeper is done."""
    await app[SERVICES].file_cleanup.sweep()
    db = app[SERVICES].db
    return await db.files.count_documents({}), await db.chunks.count_documents({})


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(SOON):
        while not await condition():  # noqa: ASYNC110 - the database sends no event
            await asyncio.sleep(0.01)


async def test_a_file_comes_back_as_it_was_sent(ann: Person) -> None:
    content = bytes(range(256)) * 3_000
    file = await uploads(ann, "general", content, "notes.bin")
    assert file == {
        "id": file["id"],
        "name": "notes.bin",
        "type": "application/octet-stream",
        "size": len(content),
        "path": f"/api/files/{file['id']}/notes.bin",
    }
    answer, got = await gets(ann, file["path"])
    assert (answer.status, got) == (200, content)


async def test_an_upload_without_a_length_is_taken_too(ann: Person) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 100_000

    file = await uploads(ann, "general", pieces())
    assert file["size"] == 300_000


async def test_an_upload_gives_way_when_the_journal_is_slow(
    app: web.Application, ann: Person
) -> None:
    database = app[SERVICES].db.chunks.database
    await database.command("profile", 2)
    await uploads(ann, "general", b"x" * 10 * CHUNK_BYTES)
    await database.command("profile", 0)
    seen = {
        "ns": app[SERVICES].db.chunks.with_options().full_name,
        "command.insert": {"$exists": True},
    }
    writes = await database["system.profile"].find(seen).to_list(None)
    await database.drop_collection("system.profile")
    waits = [write["command"]["writeConcern"]["j"] for write in writes]
    assert waits == [False, False, False, True] * 2 + [False, False]
    settings = await database.command("collStats", app[SERVICES].db.chunks.name)
    given = settings["wiredTiger"]["creationString"].split(",")
    assert {"os_cache_dirty_max=1MB", "memory_page_max=1MB"} <= set(given)


async def test_an_empty_file_is_refused(app: web.Application, ann: Person) -> None:
    async with await upload(ann, "general", b"") as answer:
        assert await problem(answer) == (400, "invalid")
    assert await stored(app) == (0, 0)


async def test_a_form_is_not_taken_for_the_file_in_it(
    app: web.Application, ann: Person
) -> None:
    form = FormData()
    form.add_field("file", b"x", filename="x.txt")
    url = "/api/rooms/general/files?name=x.txt"
    async with ann.client.post(url, data=form, headers=ann.headers) as answer:
        assert await problem(answer) == (415, "unsupported")
    assert await stored(app) == (0, 0)


async def test_a_file_over_the_limit_is_refused_by_its_length_and_by_its_bytes(
    start: Start,
) -> None:
    client = await start(file=500_000)
    ann = await sign_up(client, "ann")
    assert (await uploads(ann, "general", b"x" * 500_000))["size"] == 500_000

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(51):
            yield b"x" * 10_000

    for content in (b"x" * 500_001, pieces()):
        async with await upload(ann, "general", content) as answer:
            assert await problem(answer) == (413, "too_large")
    assert client.app
    assert await stored(client.app) == (1, 8)


async def test_a_packed_body_counts_as_what_is_in_it(start: Start) -> None:
    ann = await sign_up(await start(file=50_000), "ann")
    packed = gzip.compress(b"x" * 1_000_000)
    headers = {**ann.headers, "Content-Encoding": "gzip"}
    path = "/api/rooms/general/files?name=bomb"
    async with ann.client.post(path, data=packed, headers=headers) as answer:
        assert await problem(answer) == (413, "too_large")


async def test_an_upload_that_breaks_off_leaves_nothing_behind(
    app: web.Application, ann: Person
) -> None:
    url = ann.client.make_url("/")
    assert url.host
    _, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        "POST /api/rooms/general/files?name=half HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {ann.token}\r\nContent-Length: 9000000\r\n\r\n"
    )
    writer.write(head.encode() + b"x" * 1_000_000)
    await until(lambda: app[SERVICES].db.chunks.count_documents({}))
    writer.transport.abort()

    async def is_gone() -> bool:
        return await stored(app) == (0, 0)

    await until(is_gone)


async def test_an_upload_of_somebody_who_is_removed_meanwhile_is_not_kept(
    app: web.Application, ann: Person, ben: Person
) -> None:
    await ann.makes("lair", "private", "ben")
    going = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        await going.wait()
        yield b"y"

    uploading = asyncio.create_task(upload(ben, "lair", pieces()))
    await until(lambda: app[SERVICES].db.chunks.count_documents({}))
    await ann.does("DELETE", "/api/rooms/lair/members/ben")
    going.set()
    async with await uploading as answer:
        assert await problem(answer) == (404, "not_found")
    assert await stored(app) == (0, 0)


async def test_a_hundred_at_once_are_stored_or_refused_and_the_chat_goes_on(
    app: web.Application, client: Client, ann: Person, ben: Person
) -> None:
    answers: list[Any] = await asyncio.gather(
        *(upload(ann, "general", b"x" * 300_000, str(number)) for number in range(100)),
        *(ben.says("general", f"{number}") for number in range(20)),
    )
    statuses = [answer.status for answer in answers[:100]]
    assert set(statuses) <= {201, 429}
    assert await stored(app) == (statuses.count(201), 5 * statuses.count(201))
    assert len(await ben.page("general")) == 20
