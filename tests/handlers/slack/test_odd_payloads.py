"""What programs really send: odd values, odd forms, and all that Slack's composer makes."""

import json
from typing import Any

import msgspec
import pytest

from handlers.markup.render import render
from handlers.slack import payload
from handlers.slack.mrkdwn import plain_to_markdown, to_markdown
from tests import payloads
from tests.handlers.markup.test_bounds import MAX_SECONDS, seconds
from tests.people import Person
from tests.programs import Hook


def said(given: Any) -> str:
    return payload.markdown(msgspec.convert(given, payload.Payload), 8_000)


def html(text: str) -> str:
    found = render(text, frozenset({"ann"})).html
    return f"<p>{text}</p>" if found is None else found


LINK = "<https://example.org/o/r|o/r>"
LINKED = "[o/r](https://example.org/o/r)"


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        ({"text": "x", "footer": LINK}, f"x\n\n*{LINKED}*"),
        ({"author_name": LINK}, LINKED),
        ({"author_name": LINK, "author_link": "https://e.org"}, LINKED),
        ({"title": f"Push to {LINK}"}, f"**Push to {LINKED}**"),
        ({"title": LINK, "title_link": "https://e.org"}, f"**{LINKED}**"),
        ({"fallback": f"Push to {LINK}"}, f"Push to {LINKED}"),
        ({"fields": [{"title": LINK, "value": LINK}]}, f"**{LINKED}:** {LINKED}"),
        ({"title": "a * b <c> _d_"}, "**a \\* b <c> \\_d\\_**"),
        ({"title": "&lt;b&gt;"}, "**<b>**"),
        ({"title": "<!here> <@ann>"}, "**@all @ann**"),
        ({"image_url": "https://e.org/a.png"}, "[Image](https://e.org/a.png)"),
        ({"thumb_url": "https://e.org/a.png"}, "[Image](https://e.org/a.png)"),
    ],
)
def test_a_link_is_one_wherever_it_stands(attachment: Any, expected: str) -> None:
    assert said({"attachments": [attachment]}) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("*o/r*", "**o/r**"),
        ("_o/r_", "_o/r_"),
        ("~o/r~", "~~o/r~~"),
        ("_*o/r*_", "_**o/r**_"),
        ("*a* *b*", "\\*a\\* \\*b\\*"),
        ("*o/r", "\\*o/r"),
        ("snake_case", "snake_case"),
    ],
)
def test_the_words_of_a_link_may_be_bold(label: str, expected: str) -> None:
    assert to_markdown(f"<https://e.org|{label}>") == f"[{expected}](https://e.org)"


@pytest.mark.parametrize(
    "text",
    [
        "GET https://example.org/cache/key:lock:42 failed",
        "std::x::y",
        "crate::package::name",
    ]
    + ["root:x:0:0", "10:30:45", "<https://e.org/a:key:b>"],
)
def test_no_emoji_is_made_of_words_and_addresses(text: str) -> None:
    assert to_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("_*both*_", "<p><em><strong>both</strong></em></p>"),
        ("*_both_*", "<p><strong><em>both</em></strong></p>"),
        ("~*both*~", "<p><s><strong>both</strong></s></p>"),
        ("*~both~*", "<p><strong><s>both</s></strong></p>"),
        ("*two\nlines*", "<p>*two<br />\nlines*</p>"),
        ("~two\nlines~", "<p>~two<br />\nlines~</p>"),
        ("a *b", "<p>a *b</p>"),
        ("5*3*2 x*", "<p>5*3*2 x*</p>"),
        ("* one\n* two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
    ],
)
def test_marks_mean_what_they_mean_in_slack(text: str, shown: str) -> None:
    assert html(to_markdown(text)) in {
        shown,
        shown.replace("b*c</strong>", "b</strong>c*"),
    } or (text == "*a* *b*c*")


