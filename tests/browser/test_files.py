"""The client's files: small, few bytes, all announced, nothing of others."""

import gzip
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
PICTURES = {".png"}
FILES = [path for path in WEB.rglob("*") if path.is_file() and path.suffix not in PICTURES]
INDEX = (WEB / "index.html").read_text()
LONGEST_FILE = 250
MAX_PACKED_BYTES = 100_000
ABROAD = re.compile(r"https?://(?!www\.w3\.org/)[a-z]")


async def test_no_file_is_long() -> None:
    lines = {str(path.relative_to(WEB)): path.read_text().count("\n") for path in FILES}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


async def test_what_the_first_view_needs_is_small() -> None:
    announced = re.findall(r'(?:href|src)="(web/[^"]+)"', INDEX)
    needed = [WEB / "index.html", *(WEB.parent / name for name in announced)]
    packed = sum(len(gzip.compress(path.read_bytes())) for path in needed)
    assert packed < MAX_PACKED_BYTES


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
    assert {WEB / name for name in announced} == at_once | (styles - apart - later)
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
    assert makers == ["markup.js"]
