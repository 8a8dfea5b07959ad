"""Files go with their message, with their room, and when no message takes them."""

from datetime import timedelta
from typing import Any

from aiohttp import web
from gridfs import GridFSBucket
from pymongo import MongoClient

from handlers.services import SERVICES
from settings import Settings
from store import files
from store.records import now
from tests.attachments import gets, picture, uploads
from tests.conftest import Start
from tests.handlers.test_uploads import stored, until
from tests.people import Person, sign_up

BYTES = b"x" * 600_000  # ten chunks


async def let_time_pass(app: web.Application) -> None:
    """Two days, for the files."""
    before = {"metadata.expires_at": {"$exists": True}}
    past = {"$set": {"metadata.expires_at": now() - timedelta(seconds=1)}}
    await app[SERVICES].db.files.update_many(before, past)


async def test_a_deleted_message_takes_its_files_along(
    app: web.Application, ann: Person, ben: Person
) -> None:
    gone = await uploads(ann, "general", BYTES)
    kept = await uploads(ann, "general", BYTES)
    said = await ann.says("general", "look", files=[gone["id"]])
    await ann.says("general", "look here", files=[kept["id"]])
    path = f"/api/rooms/general/messages/{said['seq']}"
    assert await ben.refused("DELETE", path) == (403, "forbidden")
    assert (await gets(ben, gone["path"]))[0].status == 200
    tombstone = await ann.does("DELETE", path)
    assert "files" not in tombstone
    assert (await gets(ann, gone["path"]))[0].status == 404
    assert await stored(app) == (1, 10)
    assert (await gets(ben, kept["path"]))[1] == BYTES


async def test_a_deleted_room_takes_its_files_along(
    app: web.Application, ann: Person
) -> None:
    await ann.makes("garden")
    file = await uploads(ann, "garden", BYTES)
    await uploads(ann, "garden", BYTES)
    await ann.says("garden", "look", files=[file["id"]])
    await ann.does("DELETE", "/api/rooms/garden")
    assert (await gets(ann, file["path"]))[0].status == 404
    assert await stored(app) == (0, 0)


async def test_what_no_message_takes_goes_and_what_one_took_stays(
    app: web.Application, ann: Person
) -> None:
    kept = await uploads(ann, "general", BYTES)
    await uploads(ann, "general", BYTES)
    await ann.says("general", "look", files=[kept["id"]])
    assert await stored(app) == (2, 20)
    await let_time_pass(app)
    assert await stored(app) == (1, 10)
    document = await app[SERVICES].db.files.find_one({"_id": kept["id"]})
    assert document is not None
    assert "expires_at" not in document["metadata"]
    assert (await gets(ann, kept["path"]))[1] == BYTES


async def test_a_file_whose_message_was_never_stored_goes(
    app: web.Application, ann: Person
) -> None:
    file = await uploads(ann, "general", BYTES)
    await files.claim(app[SERVICES].db, "general", "ann", "never", [file["id"]])
    await let_time_pass(app)
    assert await stored(app) == (0, 0)


async def test_a_deletion_that_a_crash_cut_short_is_finished(
    app: web.Application, ann: Person
) -> None:
    file = await uploads(ann, "general", BYTES)
    said = await ann.says("general", "look", files=[file["id"]])
    # As a crash leaves it: the tombstone is stored, its files are not dropped yet.
    await files.mark_for_check(app[SERVICES].db, [file["id"]])
    messages = app[SERVICES].db.messages
    await messages.update_one(
        {"room": "general", "seq": said["seq"]}, {"$unset": {"files": ""}}
    )
    assert await stored(app) == (1, 10)
    await let_time_pass(app)
    assert await stored(app) == (0, 0)


async def test_a_start_sweeps_what_the_last_process_left(start: Start) -> None:
    first = await start()
    ann = await sign_up(first, "ann")
    assert first.app
    db = first.app[SERVICES].db
    await ann.makes("garden")
    attached = await uploads(ann, "garden", BYTES)
    await ann.says("garden", "look", files=[attached["id"]])
    half = await files.begin(db, "general", "ann", "half")
    await db.chunks.insert_one({"files_id": half, "n": 0, "data": b"x"})
    await db.rooms.replace_one({"_id": "garden"}, {"deleted": True})
    await first.close()
    second = await start()
    assert second.app
    app = second.app

    async def is_swept() -> bool:
        return await app[SERVICES].db.files.count_documents({}) == 0

    await until(is_swept)
    assert await stored(app) == (0, 0)


async def test_any_gridfs_tool_reads_our_files(
    app: web.Application, ann: Person, settings: Settings
) -> None:
    content = picture("PNG", (900, 700))
    file = await uploads(ann, "general", content, "view.png")
    with MongoClient[Any](settings.mongodb_url) as mongo:
        bucket = GridFSBucket(mongo.get_default_database())
        with bucket.open_download_stream(file["id"]) as stream:
            assert (stream.filename, stream.read()) == ("view.png", content)
