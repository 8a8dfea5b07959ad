"""linkify's own examples: what is a link there and here, and each that we take otherwise.

The examples are in the source archive of linkify-it-py, which `make test` fetches.
"""

import re
import tarfile
from html import unescape
from pathlib import Path

import pytest

from handlers.markup.render import render

FOLDER = Path(__file__).resolve().parents[3] / ".venv" / "spec"
# Each of these is meant to be so, and why. A text that is not here is taken as there.
OTHERWISE = {
    "of `https://bank.example@evil.example` one reads the first, so it is no link": {
        "http://user:pass@example.com:8080": "",
        "http://user@example.com": "",
        "http://user@example.com:8080": "",
        "http://user:pass@example.com": "",
    },
    "words with dots are names of files and modules, too: it takes `www.` or a scheme": {
        ">>example.com % markdown blockquote": "",
        "google.com": "",
        "google.com: // no port": "",
        "s.l.o.w.io": "",
        "a-b.com": "",
        "GOOGLE.COM.": "",
        "google.xxx // known tld": "",
        "[example.com/foo_bar.jpg)]": "",
        "<domain.com>": "",
        "<domain.com>.": "",
        "<domain.com/foo>": "",
        "a.ws": "",
        "➡.ws/䨹": "",
        "example.com/䨹": "",
        "президент.рф": "",
        "𠮷.com": "",
        "𠮷野家.com": "",
        "𝔞𝔟.com": "",
        "a、b.com": "",
        "a·b.com": "",
        "a።b.com": "",
        "a\U00010a50b.com": "",
        "a\U0001104db.com": "",
    },
    "an IP address may be a version, and `//` a comment": {
        "4.4.4.4": "",
        "192.168.1.1/abc": "",
        "//localhost": "",
        "//test.123": "",
        "My ssl //example.com site": "",
    },
    "only https, http and mailto": {"My ftp://example.com site": ""},
    "quotes around an address are not part of it": {
        'http://foo.com/blah_blah_"doublequoted"': "http://foo.com/blah_blah",
        "http://foo.com/blah_blah_'singlequoted'": "http://foo.com/blah_blah_'singlequoted",
    },
    "a sign that nobody sees ends an address": {
        "http://lyricstranslate.com/en/someone-you-നിന്നെ-പോലൊരാള്\u200d.html"
        " % With control character": "http://lyricstranslate.com/en/someone-you-"
        "നിന്നെ-പോലൊരാള്",
    },
    "a host has letters, digits and dashes": {"http://✪df.ws/123": ""},
    "mail goes to a domain with a dot, from a name as people have them": {
        "mailto:foo@bar      % explicit protocol make it valid": "",
        'test."foo".bar@gmail.co.uk!': "",
        "a;b@example.com": "b@example.com",
        "foo;bar;baz@example.com": "baz@example.com",
        ";a@example.com": "a@example.com",
        "a;@example.com": "",
        "mailto:a;b@example.com": "b@example.com",
        "example@𠮷.com": "",
    },
    "a link in Markdown shows its own words": {
        "[https](https://www.ibm.com)[mailto](mailto:someone@ibm.com)"
        " % should not catch as auth (before @ in big link)": "https",
    },
    "an underscore is emphasis, or the sentence's": {
        "_http://example.com": "http://example.com",
        "http://example.com_": "http://example.com",
    },
    "a host that begins with a dash leads nowhere, which harms nobody": {
        "http://-example.com": "http://-example.com",
    },
}
LINK = re.compile(r'<a href="[^"]*"[^>]*>(.*?)</a>')


def examples(name: str, *, alone: bool = False) -> list[tuple[str, str]]:
    """The texts of a file of examples, and after each the first link in it."""
    for path in FOLDER.glob("linkify_it_py-*.tar.gz"):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.endswith(f"test/fixtures/{name}.txt"):
                    found = archive.extractfile(member)
                    assert found is not None
                    lines = found.read().decode().splitlines()
                    return _pairs(lines, alone=alone)
    pytest.skip("linkify's examples were not fetched; `make test` fetches them")


def _pairs(lines: list[str], *, alone: bool) -> list[tuple[str, str]]:
    """A line that follows another one is its link; otherwise a line is one as a whole."""
    pairs: list[tuple[str, str]] = []
    is_first = True
    for line in ("" if line.startswith("%") else line.rstrip() for line in lines):
        if line and (is_first or alone):
            pairs.append((line, line))
        elif line:
            pairs[-1] = (pairs[-1][0], line)
        is_first = not line or not is_first
    return pairs


def first_link(text: str) -> str:
    """What the first link in a text shows; empty if there is none."""
    found = LINK.search(render(text, frozenset()).html or "")
    return unescape(re.sub("<.*?>", "", found[1])) if found else ""


def test_linkifys_links_are_links_but_for_those_that_we_name() -> None:
    given = dict(examples("links") + examples("port_links"))
    given |= {
        re.sub(r"\s+%.*", "", text): "" for text, _ in examples("not_links", alone=True)
    }
    assert len(given) > 150
    found = {text: first_link(text) for text in given}
    otherwise = {text: link for kind in OTHERWISE.values() for text, link in kind.items()}
    assert {text: link for text, link in found.items() if link != given[text]} == otherwise
