"""Files for the tests: made here, sent raw, as `curl --data-binary` sends them."""

import io
from typing import Any

from aiohttp import ClientResponse
from PIL import Image
from yarl import URL

from pytest_hearth.people import Json, Person

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CUTE = (200, 120)


def picture(
    kind: str = "PNG", size: tuple[int, int] = CUTE, *, mode: str = "RGB", **how: Any
) -> bytes:
    """A picture of a slope from dark to light."""
    written = io.BytesIO()
    slope = Image.linear_gradient("L").resize(size).convert(mode)
    slope.save(written, kind, **how)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


async def upload(
    person: Person, room: str, content: Any, name: str = "", kind: str = ""
) -> ClientResponse:
    url = URL(f"{person.at}/api/rooms/{room}/files").with_query(name=name)
    headers = {**person.headers, "Content-Type": kind or "application/x-unknown"}
    return await person.client.post(url, data=content, headers=headers)


async def uploads(
    person: Person, room: str, content: Any, name: str = "it", kind: str = ""
) -> Json:
    """Upload, expect success, and give what was answered."""
    async with await upload(person, room, content, name, kind) as answer:
        assert answer.status == 201, await answer.text()
        found: Json = await answer.json()
        return found


async def gets(person: Person, path: str, **headers: str) -> tuple[ClientResponse, bytes]:
    """Fetch a path, whole or in part."""
    async with person.client.get(
        URL(person.at + path, encoded=True), headers={**person.headers, **headers}
    ) as answer:
        return answer, await answer.read()
