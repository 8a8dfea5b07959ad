"""Slack's markup, attachments and blocks: what they say here is what they say there."""

import re

import msgspec
import pytest

from handlers.markup.render import render
from handlers.slack import payload
from handlers.slack.mrkdwn import plain_to_markdown, to_markdown
from tests import payloads
from tests.payloads import Payload

RENDERED = [
    ("*bold* and _it_ and ~no~", "<strong>bold</strong> and <em>it</em> and <s>no</s>"),
    (
        "*two words*, (*in*) *:fire:*",
        "two words</strong>, (<strong>in</strong>) <strong>🔥",
    ),
    ("5 * 3 * 2 and snake_case_name", "5 * 3 * 2 and snake_case_name"),
    ("a*b*c and *a* *b*", "a*b*c and <strong>a</strong> <strong>b</strong>"),
    ("`*code* &lt;b&gt;`", "<code>*code* &lt;b&gt;</code>"),
    ("`Map<str, int>` and <b>", "<code>Map&lt;str, int&gt;</code> and &lt;b&gt;"),
    ("```\n*x*\n  <https://e.org|y>\n```", "<pre><code>*x*\n  y\n</code></pre>"),
    ("say ```x``` now", "<p>say</p>\n<pre><code>x\n</code></pre>\n<p>now</p>"),
    ("<https://e.org/a_b_c>", '<a href="https://e.org/a_b_c"'),
    ("<https://e.org|a *b* [c>", "a *b* [c</a>"),
    (
        "*<https://e.org?a=1&amp;b=2|the link>*",
        '<strong><a href="https://e.org?a=1&amp;b=2"',
    ),
    ("<https://e.org/(x)|y>", '<a href="https://e.org/(x)"'),
    ("<mailto:a@e.org|write>", '<a href="mailto:a@e.org"'),
    ("<javascript:alert(1)|x>", "<p>x</p>"),
    ("<!channel> <!here|here> <!everyone>", 'data-name="all">@all</span> <span'),
    ("<@ann> <@U024BE7LH> <@U1|ben>", 'data-name="ann">@ann</span> @U024BE7LH <span'),
    ("<#C024BE7LR|general> <!subteam^S1|@ops>", "#general @ops"),
    ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
    ("&lt;b&gt; &amp;amp; R&amp;D", "&lt;b&gt; &amp;amp; R&amp;D"),
    (":fire: :no_such: 10:30:45 :+1::skin-tone-2:", "🔥 :no_such: 10:30:45 👍"),
    ("Title\n---\n# 1\n===", "<p>Title<br />\n---<br />\n# 1<br />\n==="),
    ("a\n\n        deep\n\ttab", "<p>a</p>\n<p>deep<br />\ntab</p>"),
    ("&gt; said\nanswer", "<blockquote>\n<p>said</p>\n</blockquote>\n<p>answer</p>"),
    (
        "A:\n - one\n - two\nB:",
        "<p>A:</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<p>B:</p>",
    ),
    ("C:\\*x\\_y", "C:\\*x\\_y"),
    ("• one\n• two", "<p>• one<br />\n• two</p>"),
]


def html(markdown: str) -> str:
    found = render(markdown, frozenset({"ann", "ben"}))
    return found.html if found.html is not None else f"<p>{markdown}</p>"


def said(given: Payload, most: int = 8_000) -> str:
    return payload.markdown(msgspec.convert(given, payload.Payload), most)


@pytest.mark.parametrize(("text", "expected"), RENDERED, ids=[each[0] for each in RENDERED])
def test_mrkdwn_shows_what_it_shows_in_slack(text: str, expected: str) -> None:
    assert expected in html(to_markdown(text))


@pytest.mark.parametrize(
    "text",
    ["*a* _b_ ~c~ `d`", "[FIRING:1] x", "[a](b) ]c[", "# 1", "&amp;lt; \\*", "_x_y_"],
)
def test_text_without_markup_stays_without(text: str) -> None:
    shown = re.sub("</?p>", "", html(plain_to_markdown(text)))
    assert shown == text


def test_an_alert_of_alertmanager_reads_well() -> None:
    assert said(payloads.ALERTMANAGER).splitlines() == [
        "**[[FIRING:2] HighErrorRate (api critical)]"
        "(http://alerts.example.org:9093/#/alerts?receiver=team-x)**",
        "",
        "**Summary:** Over 5 % of requests fail",
        "**Runbook:** [how to act](https://wiki.example.org/runbooks/error_rate)",
        "   • **instance:** `api-1:9100`",
        "   • **instance:** `api-2:9100`",
        "",
        "**Severity:** critical",
        "**Job:** api_server",
        "",
        "[Query 🔍](http://prom.example.org/g)",
    ]


