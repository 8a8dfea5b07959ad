"""Markdown to HTML: what is rendered, what stays plain, and that nothing hostile lives."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from handlers.markup.render import render

NAMES = frozenset({"ann", "ben.jr", "all-star"})

ALLOWED: dict[str, set[str]] = {
    "a": {"href", "title", "rel", "target"},
    "li": {"class"},
    "span": {"class", "data-name"},
    "code": {"class"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
} | {
    tag: set()
    for tag in (
        "p", "br", "hr", "em", "strong", "s", "pre", "blockquote", "ul", "table",
        "thead", "tbody", "tr", "h1", "h2", "h3", "h4", "h5", "h6",
    )
}  # fmt: skip
EMPTY = {"br", "hr"}
SIDES = {"left", "center", "right"}


class Inspector(HTMLParser):
    """Reads HTML as a browser does, and notes what is not on the list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not given.keys() <= ALLOWED.get(tag, set()) or tag not in ALLOWED:
            self.faults.append(f"<{tag} {given}>")
        scheme = urlsplit(given.get("href", "https:")).scheme
        if scheme not in {"http", "https", "mailto"}:
            self.faults.append(f"leads to {given['href']}")
        if tag == "a" and given.get("rel") != "noopener noreferrer nofollow":
            self.faults.append("a link that tells where it was")
        if given.get("align", "left") not in SIDES:
            self.faults.append(f"aligned {given['align']}")
        if given.get("data-name", "ann") not in {*NAMES, "all"}:
            self.faults.append(f"mentions {given['data-name']}")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY and (not self.open or self.open.pop() != tag):
            self.faults.append(f"</{tag}> out of place")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}>")


def faults(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.faults + [f"<{tag}> is never closed" for tag in inspector.open]


RENDERED = [
    ("*a* **b** ~~c~~", "<p><em>a</em> <strong>b</strong> <s>c</s></p>"),
    ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
    (
        "|a|\n|-:|",
        '<table>\n<thead>\n<tr>\n<th align="right">a</th>\n</tr>\n</thead>\n</table>',
    ),
    (
        "```py\nx < 1\n```",
        '<pre><code class="language-py">x &lt; <span class="n">1</span>\n</code></pre>',
    ),
    ("a\nb", "<p>a<br>\nb</p>"),
    ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    ("- a", "<ul>\n<li>a</li>\n</ul>"),
    ("- [ ] a", '<ul>\n<li class="task">☐ a</li>\n</ul>'),
    ("1. [x] *a*", '<ol>\n<li class="task">☑ <em>a</em></li>\n</ol>'),
    ("* a\n* [X] b [ ] c", '<ul>\n<li>a</li>\n<li class="task">☑ b [ ] c</li>\n</ul>'),
    (
        "- [ ]\n- [y] a\n- [x](b)",
        "<ul>\n<li>[ ]</li>\n<li>[y] a</li>\n<li>[x](b)</li>\n</ul>",
    ),
    ("2. a", '<ol start="2">\n<li>a</li>\n</ol>'),
    ("# a", "<h1>a</h1>"),
    ("---", "<hr>"),
    ("a &amp; b", "<p>a &amp; b</p>"),
    ("\\*a\\*", "<p>*a*</p>"),
]


@pytest.mark.parametrize(("text", "html"), RENDERED)
def test_markdown_is_rendered(text: str, html: str) -> None:
    found = render(text, NAMES).html or ""
    assert found.replace(" />", ">") == html


@pytest.mark.parametrize(
    "text",
    ["hello", "5 < 6 & 7 > 3", 'say "hi"', "it's 5 * 3", "a_b_c", "snake_case", "a@x"]
    + ["example.org", "1.5", "x@ann", "@nobody", "//example.org", "👍", "héllo", "50%", "a"]
    + ["see index.js", "C:\\dir", "<3", "(x) [y]", "~5", "tel:5", "a #1", "foo: bar"],
)
def test_plain_text_has_no_html(text: str) -> None:
    assert render(text, NAMES).html is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ann", ["ann"]),
        ("@ANN, hi", ["ann"]),
        ("hi @ann.", ["ann"]),
        ("@ben.jr. and @ann", ["ben.jr", "ann"]),
        ("@all @ann @ann", ["all", "ann"]),
        ("@all-star", ["all-star"]),
        ("(@ann)", ["ann"]),
        ("**@ann**", ["ann"]),
        ("@ann_", ["ann"]),
        ("@annie", []),
        ("@@ann", []),
        ("x@ann", []),
        ("@nobody", []),
        ("`@ann`", []),
        ("```\n@ann\n```", []),
        ("[@ann](https://example.org)", []),
        ("https://example.org/@ann", []),
        ("mail@ann.example", []),
    ],
)
def test_mentions_are_found_where_people_mean_them(text: str, names: list[str]) -> None:
    assert list(render(text, NAMES).mentions) == names


