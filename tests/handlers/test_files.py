"""Files in messages: who may read them, parts of them, and when they go."""

import asyncio

import pytest

from store import files
from tests.attachments import gets, picture, upload, uploads
from tests.handlers.test_uploads import until
from tests.people import Person, problem

BYTES = bytes(range(256)) * 4_000


@pytest.fixture
async def lair(ann: Person, ben: Person) -> str:
    """A private room of Ann's, with Ben in it."""
    return await ann.makes("lair", "private", "ben")


async def test_a_message_shows_its_files_to_everybody_in_the_room(
    ann: Person, ben: Person, lair: str
) -> None:
    first = await uploads(ann, lair, picture(), "view.png")
    second = await uploads(ann, lair, BYTES, "plan.bin")
    async with ben.listening() as inbox:
        said = await ann.says(lair, "look", files=[second["id"], first["id"]])
        heard = await inbox.next("message")
    assert said["files"] == heard["files"] == [second, first]
    assert (await ben.page(lair))[0]["files"] == [second, first]
    assert (await gets(ben, second["path"]))[1] == BYTES


async def test_files_need_no_words_and_go_over_the_socket_too(
    ann: Person, lair: str
) -> None:
    file = await uploads(ann, lair, BYTES)
    async with ann.listening() as inbox:
        send = {"type": "send", "id": "one", "room": lair, "files": [file["id"]]}
        await inbox.say({**send, "id": "none", "files": []}, send)
        assert (await inbox.next("error", id="none"))["code"] == "invalid"
        assert (await inbox.next("message"))["files"] == [file]


async def test_words_can_be_edited_away_only_if_there_are_files(
    ann: Person, lair: str
) -> None:
    file = await uploads(ann, lair, BYTES)
    said = await ann.says(lair, "look", files=[file["id"]])
    path = f"/api/rooms/{lair}/messages"
    edited = await ann.does("PATCH", f"{path}/{said['seq']}", {"text": ""})
    assert (edited["text"], edited["files"]) == ("", [file])
    plain = await ann.says(lair, "words")
    refused = await ann.refused("PATCH", f"{path}/{plain['seq']}", {"text": " "})
    assert refused == (400, "invalid")


async def test_a_retry_gets_the_original_with_its_files(ann: Person, lair: str) -> None:
    file = await uploads(ann, lair, BYTES)
    body = {"text": "look", "id": "one", "files": [file["id"]]}
    path = f"/api/rooms/{lair}/messages"
    once = await ann.does("POST", path, body, status=201)
    assert await ann.does("POST", path, body, status=200) == once
    await ann.does("DELETE", f"{path}/1")
    assert (await ann.does("POST", path, body, status=200))["deleted"]


async def test_a_file_is_in_one_message_of_its_uploader_in_its_room(
    ann: Person, ben: Person, lair: str
) -> None:
    file = (await uploads(ann, lair, BYTES))["id"]
    path = "/api/rooms/{}/messages"
    for who, room, ids in (
        (ben, lair, [file]),
        (ann, "general", [file]),
        (ann, lair, [file, "nothing"]),
    ):
        body = {"text": "mine?", "files": ids}
        assert await who.refused("POST", path.format(room), body) == (404, "not_found")
    many = {"text": "many", "files": [str(number) for number in range(11)]}
    assert await ann.refused("POST", path.format(lair), many) == (400, "invalid")
    body = {"text": "mine", "files": [file, file]}
    answers = await asyncio.gather(
        *(ann.ask("POST", path.format(lair), body) for _ in range(5))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409]
    assert [len(message["files"]) for message in await ann.page(lair)] == [1]


async def test_a_message_that_is_refused_gives_its_files_back(
    ann: Person, lair: str
) -> None:
    file = (await uploads(ann, lair, BYTES))["id"]
    path = f"/api/rooms/{lair}/messages"
    body = {"text": "look", "files": [file], "reply_to": 99}
    assert await ann.refused("POST", path, body) == (404, "not_found")

    async def can_be_posted() -> bool:
        return (await ann.ask("POST", path, {"files": [file]})).status == 201

    await until(can_be_posted)


