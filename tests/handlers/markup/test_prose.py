"""Links, mentions and rooms in prose: what people write, and what it means."""

import re

import pytest

from handlers.markup.render import render

NAMES = frozenset({"ann", "ben", "cat.", "c-3po"})
ROOMS = dict.fromkeys(("general", "dev.ops", "2026"), "room")


def html(text: str) -> str:
    """The HTML of a text, its links as `[where it leads]what it shows`."""
    found = render(text, NAMES, ROOMS).html
    if found is None:
        return text
    found = found.replace(' rel="noopener noreferrer nofollow" target="_blank"', "")
    found = found.replace(' class="room"', "")
    found = re.sub('<a href="([^"]*)">(.*?)</a>', r"[\1]\2;", found)
    return re.sub("^<p>|</p>$", "", found)


def self(url: str) -> str:
    return f"[{url}]{url};"


X = "https://example.org/x"
LINKS = [
    # Quotes and brackets around an address are not part of it.
    (f"“{X}”", f"“{self(X)}”"),
    (f"«{X}»", f"«{self(X)}»"),
    (f"„{X}“", f"„{self(X)}“"),
    (f"‘{X}’", f"‘{self(X)}’"),
    (f"‹{X}›", f"‹{self(X)}›"),
    (f"（{X}）", f"（{self(X)}）"),
    (f"「{X}」", f"「{self(X)}」"),
    (f"【{X}】", f"【{self(X)}】"),
    (f"({X})", f"({self(X)})"),
    (f"(see {X}).", f"(see {self(X)})."),
    (f"[{X}]", f"[{self(X)}]"),
    ("https://example.org/x_(y)", self("https://example.org/x_(y)")),
    ("https://example.org/((", f"{self('https://example.org/')}(("),
    (f"'{X}'", f"'{self(X)}'"),
    (f"{X}, {X}; {X}: {X}! {X}? {X}...", None),
    # Nor is punctuation of full width, or the sentence before it.
    (f"{X}，谢谢", f"{self(X)}，谢谢"),
    (f"见{X}。后文", f"见{self(X)}。后文"),
    (f"{X}、{X}；{X}！", f"{self(X)}、{self(X)}；{self(X)}！"),
    (f"{X}… {X}— {X}، {X}؛ {X}؟ {X}۔ {X}। {X}॥ {X}։", None),
    ("https://example.org/a–b…c", self("https://example.org/a–b…c")),
    (f"{X}\u3000次", f"{self(X)}\u3000次"),
    ("https://example.org/维基", self("https://example.org/维基")),
    # An address is shown as it is written.
    ("https://example.org/%E2%80%AEgpj.exe", self("https://example.org/%E2%80%AEgpj.exe")),
    ("https://example.org/a%20b", self("https://example.org/a%20b")),
    ("https://xn--80ak6aa92e.com/", self("https://xn--80ak6aa92e.com/")),
    ("<https://xn--80ak6aa92e.com/>", self("https://xn--80ak6aa92e.com/")),
    ("<https://example.org/a%20b>", self("https://example.org/a%20b")),
    ("https://example.org/?a=1&b=[2]#c", "[https://example.org/?a=1&amp;b=[2]#c]"
     "https://example.org/?a=1&amp;b=[2]#c;"),
    ("https://example.org/a_b_c*d", self("https://example.org/a_b_c*d")),
    ("http://localhost:8080/x", self("http://localhost:8080/x")),
    ("http://[::1]:8080/x", self("http://[::1]:8080/x")),
    ("HTTPS://EXAMPLE.ORG", self("HTTPS://EXAMPLE.ORG")),
    # A host that is not what one reads is no link.
    ("https://e.org\u200b/x", "https://e.org\u200b/x"),
    ("https://e\u2060vil.org/x", "https://e\u2060vil.org/x"),
    ("https://e.org\u202e/x", "https://e.org\u202e/x"),
    ("https://bank.example@evil.example/", "https://bank.example@evil.example/"),
    ("https://example.org/\u202egpj.exe", f"{self('https://example.org/')}\u202egpj.exe"),
    ("<https://example.org/\u202egpj.exe>", f"&lt;{self('https://example.org/')}"
     "\u202egpj.exe&gt;"),
    ("https://", "https://"),
    ("https://?", "https://?"),
    ("xhttps://example.org", "xhttps://example.org"),
    ("ftp://example.org", "ftp://example.org"),
    # What says no scheme, but can be nothing else.
    ("see www.example.org", "see [https://www.example.org]www.example.org;"),
    ("www.example.org/a_(b).", "[https://www.example.org/a_(b)]www.example.org/a_(b);."),
    ("www.a.bc?q=#general", "[https://www.a.bc?q=#general]www.a.bc?q=#general;"),
    ("www.a.bc#www.d.ef", "[https://www.a.bc#www.d.ef]www.a.bc#www.d.ef;"),
    ("www.example.org，谢谢", "[https://www.example.org]www.example.org;，谢谢"),
    ("joe@example.org", "[mailto:joe@example.org]joe@example.org;"),
    ("(joe.b+x@mail.example.org)", "([mailto:joe.b+x@mail.example.org]"
     "joe.b+x@mail.example.org;)"),
    ("写信joe@example.org。", "写信[mailto:joe@example.org]joe@example.org;。"),
    ("mailto:joe@example.org", self("mailto:joe@example.org")),
    # Never in code, paths and file names.
    ("`www.example.org joe@example.org`", "<code>www.example.org joe@example.org</code>"),
    ("main.py a.b.c example.org", "main.py a.b.c example.org"),
    ("/srv/www.example.org/x", "/srv/www.example.org/x"),
    ("git@example.org:team/site.git", "git@example.org:team/site.git"),
    ("scp x joe@example.org:/tmp", "scp x joe@example.org:/tmp"),
    ("joe@example.org/x", "joe@example.org/x"),
    ("pkg@1.2.3", "pkg@1.2.3"),
    ("joe@localhost", "joe@localhost"),
    # Beside other markup.
    (f"~~{X}~~", f"<s>{self(X)}</s>"),
    (f"**{X}**", f"<strong>{self(X)}</strong>"),
    (f"_{X}_", f"<em>{self(X)}</em>"),
    ("![img](https://example.org/x.png)", "[https://example.org/x.png]img;"),
    ("![](https://example.org/x.png)", "[https://example.org/x.png];"),
    (f"[![img](https://example.org/x.png)]({X})", f"[{X}]img;"),
    ("! [img](https://example.org/)", "! [https://example.org/]img;"),
    (f"[{X}](https://e.org)", f"[https://e.org]{X};"),
    (f"`{X}`", f"<code>{X}</code>"),
    ("**「太字」**です", "<strong>「太字」</strong>です"),
    ("これは**「太字」**です", "これは<strong>「太字」</strong>です"),
    ("**（粗体）**文字", "<strong>（粗体）</strong>文字"),
    ("这是**“重要”**的", "这是<strong>“重要”</strong>的"),
    ("~~「x」~~です", "<s>「x」</s>です"),
    ("*이것은*입니다", "<em>이것은</em>입니다"),
    (r"¯\_(ツ)_/¯", r"¯\_(ツ)_/¯"),
    (r"*x* ¯\_(ツ)_/¯", r"<em>x</em> ¯\_(ツ)_/¯"),
    (r"\_x\_", "_x_"),
    ("see __init__.py", "see __init__.py"),
    ("*see* pkg/__init__.py", "<em>see</em> pkg/__init__.py"),
    ("x.__class__.__name__ and *y*", "x.__class__.__name__ and <em>y</em>"),
    ("__main__() `x`", "__main__() <code>x</code>"),
    ("__bold__", "<strong>bold</strong>"),
    ("__bold__.", "<strong>bold</strong>."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), LINKS, ids=[ascii(text) for text, _ in LINKS])