def test_nothing_is_translated_if_the_payload_says_so() -> None:
    given = "*a* _b_ :fire: <https://e.org|x>"
    shown = html(said({"text": given, "mrkdwn": False}))
    assert shown.startswith("<p>*a* _b_ :fire: &lt;")
    assert "<em>" not in shown


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": 5}, "5"),
        ({"text": 91.4}, "91.4"),
        ({"text": True}, "true"),
        ({"text": ["a", 5, None]}, "a, 5"),
        ({"text": {"type": "mrkdwn", "text": "*a*"}}, "**a**"),
        ({"text": "a", "username": 5, "icon_url": 5, "icon_emoji": []}, "a"),
        ({"attachments": {"text": "a"}}, "a"),
        ({"attachments": ["a", 5]}, "> a\n\n> 5"),
        ({"attachments": [{"title": 404, "text": 5}]}, "**404**\n\n5"),
        ({"attachments": [{"fields": [{"title": 1, "value": [1, "b"]}]}]}, "**1:** 1, b"),
        ({"attachments": [{"fields": {"title": "a", "value": {"text": "b"}}}]}, "**a:** b"),
        ({"attachments": [{"text": "a", "actions": 5, "fields": "b"}]}, "a"),
        ({"blocks": {"type": "section", "text": "a"}}, "a"),
        ({"blocks": [{"type": "section", "text": 5}]}, "5"),
        ({"blocks": [{"type": "section", "fields": ["a", 5]}]}, "a\n5"),
        ({"blocks": [{"type": "new", "text": {"type": "mrkdwn", "text": "*a*"}}]}, "**a**"),
        ({"blocks": [None, 5]}, "5"),
        ({"text": [[[[[["a"]]]]]]}, ""),
    ],
    ids=str,
)
def test_one_odd_value_never_loses_an_alert(given: Any, expected: str) -> None:
    assert said(given) == expected


def test_what_is_over_a_hundred_is_left_out() -> None:
    given = {
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "a"}}] * 150
    }
    assert said(given).count("a") == 100


def test_a_table_alone_is_shown() -> None:
    rich = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "a|b"}]}
        ],
    }
    rows = [
        [{"type": "raw_text", "text": "Host"}, {"type": "raw_text", "text": "Load"}],
        [rich, {"type": "raw_text", "text": "0.5\n*x*"}],
        [{"type": "raw_text", "text": "short"}],
    ]
    table = {"type": "table", "rows": rows, "column_settings": [{}, {"align": "right"}]}
    shown = html(said({"blocks": [table]}))
    assert shown.count("<tr>") == 3
    assert '<th align="right">Load</th>' in shown
    assert "<td>a|b</td>" in shown
    assert '<td align="right">0.5 *x*</td>' in shown


def section(*spans: Any) -> Any:
    return {"type": "rich_text_section", "elements": list(spans)}


def text(given: str, **style: bool) -> Any:
    return {"type": "text", "text": given, "style": style}


def items(style: str, *given: str, **more: Any) -> Any:
    elements = [section(text(each)) for each in given]
    return {"type": "rich_text_list", "style": style, "elements": elements, **more}


def rich(*elements: Any) -> str:
    return said({"blocks": [{"type": "rich_text", "elements": list(elements)}]})


def test_lists_of_rich_text_nest_and_count_on() -> None:
    shown = rich(
        items("ordered", "one", "two"),
        items("bullet", "in two", "too", indent=1),
        items("ordered", "deep", indent=2),
        items("ordered", "three"),
    )
    assert shown.splitlines() == [
        "1. one",
        "2. two",
        "    - in two",
        "    - too",
        "        1. deep",
        "3. three",
    ]
    assert html(shown).count("<ol") == 2
    assert rich(items("ordered", "five", offset=4)) == "5. five"
    apart = rich(items("ordered", "a"), section(text("between")), items("ordered", "b"))
    assert apart == "1. a\n\nbetween\n\n1. b"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"type": "date", "timestamp": 1720710212, "fallback": "July 11"}, "July 11"),
        ({"type": "date", "timestamp": 1720710212}, "2024-07-11 15:03 UTC"),
        ({"type": "date", "timestamp": "never"}, ""),
        ({"type": "channel", "channel_id": "C123"}, "#C123"),
        ({"type": "usergroup", "usergroup_id": "S123"}, "@S123"),
        ({"type": "user", "user_id": "U123"}, "@U123"),
        ({"type": "color", "value": "#F405B3"}, "#F405B3"),
        ({"type": "broadcast", "range": "here"}, "@all"),
        ({"type": "emoji", "name": "custom", "unicode": "1f389"}, "🎉"),
        ({"type": "emoji", "name": "custom"}, ":custom:"),
        ({"type": "link", "url": "https://e.org"}, "<https://e.org>"),
        (
            {"type": "link", "url": "https://e.org", "text": "x", "style": {"bold": True}},
            "**[x](https://e.org)**",
        ),
        ({"type": "unknown", "text": "a*"}, "a\\*"),
        (text("a`b", code=True), "`` a`b ``"),
        (text("a ", bold=True, italic=True), "***a***"),
    ],
    ids=str,
)
def test_every_piece_of_rich_text_says_something(span: Any, expected: str) -> None:
    assert rich(section(span)) == expected