def test_links_open_elsewhere_and_tell_nothing() -> None:
    for text in (
        "https://example.org",
        "<https://example.org>",
        "[x](https://example.org)",
    ):
        html = render(text, NAMES).html or ""
        assert 'href="https://example.org"' in html
        assert 'rel="noopener noreferrer nofollow" target="_blank"' in html


HOSTILE = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://example.org/x)",
    "[x](//evil.example)",
    "[x](/api/auth/logout)",
    "[x](\\\\evil.example)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]: data:,x 'y\"onload=\"z'\n\n[x]",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    '[x](https://a.example "title\\" onclick=alert(1) x=\\"")',
    "[x](https://a.example/'onmouseover='alert(1))",
    '[x](https://a.example/"onmouseover="alert(1))',
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<script>alert(1)</script>",
    "[a](https://a.example/[b](javascript:alert(1)))",
    "[[x](https://a.example)](javascript:alert(1))",
    "[<b onclick=alert(1)>](https://a.example)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "</p></div><script>alert(1)</script>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE html>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "`</code><script>alert(1)</script>`",
    '```"><script>alert(1)</script>\nx\n```',
    '```x" onclick="alert(1)\nx\n```',
    "~~~</pre><script>\nx\n~~~",
    "| <b>x</b> |\n|:-:|\n| [x](javascript:alert(1)) |",
    '@ann"><script>alert(1)</script>',
    "@ann' onclick='alert(1)",
    "\u202e@ann [gro.elpmaxe](https://evil.example)\u202c",
    "[\u202egro.elpmaxe](https://evil.example/\u202e)",
    "https://\u202egro.elpmaxe",
    "*" * 8_000,
    "[" * 1_999,
    "> " * 4_000,
    "- " * 4_000,
    "`" * 8_000,
    "\x00<script>\x00alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "mailto:x@example.org?subject=<script>",
    "ftp://example.org [x](ftp://example.org)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:50])
def test_nothing_hostile_lives(text: str) -> None:
    html = render(text, NAMES).html
    assert html is None or faults(html) == []


def test_the_inspector_sees_what_is_hostile() -> None:
    for html in ("<b>x</b>", "<a href='javascript:x'>x</a>", "<p onclick=x>", "</p>"):
        assert faults(html)


@pytest.mark.parametrize(
    "piece",
    ["*", "_", "**a", "*a ", "[", "![", "[a](", "`", "`a``"]
    + ["> ", "- ", "<", "<a", "&", "@", "@ann ", "~~", "~~a "]
    + ["|", "\n", "a\n\n", "1. ", "\\", "https://", "mailto:", "://", "http://a.b "]
    + ["](", "[a]: x\n", "    ", "\t", "|a|\n|-|\n", "```\n", "# ", "=\n", "a\x00"],
)
def test_a_long_text_does_not_hang_us(piece: str) -> None:
    text = (piece * 8_000)[:8_000]
    html = render(text, NAMES).html
    assert html is None or faults(html) == []