def test_an_address_ends_where_people_say_it_ends(text: str, shown: str | None) -> None:
    assert html(text) == (text.replace(X, self(X)) if shown is None else shown)


MENTIONS = [
    ("帮我查一下@ann", ["ann"]),
    ("@annさん、@benさん", ["ann", "ben"]),
    ("ถาม@annหน่อย", ["ann"]),
    ("안녕@ann님", ["ann"]),
    ("cc @ann/@ben", ["ann", "ben"]),
    ("@ann/@ben/@ann", ["ann", "ben"]),
    ("fix -@ann", ["ann"]),
    ("done—@ann", ["ann"]),
    ("@ann's, @ben: @ann…", ["ann", "ben"]),
    ("cc:@ann,@ben", ["ann", "ben"]),
    ("npm i @ann/core", []),
    ("@ann@social.example", []),
    (r"\@ann", []),
    ("x-@ann", []),
    ("path/@ann", []),
    ("é@ann", []),
    ("@anné", []),
    ("ann@ann.example", []),
    ("@ann.", ["ann"]),
    ("@cat. and @c-3po.", ["cat.", "c-3po"]),
    ("@here", ["all"]),
    ("@channel: @everyone", ["all"]),
    ("@Here @ALL", ["all"]),
    ("@hereabouts", []),
    ("@here/x", []),
]


@pytest.mark.parametrize(
    ("text", "told"), MENTIONS, ids=[ascii(text) for text, _ in MENTIONS]
)
def test_those_are_told_who_are_meant(text: str, told: list[str]) -> None:
    assert list(render(text, NAMES).mentions) == told


def test_a_mention_of_everybody_is_shown_as_it_was_written() -> None:
    assert html("@here") == '<span class="mention" data-name="all">@here</span>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#general", "[#/rooms/general]#general;"),
        ("see #General.", "see [#/rooms/general]#General;."),
        ("(#dev.ops)", "([#/rooms/dev.ops]#dev.ops;)"),
        ("去#general看", "去[#/rooms/general]#general;看"),
        ("#general, #2026", "[#/rooms/general]#general;, [#/rooms/2026]#2026;"),
        ("#secret and #1", "#secret and #1"),
        ("x#general ##general /#general", "x#general ##general /#general"),
        ("#generally", "#generally"),
        ("`#general`", "<code>#general</code>"),
        ("# general", "<h1>general</h1>"),
    ],
)
def test_a_rooms_name_leads_to_it(text: str, shown: str) -> None:
    assert html(text) == shown