def test_an_alert_of_grafana_reads_well() -> None:
    shown = html(said(payloads.GRAFANA))
    assert shown.startswith('<p><span class="mention" data-name="all">@all</span> <span')
    assert "<li>instance = db-1</li>\n</ul>\n<p>Annotations:</p>" in shown
    assert ">Image</a>" in shown
    assert "<em>Grafana v12.2.0</em>" in shown


def test_a_push_to_gitea_reads_well() -> None:
    shown = re.sub("<a [^>]*>|</a>", "", html(said(payloads.GITEA)))
    assert "<p>[team/site:main] 2 new commits pushed by ben</p>" in shown
    assert "1f2e3d4: Escape &lt;title&gt; &amp; co - Ben Baker<br />" in shown
    assert "9a8b7c6: Use snake_case_names - Ben Baker" in shown


def test_blocks_read_well_and_stand_for_the_text() -> None:
    assert said(payloads.BLOCKS).splitlines() == [
        "**Shop is deployed 🚀**",
        "",
        "Version **2.4** is _live_ on <https://s.example.org>",
        "**Took**",
        "3 min",
        "**By**",
        "@ann",
        "[Open](https://ci.example.org/1)",
        "",
        "---",
        "",
        "from CI",
    ]


def test_rich_text_reads_well() -> None:
    def span(text: str, **style: bool) -> Payload:
        return {"type": "text", "text": text, "style": style}

    link = {"type": "link", "url": "https://e.org", "text": "here"}
    section = {"type": "rich_text_section", "elements": [span("a "), span("b ", bold=True)]}
    section["elements"] += [link, {"type": "emoji", "name": "tada"}]  # type: ignore[operator]
    items = [{"type": "rich_text_section", "elements": [span("one*")]}]
    code = {"type": "rich_text_preformatted", "elements": [span("x = 1")]}
    quote = {"type": "rich_text_quote", "elements": [{"type": "broadcast"}]}
    listing = {"type": "rich_text_list", "style": "bullet", "elements": items}
    rich = {"type": "rich_text", "elements": [section, listing, code, quote]}
    assert said({"blocks": [rich]}) == (
        "a **b** [here](https://e.org)🎉\n\n- one\\*\n\n```\nx = 1\n```\n\n> @all"
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": ""},
        {"text": " \n"},
        {"text": None, "attachments": None, "blocks": None},
        {"attachments": [{}], "blocks": []},
        {"blocks": [{"type": "no such"}, {"type": 5}, {"type": "section", "fields": {}}]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "x", "elements": [5]}]}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "url": 5}]}]},
    ],
    ids=str,
)
def test_what_says_nothing_is_empty(given: Payload) -> None:
    assert said(given) == ""


def test_a_fallback_speaks_for_an_attachment_that_says_nothing_else() -> None:
    assert said({"attachments": [{"fallback": "build *1* failed"}]}) == (
        "build \\*1\\* failed"
    )


def test_what_is_too_long_is_cut_and_its_code_is_closed() -> None:
    cut = said({"text": "```\n" + "line\n" * 500 + "```"}, 1_000)
    assert len(cut) <= 1_000
    assert cut.endswith("```\n…")
    assert html(cut).endswith("</code></pre>\n<p>…</p>")
    assert len(said({"text": "word " * 5_000, "attachments": [{"text": "x"}]})) <= 8_000


@pytest.mark.parametrize(
    ("given", "name", "emoji", "icon_url"),
    [
        ({}, "Alerts", "", ""),
        ({"username": "  Big\n Brother ", "icon_emoji": ":fire:"}, "Big Brother", "🔥", ""),
        ({"username": "\u202e\x00"}, "Alerts", "", ""),
        ({"username": "x" * 200}, "x" * 80, "", ""),
        ({"icon_emoji": ":no_such:"}, "Alerts", "", ""),
        ({"icon_url": "https://e.org/a.png"}, "Alerts", "", "https://e.org/a.png"),
        ({"icon_url": "javascript:alert(1)"}, "Alerts", "", ""),
        ({"icon_url": "https://e.org/a b"}, "Alerts", "", ""),
        ({"icon_url": "https://e.org/" + "x" * 3_000}, "Alerts", "", ""),
    ],
)
def test_a_payload_may_say_who_it_is_from(
    given: Payload, name: str, emoji: str, icon_url: str
) -> None:
    found = payload.via(msgspec.convert(given, payload.Payload), "Alerts")
    assert (found.name, found.emoji, found.icon_url) == (name, emoji, icon_url)
