"""What files are taken for: by their bytes, whatever they are called."""

import io

from PIL import Image

from tests.attachments import PDF, gets, opened, picture, uploads
from tests.conftest import Start
from tests.people import Person, sign_up

DOWNLOAD = "application/octet-stream"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"

# What is sent, what it is said to be, and what it is taken for.
FILES = [
    (picture("PNG"), "text/html", "image/png"),
    (picture("JPEG"), "", "image/jpeg"),
    (picture("GIF", mode="P"), "", "image/gif"),
    (picture("WEBP"), "application/x-www-form-urlencoded", "image/webp"),
    (PDF, "text/html", "application/pdf"),
    (MP4, "", "video/mp4"),
    (MP4, "audio/mp4", "audio/mp4"),
    (MP4, "image/svg+xml", "video/mp4"),
    (WEBM, "audio/webm", "audio/webm"),
    (b"RIFF\x24\x00\x00\x00WAVEfmt ", "", "audio/wav"),
    (b"ID3\x04", "", "audio/mpeg"),
    (b"OggS\x00", "", "audio/ogg"),
    (b"fLaC\x00", "audio/mpeg", "audio/flac"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", DOWNLOAD),
    (b"<!doctype html><script>1</script>", "image/png", DOWNLOAD),
    (b"just words", "text/plain", DOWNLOAD),
    (b"alert(1)", "text/javascript", DOWNLOAD),
    (b" %PDF-1.4", "application/pdf", DOWNLOAD),
    (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "image/png", DOWNLOAD),
    (b"GIF89a/*\x01\x01*/=1;alert(1)", "image/gif", DOWNLOAD),
    (picture("PNG")[:300], "image/png", DOWNLOAD),
    (b"\xff\xd8\xff", "image/jpeg", DOWNLOAD),
    (b"RIFF\x00\x00\x00\x00WEBP", "image/webp", DOWNLOAD),
    (picture("BMP"), "image/bmp", DOWNLOAD),
    (picture("TIFF"), "image/tiff", DOWNLOAD),
]


async def test_a_file_is_what_its_bytes_say(ann: Person) -> None:
    for content, claimed, type in FILES:
        file = await uploads(ann, "general", content, "it.png", claimed)
        assert file["type"] == type, content[:50]
        answer, got = await gets(ann, file["path"])
        assert got == content
        assert answer.headers["Content-Type"] == type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default" if type == "application/pdf" else "sandbox;")
        assert "default-src 'none'" in policy
        how = "attachment" if type == DOWNLOAD else "inline"
        assert answer.headers["Content-Disposition"].startswith(f"{how}; filename=")


async def test_a_picture_that_is_a_script_too_is_only_a_picture(ann: Person) -> None:
    content = picture("GIF", mode="P") + b"*/=1;alert(document.cookie)//<script>x</script>"
    file = await uploads(ann, "general", content, "it.html", "text/html")
    answer, _ = await gets(ann, file["path"])
    assert answer.headers["Content-Type"] == "image/gif"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_picture_is_measured_upright_and_its_preview_tells_nothing(
    ann: Person,
) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ann"  # lies on its side; the maker
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # the place
    photo = picture("JPEG", (2_000, 1_000), exif=exif, comment=b"secret")
    assert b"Camera of Ann" in photo
    file = await uploads(ann, "general", photo, "photo.jpg")
    assert (file["width"], file["height"]) == (1_000, 2_000)
    answer, got = await gets(ann, file["preview"])
    assert answer.content_type == "image/webp"
    small = opened(got)
    assert small.height == 560 == 2 * small.width
    assert (small.getexif(), small.info.get("exif"), small.info.get("xmp")) == (
        {},
        None,
        None,
    )
    assert b"Camera" not in got
    assert b"secret" not in got
    _, original = await gets(ann, file["path"])
    assert original == photo


async def test_a_moving_picture_keeps_moving(ann: Person) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "green")]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    file = await uploads(ann, "general", written.getvalue(), "dance.gif")
    assert (file["type"], file["width"], file["height"]) == ("image/gif", 40, 30)
    assert "preview" not in file


async def test_pictures_of_every_kind_are_shown(ann: Person) -> None:
    kinds = {
        "PNG": "1 L LA P RGB RGBA",
        "JPEG": "L RGB CMYK",
        "GIF": "1 L P",
        "WEBP": "RGBA",
    }
    for kind, modes in kinds.items():
        for mode in modes.split():
            content = picture(kind, (800, 700), mode=mode)
            file = await uploads(ann, "general", content)
            assert (file.get("width"), file.get("height")) == (800, 700), (kind, mode)


async def test_a_photo_whose_last_bytes_are_missing_is_shown(ann: Person) -> None:
    for missing in (1, 2, 500):
        content = picture("JPEG", (800, 700), quality=95)[:-missing]
        file = await uploads(ann, "general", content, "photo.jpg")
        assert (file["type"], file["width"]) == ("image/jpeg", 800)
        _, preview = await gets(ann, file["preview"])
        assert opened(preview).size == (640, 560)


async def test_a_picture_of_too_many_pixels_is_only_downloaded(start: Start) -> None:
    ann = await sign_up(await start(pixels=1_000_000), "ann")
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        content = picture(kind, (1_001, 1_000), mode="L")
        file = await uploads(ann, "general", content, f"bomb.{kind}")
        assert (file["type"], file.get("width")) == (DOWNLOAD, None)


async def test_a_bomb_of_pixels_is_refused_before_it_is_decoded(ann: Person) -> None:
    bomb = picture("PNG", (1, 1))
    sized = bomb[:16] + (60_000).to_bytes(4, "big") * 2 + bomb[24:]
    file = await uploads(ann, "general", sized, "bomb.png", "image/png")
    assert (file["type"], file.get("width")) == (DOWNLOAD, None)
