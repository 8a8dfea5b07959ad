"""The client's files: small, few bytes, all announced, nothing of others."""

import gzip
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
PICTURES = {".png"}
FILES = [path for path in WEB.rglob("*") if path.is_file() and path.suffix not in PICTURES]
INDEX = (WEB / "index.html").read_text()
LONGEST_FILE = 250
MAX_PACKED_BYTES = 80_000
MAX_REQUESTS = 40
ABROAD = re.compile(r"https?://(?!www\.w3\.org/)[a-z]")


async def test_no_file_is_long() -> None:
    lines = {str(path.relative_to(WEB)): path.read_text().count("\n") for path in FILES}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def imported(sheet: str) -> list[str]:
    return re.findall(r'^@import "(.+?)";$', sheet, re.MULTILINE)


def sent(path: Path) -> bytes:
    """A stylesheet is sent with those that it imports."""
    text = path.read_bytes()
    parts = imported(text.decode()) if path.suffix == ".css" else []
    return b"".join((path.parent / part).read_bytes() for part in parts) or text


async def test_what_the_first_view_needs_is_small_and_comes_in_few_requests() -> None:
    announced = re.findall(r'(?:href|src)="(web/[^"]+)"', INDEX)
    needed = [WEB / "index.html", *(WEB.parent / name for name in announced)]
    assert sum(len(gzip.compress(sent(path))) for path in needed) < MAX_PACKED_BYTES
    assert len(needed) <= MAX_REQUESTS


def reached(start: set[Path], pattern: str) -> set[Path]:
    """The modules that these import, directly or not, themselves included."""
    found, new = set(start), set(start)
    while new:
        new = {
            (path.parent / name).resolve()
            for path in new
            for name in re.findall(pattern, path.read_text(), re.MULTILINE)
        } - found
        found |= new
    return found


async def test_the_page_announces_what_it_needs_at_once_and_nothing_is_left_over() -> None:
    announced = set(re.findall(r'(?:href|src)="web/([^"]+\.(?:js|css))"', INDEX))
    at_once = reached({WEB / "main.js"}, r'^(?:import|export|\}) .*?from "(.+?)";')
    styles = {path for path in FILES if path.suffix == ".css"}
    apart = {path for path in FILES if path.is_relative_to(WEB / "docs")}  # another page
    apart.add(WEB / "worker.js")  # which is no part of the page
    named = re.findall(r'withStyles\((".+?")\)', "".join(map(Path.read_text, FILES)))
    later = {WEB / f"styles/{name}.css" for name in re.findall(r'"(.+?)"', str(named))}
    sheet = WEB / "styles" / "all.css"
    assert {WEB / name for name in announced} == at_once | {sheet}
    joined = {sheet.parent / name for name in imported(sheet.read_text())}
    assert joined == styles - apart - later - {sheet}
    ever = reached({WEB / "main.js"}, r'(?:from |import\(|^import )"(.+?)"')
    assert ever == {path for path in FILES if path.suffix == ".js"} - apart


async def test_nothing_comes_from_elsewhere_and_no_address_is_absolute() -> None:
    for path in FILES:
        text = path.read_text()
        assert not ABROAD.search(text), path
        assert not re.search(r"""(?:href|src)=["']/""", text), path


async def test_markup_enters_the_page_in_one_place() -> None:
    makers = [
        path.name for path in FILES if re.search(r"(inner|outer)HTML", path.read_text())
    ]
    assert makers == ["content.js"]