async def test_strangers_find_no_files(
    ann: Person, ben: Person, cat: Person, lair: str
) -> None:
    file = await uploads(ann, lair, picture(size=(900, 900)), "view.png")
    paths = [file["path"], file["preview"]]
    nothing = {"detail": files.NOT_THERE}
    for path in [*paths, "/api/files/nothing/view.png", "/api/previews/nothing"]:
        for stranger in (ben, cat):  # Ben is a member, but it is in no message yet.
            async with await stranger.ask("GET", path) as answer:
                assert answer.status == 404
                assert (await answer.json(content_type=None)).items() >= nothing.items()
    await ann.says(lair, "", files=[file["id"]])
    for path in paths:
        assert (await gets(ben, path))[0].status == 200
        assert (await gets(cat, path))[0].status == 404
    tag = {"If-None-Match": f'"{file["id"]}"'}
    assert (await gets(ben, paths[0], **tag))[0].status == 304
    await ann.does("DELETE", f"/api/rooms/{lair}/members/ben")
    assert [(await gets(ben, path, **tag))[0].status for path in paths] == [404, 404]
    async with await upload(ben, lair, b"x") as answer:
        assert await problem(answer) == (404, "not_found")


async def test_a_file_that_was_split_otherwise_is_read(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(files, "CHUNK_BYTES", 255 * 1024)
        path = (await uploads(ann, "general", BYTES))["path"]
    assert (await gets(ann, path))[1] == BYTES
    headers = {**ann.headers, "Range": "bytes=300000-900000"}
    async with ann.client.get(path, headers=headers) as answer:
        assert await answer.read() == BYTES[300_000:900_001]


async def test_parts_of_a_file(ann: Person) -> None:
    file = await uploads(ann, "general", BYTES)
    size, path, tag = len(BYTES), file["path"], f'"{file["id"]}"'
    parts: list[tuple[dict[str, str], int, slice]] = [
        ({"Range": "bytes=0-0"}, 206, slice(0, 1)),
        ({"Range": "bytes=261119-261121"}, 206, slice(261_119, 261_122)),
        ({"Range": "bytes=1000000-"}, 206, slice(1_000_000, size)),
        ({"Range": "bytes=-10"}, 206, slice(size - 10, size)),
        ({"Range": "bytes=5-99999999"}, 206, slice(5, size)),
        ({"Range": "bytes=5-9", "If-Range": tag}, 206, slice(5, 10)),
        ({"Range": "bytes=5-9", "If-Range": '"old"'}, 200, slice(size)),
        ({"Range": "bytes=0-1,5-9" + ",7-8" * 900}, 200, slice(size)),
        ({"Range": "bytes=9-5"}, 200, slice(size)),
        ({"Range": "lines=1-2"}, 200, slice(size)),
        ({"Range": f"bytes={size}-"}, 416, slice(0)),
        ({"If-None-Match": tag, "Range": "bytes=0-0"}, 304, slice(0)),
        ({"If-None-Match": "*"}, 304, slice(0)),
        ({"If-None-Match": f'"old", {tag}'}, 304, slice(0)),
        ({"If-None-Match": '"old"'}, 200, slice(size)),
        ({"If-Match": '"other"'}, 412, slice(0)),
        ({"If-Match": tag}, 200, slice(size)),
        ({"If-Match": "*"}, 200, slice(size)),
        ({"Range": "bytes=-0"}, 416, slice(0)),
        ({"Range": "bytes=-00"}, 416, slice(0)),
    ]
    for headers, status, part in parts:
        answer, got = await gets(ann, path, **headers)
        assert (answer.status, got) == (status, BYTES[part]), headers
        assert answer.headers["ETag"] == tag
        if status == 206:
            expected = f"bytes {part.start}-{part.stop - 1}/{size}"
            assert answer.headers["Content-Range"] == expected
    url = ann.client.make_url(path)
    async with ann.client.session.head(url, headers=ann.headers) as answer:
        assert (answer.status, answer.content_length) == (200, size)