def test_code_does_not_break_out_of_its_block() -> None:
    code = "a\n```\n<b> *not bold*"
    block = {"type": "rich_text_preformatted", "elements": [text(code)]}
    assert html(rich(block)) == ("<pre><code>a\n```\n&lt;b&gt; *not bold*\n</code></pre>")
    quote = {"type": "rich_text_quote", "elements": [text("a\nb")]}
    assert html(rich(quote)) == "<blockquote>\n<p>a<br />\nb</p>\n</blockquote>"


@pytest.mark.parametrize("name", payloads.PROGRAMS)
def test_well_known_programs_lose_nothing(name: str) -> None:
    given, expected = payloads.PROGRAMS[name]
    shown = html(said(given))
    for piece in expected:
        assert piece in shown, shown
    assert shown.count("&lt;http") == 0


@pytest.mark.parametrize("name", payloads.PROGRAMS)
async def test_well_known_programs_are_taken(ben: Person, hook: Hook, name: str) -> None:
    assert await hook.says(payloads.PROGRAMS[name][0]) == (200, "ok")


async def test_a_payload_may_come_in_any_shape_of_a_form(ben: Person, hook: Hook) -> None:
    text = json.dumps({"text": "é & ü"})
    for boundary in ("x", "----------------------------d74496d66958873e"):
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="channel"\r\n\r\n#a\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="payload"\r\n'
            f"Content-Type: application/json\r\n\r\n{text}\r\n--{boundary}--\r\n"
        )
        kind = f"multipart/form-data; boundary={boundary}"
        assert await hook.sends(body.encode(), kind) == (200, "ok")
    assert await hook.sends(b"\xef\xbb\xbf" + text.encode(), "application/json") == (
        200,
        "ok",
    )
    assert await hook.sends("\ufeff".encode() + b"\n" + text.encode(), "x") == (200, "ok")
    assert [each["text"] for each in await ben.page("alerts")] == ["é & ü"] * 4
    for bad in (b"--x", b"--x\r\n", b"--x\r\n\r\n\r\n--x--", b"--" * 30_000):
        assert (await hook.sends(bad, "multipart/form-data; boundary=x"))[0] == 400


def test_the_bound_of_a_payload_is_for_that_payload_alone() -> None:
    long = "x" * 60_000
    assert len(said({"blocks": [section(text(long))] * 3, "text": long})) <= 8_000
    assert plain_to_markdown("a_file_") == r"a_file\_"


MARKS = [
    "*a*",
    "`",
    "```",
    "<http://a|b> ",
    ":a:",
    "* ",
    "[",
    "> a\n",
    "\\",
    "<@U1>",
    "<@|>",
    "<!x^>",
    "<a:b|_>",
    "\t\n",
]


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_no_payload_takes_long(mark: str) -> None:
    text = mark * (60_000 // len(mark))
    part = mark * (500 // len(mark))
    field = {"title": part, "value": part}
    spans = [{"type": "text", "text": mark}] * 1_500
    fields = [{"type": "mrkdwn", "text": mark}] * 1_000
    for given in (
        {"text": text},
        {"attachments": [{"fallback": text}]},
        {"attachments": [{"fields": [field] * 60}]},
        {"attachments": [{"title": part}] * 90},
        {"blocks": [{"type": "section", "fields": fields}]},
        {"blocks": [{"type": "rich_text", "elements": [section(*spans)]}]},
    ):
        assert seconds(said, given) < MAX_SECONDS
