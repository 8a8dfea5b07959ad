"""Avatars: pictures of people, and what stands for them until there is one."""

import asyncio
import hashlib
import io

from aiohttp import web

from handlers.services import SERVICES
from store import avatars, users
from tests.attachments import gets, opened, picture
from tests.conftest import Start
from tests.people import Person, problem, sign_up

MINE = "/api/users/me/avatar"


async def put(person: Person, content: bytes, name: str = "me") -> tuple[int, str]:
    """Send a picture: the status, and the tag or what kind of refusal it was."""
    path = f"/api/users/{name}/avatar"
    async with person.client.put(
        path, data=io.BytesIO(content), headers=person.headers
    ) as answer:
        if answer.ok:
            return answer.status, (await answer.json())["avatar"]
        return await problem(answer)


async def test_everybody_sees_a_new_picture_as_a_small_square(
    ann: Person, ben: Person
) -> None:
    async with ben.listening() as inbox:
        status, tag = await put(ann, picture("JPEG", (900, 600)))
        heard = await inbox.next("user")
    assert (status, heard["name"], heard["avatar"]) == (200, "ann", tag)
    answer, got = await gets(ben, f"/api/users/ann/avatar?v={tag}")
    assert answer.content_type == "image/webp"
    assert opened(got).size == (256, 256)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    again, _ = await gets(ben, "/api/users/ann/avatar", **{"If-None-Match": f'"{tag}"'})
    assert (again.status, again.headers["Cache-Control"]) == (304, "private, no-cache")


async def test_who_has_no_picture_has_none_to_show(ann: Person, ben: Person) -> None:
    assert (await gets(ben, "/api/users/ann/avatar"))[0].status == 404


async def test_a_picture_can_be_taken_away_by_its_owner_and_by_admins(
    app: web.Application, ann: Person, ben: Person, cat: Person
) -> None:
    await put(ben, picture())
    path = "/api/users/ben/avatar"
    assert await cat.refused("DELETE", path) == (403, "forbidden")
    assert "avatar" not in await ann.does("DELETE", path)
    assert (await gets(ben, path))[0].status == 404
    assert await app[SERVICES].db.avatars.count_documents({}) == 0
    assert "avatar" not in await ben.does("DELETE", path)


async def test_nobody_chooses_the_picture_of_another(ann: Person, ben: Person) -> None:
    assert await put(ann, picture(), "ben") == (403, "forbidden")


async def test_only_a_picture_becomes_one(ann: Person) -> None:
    for content in (b"<svg onload='alert(1)'/>", b"x" * 100_000, picture("PNG")[:200]):
        assert await put(ann, content) == (415, "unsupported")
    assert await put(ann, b"") == (400, "invalid")
    assert await put(ann, b"x" * 10_000_001) == (413, "too_large")
    assert (await gets(ann, MINE))[0].status == 404


async def test_a_picture_of_too_many_pixels_becomes_none(start: Start) -> None:
    ann = await sign_up(await start(pixels=10_000), "ann")
    assert await put(ann, picture("PNG", (101, 100))) == (415, "unsupported")


async def test_of_two_pictures_at_once_one_stays_with_its_own_tag(
    app: web.Application, ben: Person
) -> None:
    db = app[SERVICES].db
    for number in range(20):
        both = [f"{number} {which}".encode() for which in ("one", "two")]
        await asyncio.gather(*(avatars.put(db, "ben", each) for each in both))
        found = await avatars.find(db, "ben")
        assert found
        tag = hashlib.sha256(found[1]).hexdigest()[:16]
        assert (await users.require(db, "ben")).avatar == found[0] == tag
