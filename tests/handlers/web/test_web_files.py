"""The web client's files: packed, typed, and sent again only when they have changed."""

import gzip
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Client

WEB = Path(__file__).parents[3] / "web"
JOINED = Path("styles/all.css")
FILES = sorted(path.relative_to(WEB) for path in WEB.rglob("*") if path.is_file())
PLAIN = {"Accept-Encoding": "identity"}


async def test_every_file_is_served_as_it_is_with_its_type(client: Client) -> None:
    assert len(FILES) > 50
    for path in FILES:
        async with client.get(f"/web/{path}", headers=PLAIN) as answer:
            assert path == JOINED or await answer.read() == (WEB / path).read_bytes()
            assert "Content-Encoding" not in answer.headers
            assert answer.content_type.partition("/")[2].removesuffix("+xml") in {
                "css", "html", "javascript", "manifest+json", "png", "svg"
            }  # fmt: skip


async def test_the_styles_are_sent_as_one_file_in_their_order(client: Client) -> None:
    names = re.findall(r'@import "(.+)";', (WEB / JOINED).read_text())
    assert len(names) > 15
    async with client.get(f"/web/{JOINED}") as answer:
        sent = await answer.text()
    parts = [(WEB / "styles" / name).read_text() for name in names]
    assert sent.endswith("*/\n" + "".join(parts))


async def test_what_the_page_names_is_kept_and_what_is_past_is_not(client: Client) -> None:
    async with client.get("/") as answer:
        page = await answer.text()
        assert answer.headers["Cache-Control"] == "no-cache"
    addresses = re.findall(r'"(web/[^"]+)"', page)
    versions = {address.split("/")[1] for address in addresses}
    assert len(versions) == 2  # the manifest is asked for again
    for address in addresses:
        async with client.get(f"/{address}") as answer:
            is_kept = "immutable" in answer.headers["Cache-Control"]
            assert answer.status == 200
            assert is_kept == (not address.endswith(".webmanifest"))
    async with client.get(f"/web/v-{'0' * 16}/main.js") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert await answer.read() == (WEB / "main.js").read_bytes()


async def test_every_icon_has_the_size_that_it_is_said_to_have(client: Client) -> None:
    async def drawn(address: str) -> Image.Image:
        async with client.get(address) as answer:
            assert answer.status == 200, address
            return Image.open(BytesIO(await answer.read()))

    async with client.get("/") as answer:
        (touch,) = re.findall(r'rel="apple-touch-icon" href="([^"]+)"', await answer.text())
    icon = await drawn(f"/{touch}")
    assert icon.size == (180, 180)
    least, _ = icon.convert("RGBA").getchannel("A").getextrema()
    assert least == 255  # A phone of Apple's shows black where nothing is.
    async with client.get("/web/manifest.webmanifest") as answer:
        icons = (await answer.json(content_type=None))["icons"]
    sizes = set()
    for each in icons:
        if each["type"] == "image/png":
            icon = await drawn(f"/web/{each['src']}")
            assert "{}x{}".format(*icon.size) == each["sizes"]
            sizes.add(icon.size)
    assert {(192, 192), (512, 512)} <= sizes


async def test_who_can_unpack_gets_it_packed(client: Client) -> None:
    url = client.make_url("/web/main.js")
    async with client.session.request("HEAD", url) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        packed = gzip.compress((WEB / "main.js").read_bytes(), mtime=0)
        assert int(answer.headers["Content-Length"]) == len(packed)
    async with client.get("/web/main.js") as answer:
        assert await answer.read() == (WEB / "main.js").read_bytes()


@pytest.mark.parametrize("path", ["/", "/web/main.js"])
async def test_what_has_not_changed_is_not_sent_again(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        tag = answer.headers["ETag"]
    for known, status in ((tag, 304), (f'"x", {tag}', 304), ('"x"', 200), ("", 200)):
        async with client.get(path, headers={"If-None-Match": known}) as answer:
            assert (answer.status, answer.headers["ETag"]) == (status, tag)
            assert bool(await answer.read()) == (status == 200)
